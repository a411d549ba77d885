from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = [
    """alter table school_facts add low_income boolean, add minority boolean, add lunch_hundredths integer,
        add opened_on date""",
    "alter table assessment_facts add kind text not null default 'academic'",
    "alter table enrollment_facts add exit_kind text",
    """alter table result_facts add exit_met boolean, add exit_score integer, add program_year integer,
        add parts text""",
    """create table other_facts (revision bigint primary key, kind text not null, key text not null, op text not null,
        school_id text, student_id text, school_year text, record text not null)""",
    "create index other_facts_of_year on other_facts (kind, school_year)",
    "create index other_facts_of_key on other_facts (kind, key)",
    "create index other_facts_of_student on other_facts (student_id) where student_id is not null",
    "create index other_facts_of_school on other_facts (school_id, kind) where student_id is not null",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
