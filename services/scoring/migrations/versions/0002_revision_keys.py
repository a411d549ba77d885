from alembic import op

revision = "0002"
down_revision = "0001"

FACTS = ("district", "school", "assessment", "student", "demographics", "enrollment", "result", "attendance")
# a revision is drawn once for each write: it alone tells a fact from every other of its kind
KEYED = [f"alter table {kind}_facts drop constraint {kind}_facts_pkey, add primary key (revision)" for kind in FACTS]
READ_BY = [
    f"create index {kind}_facts_of_student on {kind}_facts (student_id, school_year)"
    for kind in ("demographics", "enrollment", "result")
]
TOUCHES = [
    "alter table touched_schools add student_id text",
    """create table touched_by_loads (touch bigint generated always as identity primary key,
        revisions int8range not null, touched_at timestamptz not null default clock_timestamp())""",
    "alter table provisional_scores add computed uuid not null default gen_random_uuid()",
]


def upgrade() -> None:
    for statement in (*KEYED, *READ_BY, *TOUCHES):
        op.execute(statement)
