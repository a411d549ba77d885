"""The tables of scoring: facts with every revision, editions and markers, touched schools, provisional scores."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INT8RANGE, JSONB

from shared.vocabulary.subgroups import FLAGS

metadata = sa.MetaData()


def _facts(name: str, key: dict[str, type[sa.types.TypeEngine[Any]]], *values: sa.Column[object]) -> sa.Table:
    """A fact table: the record's key, then the revision, which alone identifies a fact; a superseded one stays."""
    return sa.Table(
        name,
        metadata,
        *(sa.Column(column, kind, nullable=False) for column, kind in key.items()),
        sa.Column("revision", sa.BigInteger, primary_key=True),
        sa.Column("op", sa.Text, nullable=False),
        *values,
    )


def _text(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text) for name in names]


def _boolean(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Boolean) for name in names]


FACTS = {
    "districts": _facts("district_facts", {"district_id": sa.Text}, *_text("name", "notice_email")),
    "schools": _facts(
        "school_facts",
        {"school_id": sa.Text},
        *_text("district_id", "name", "grades"),
        *_boolean("title_i"),
        *_boolean("low_income", "minority"),
        sa.Column("lunch_hundredths", sa.Integer),
        sa.Column("opened_on", sa.Date),
    ),
    "assessments": _facts(
        "assessment_facts", {"assessment_id": sa.Text}, *_text("program", "kind", "subject", "test", "levels")
    ),
    "students": _facts("student_facts", {"student_id": sa.Text}),
    "demographics": _facts(
        "demographics_facts",
        {"student_id": sa.Text, "district_id": sa.Text, "school_year": sa.Text},
        *_text("gender", "race"),
        *_boolean(*FLAGS),
    ),
    "enrollments": _facts(
        "enrollment_facts",
        {"student_id": sa.Text, "school_id": sa.Text, "entry_date": sa.Date},
        *_text("school_year", "grade", "exit_kind"),
        sa.Column("exit_date", sa.Date),
        *_boolean("fay_school", "fay_district", "fay_state"),
    ),
    "results": _facts(
        "result_facts",
        {"student_id": sa.Text, "assessment_id": sa.Text, "result_id": sa.Text},
        *_text("school_year", "school_id", "grade", "level"),
        sa.Column("scale_score", sa.Integer),
        *_boolean("exit_met"),
        sa.Column("exit_score", sa.Integer),
        sa.Column("program_year", sa.Integer),
        *_text("parts"),
    ),
    "attendance": _facts(
        "attendance_facts",
        {
            "student_id": sa.Text,
            "school_id": sa.Text,
            "school_year": sa.Text,
            "day": sa.Date,
            "category": sa.Text,
        },
        sa.Column("share_of_day", sa.Integer),
    ),
}

# Kinds of fewer records, whole as JSON; beside it what they are looked up by.
others = sa.Table(
    "other_facts",
    metadata,
    sa.Column("revision", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("op", sa.Text, nullable=False),
    *_text("school_id", "student_id", "school_year"),
    sa.Column("record", sa.Text, nullable=False),
)

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("request", JSONB, nullable=False),
    sa.Column("refused_because", sa.Text),
)
markers = sa.Table(
    "edition_markers",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("at_offset", sa.BigInteger, nullable=False),
)
touched = sa.Table(
    "touched_schools",
    metadata,
    sa.Column("touch", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("school_year", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text),
)
touched_by_loads = sa.Table(
    "touched_by_loads",
    metadata,
    sa.Column("touch", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("revisions", INT8RANGE, nullable=False),
    sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
)
provisional = sa.Table(
    "provisional_scores",
    metadata,
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("school_year", sa.Text, primary_key=True),
    sa.Column("as_of_revision", sa.BigInteger, nullable=False),
    sa.Column("times_told", sa.BigInteger, nullable=False),
    sa.Column("rating", JSONB, nullable=False),
    sa.Column("computed", sa.Uuid, nullable=False, server_default=sa.func.gen_random_uuid()),
)
