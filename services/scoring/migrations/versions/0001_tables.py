from alembic import op

revision = "0001"
down_revision = None

FACT = "revision bigint not null, op text not null"
TABLES = [
    f"""create table district_facts (district_id text, {FACT}, name text, notice_email text,
        primary key (district_id, revision))""",
    f"""create table school_facts (school_id text, {FACT}, district_id text, name text, grades text, title_i boolean,
        primary key (school_id, revision))""",
    f"""create table assessment_facts (assessment_id text, {FACT}, program text, subject text, test text, levels text,
        primary key (assessment_id, revision))""",
    f"create table student_facts (student_id text, {FACT}, primary key (student_id, revision))",
    f"""create table demographics_facts (student_id text, district_id text, school_year text, {FACT},
        gender text, race text, economically_disadvantaged boolean, students_with_disabilities boolean,
        english_learners boolean, migrant boolean, homeless boolean, foster_care boolean, military_connected boolean,
        primary key (student_id, district_id, school_year, revision))""",
    f"""create table enrollment_facts (student_id text, school_id text, entry_date date, {FACT},
        school_year text not null, grade text, exit_date date,
        fay_school boolean, fay_district boolean, fay_state boolean,
        primary key (student_id, school_id, entry_date, revision))""",
    "create index enrollment_facts_of_school on enrollment_facts (school_id, school_year)",
    f"""create table result_facts (student_id text, assessment_id text, result_id text, {FACT},
        school_year text not null, school_id text, grade text, level text, scale_score integer,
        primary key (student_id, assessment_id, result_id, revision))""",
    "create index result_facts_of_school on result_facts (school_id, school_year)",
    f"""create table attendance_facts (student_id text, school_id text, school_year text, day date, category text,
        {FACT}, share_of_day integer,
        primary key (student_id, school_id, school_year, day, category, revision))""",
    """create table editions (edition_id uuid primary key, state text not null, request jsonb not null,
        refused_because text)""",
    """create table edition_markers (edition_id uuid not null references editions, topic text, part integer,
        at_offset bigint not null, primary key (edition_id, topic, part))""",
    """create table touched_schools (touch bigint generated always as identity primary key,
        school_id text not null, school_year text not null)""",
    """create table provisional_scores (school_id text, school_year text, as_of_revision bigint not null,
        times_told bigint not null, rating jsonb not null, primary key (school_id, school_year))""",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
