from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # the service packs what it keeps: the server need not try to
    op.execute("alter table held_messages alter column body set storage external")
