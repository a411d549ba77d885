"""A school is found by its id without a look at every school: each attendance or enrolment asks whose its school is."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index, of schools alone."""
    op.execute("create index records_schools on records (school_id) where resource = 'schools'")
