from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("alter table schools add column subgroups jsonb not null default '{}'")
    # a standing names the rule under which a school stands, since one status has several
    op.execute(
        """update designations
           set standing = jsonb_build_object('lowest_share', standing -> 'comprehensive_support')
           where jsonb_exists(standing, 'comprehensive_support')"""
    )
