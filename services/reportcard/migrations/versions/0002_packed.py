from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # the service packs what it keeps: the server need not try to
    op.execute("alter table card alter column body type bytea using convert_to(body, 'UTF8')")
    for name in ("card", "entity", "designation"):
        op.execute(f"alter table {name} alter column body set storage external")
