from alembic import op

revision = "0002"
down_revision = "0001"

FACTS = ("district", "school", "assessment", "student", "demographics", "enrollment", "result", "attendance")
# a revision is drawn once for each write: it alone tells a fact from every other of its kind
KEYED = [f"alter table {kind}_facts drop constraint {kind}_facts_pkey, add primary key (revision)" for kind in FACTS]
READ_BY = [
    "create index demographics_facts_of_student on demographics_facts (student_id)",
    "create index enrollment_facts_of_student on enrollment_facts (student_id)",
    "create index result_facts_of_student on result_facts (student_id)",
]


def upgrade() -> None:
    for statement in (*KEYED, *READ_BY):
        op.execute(statement)
