"""The row of the last revision is there from the start: to lock it is to be the one writer, and to know it.

And records, which are added and seldom read again, are vacuumed when they have doubled, not after each fifth more.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the row where no record has come yet, and sets the table's own threshold."""
    op.execute("insert into revisions (revision) values (0) on conflict do nothing")
    op.execute("alter table records set (autovacuum_vacuum_insert_scale_factor = 1)")
