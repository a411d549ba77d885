"""Facts as frames: the columns that rules read, and which of a key's revisions stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from shared.vocabulary.subgroups import FLAGS

Schema = Mapping[str, Any]  # column -> polars' type

WORD = pl.Categorical  # a text that many rows share: kept once, compared as a number
_REVISED: Schema = {"revision": pl.Int64, "op": WORD}
DISTRICTS: Schema = {"district_id": pl.String, "name": pl.String, "notice_email": pl.String}
SCHOOLS: Schema = {
    "school_id": WORD,
    "district_id": WORD,
    "name": pl.String,
    "grades": pl.String,  # codes, comma between
    "title_i": pl.Boolean,
    "low_income": pl.Boolean,
    "minority": pl.Boolean,
    "lunch_hundredths": pl.Int32,
    "opened_on": pl.Date,
}
ASSESSMENTS: Schema = {
    "assessment_id": WORD,
    "program": WORD,
    "kind": WORD,
    "subject": WORD,
    "test": WORD,
    "levels": pl.String,  # JSON list of {name, lowest, highest}
}
DEMOGRAPHICS: Schema = {
    "student_id": WORD,
    "district_id": WORD,
    "school_year": WORD,
    "gender": WORD,
    "race": WORD,
    **dict.fromkeys(FLAGS, pl.Boolean),
}
ENROLLMENTS: Schema = {
    "student_id": WORD,
    "school_id": WORD,
    "entry_date": pl.Date,
    "school_year": WORD,
    "grade": WORD,
    "exit_date": pl.Date,
    "exit_kind": WORD,
    "fay_school": pl.Boolean,
    "fay_district": pl.Boolean,
    "fay_state": pl.Boolean,
}
RESULTS: Schema = {
    "result_id": pl.String,
    "assessment_id": WORD,
    "student_id": WORD,
    "school_year": WORD,
    "school_id": WORD,
    "level": WORD,
    "scale_score": pl.Int32,
}
OTHER_RESULTS: Schema = {  # of tests that are not academic: English learners', college entrance, work readiness
    **RESULTS,
    "exit_met": pl.Boolean,
    "exit_score": pl.Int32,
    "program_year": pl.Int32,
    "parts": pl.String,  # JSON list of {name, score}
}
ATTENDANCE: Schema = {
    "student_id": WORD,
    "school_id": WORD,
    "school_year": WORD,
    "day": pl.Date,
    "category": WORD,
    "share_of_day": pl.Int32,
}
_WORDS = pl.List(pl.String)
_DUTY = pl.Struct({"subject": pl.String, "fte_thousandths": pl.Int64, "in_field": pl.Boolean, "credential": pl.String})
# Kinds of fewer records, whose facts are kept as JSON in one table; columns are the fields of their records.
OTHERS: Mapping[str, Schema] = {
    "courses": {**dict.fromkeys(("course_id", "school_id", "district_id", "title"), pl.String), "kinds": _WORDS},
    "transcripts": {
        **dict.fromkeys(("student_id", "course_id", "school_id", "district_id", "school_year"), pl.String),
        **dict.fromkeys(("term", "outcome", "kind", "exam_score"), pl.String),
        **dict.fromkeys(("credit_awarded", "credential_passed"), pl.Boolean),
    },
    "awards": {
        **dict.fromkeys(("student_id", "school_id", "district_id", "school_year", "term"), pl.String),
        "awards": _WORDS,
        "cte_completer": pl.Boolean,
    },
    "cohorts": {
        **dict.fromkeys(("student_id", "cohort_year", "school_id", "district_id", "entered_as"), pl.String),
        **dict.fromkeys(("status", "diploma"), pl.String),
        "exit_date": pl.Date,
        **dict.fromkeys(("exit_reason", "exit_evidence"), pl.String),
    },
    "staff": {"staff_id": pl.String, "years_hundredths": pl.Int64},
    "assignments": {
        **dict.fromkeys(("staff_id", "school_id", "district_id", "school_year", "role"), pl.String),
        **dict.fromkeys(("began_on", "ended_on"), pl.Date),
        "fte_thousandths": pl.Int64,
        "certified": pl.Boolean,
        "effectiveness_hundredths": pl.Int64,
        "duties": pl.List(_DUTY),
    },
    "incidents": {
        **dict.fromkeys(("incident_id", "school_id", "school_year"), pl.String),
        "day": pl.Date,
        "kinds": _WORDS,
        "is_criminal": pl.Boolean,
    },
    "involvements": {
        **dict.fromkeys(("student_id", "incident_id", "school_id", "school_year"), pl.String),
        **dict.fromkeys(("is_referred", "is_arrested"), pl.Boolean),
    },
    "actions": {
        **dict.fromkeys(("action_id", "student_id", "school_id", "school_year"), pl.String),
        "day": pl.Date,
        "kinds": _WORDS,
    },
    "outcomes": {
        "student_id": pl.String,
        "day": pl.Date,
        **dict.fromkeys(("category", "kind"), pl.String),
        **dict.fromkeys(("is_public", "is_in_state"), pl.Boolean),
        "level": pl.String,
    },
    "expenditures": {
        **dict.fromkeys(("account_id", "school_id", "district_id", "fiscal_year"), pl.String),
        "as_of": pl.Date,
        **dict.fromkeys(("fund", "function", "object", "source"), pl.String),
        "amount_cents": pl.Int64,
    },
    "memberships": {
        **dict.fromkeys(("school_id", "district_id", "school_year", "ada"), pl.String),
        "membership": pl.Int64,
    },
}
# what stands for a school year, where it is not named so
YEARS = {"cohorts": "cohort_year", "expenditures": "fiscal_year"}
SCHEMAS: Mapping[str, Schema] = {
    "districts": DISTRICTS,
    "schools": SCHOOLS,
    "assessments": ASSESSMENTS,
    "demographics": DEMOGRAPHICS,
    "enrollments": ENROLLMENTS,
    "results": RESULTS,
    "attendance": ATTENDANCE,
    **OTHERS,
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "districts": ("district_id",),
    "schools": ("school_id",),
    "assessments": ("assessment_id",),
    "demographics": ("student_id", "district_id", "school_year"),
    "enrollments": ("student_id", "school_id", "entry_date"),
    "results": ("result_id", "assessment_id", "student_id"),
    "attendance": ("student_id", "school_id", "school_year", "day", "category"),
    "courses": ("course_id",),
    "transcripts": ("student_id", "course_id", "school_year", "term", "outcome"),
    "awards": ("student_id", "school_id", "district_id", "school_year", "term"),
    "cohorts": ("student_id", "cohort_year"),
    "staff": ("staff_id",),
    "assignments": ("staff_id", "school_id", "district_id", "role", "began_on"),
    "incidents": ("incident_id", "school_id"),
    "involvements": ("student_id", "incident_id", "school_id"),
    "actions": ("action_id", "day", "student_id"),
    "outcomes": ("student_id", "day", "category"),
    "expenditures": ("account_id", "school_id", "district_id", "fiscal_year", "as_of"),
    "memberships": ("school_id", "district_id", "school_year"),
}


_NONE = {kind: partial(pl.DataFrame, schema=schema) for kind, schema in SCHEMAS.items()}
_NO_OTHER_RESULTS = partial(pl.DataFrame, schema=OTHER_RESULTS)


@dataclass(frozen=True)
class Frames:
    """The facts that stand: one row a key, nothing deleted. Columns as the schemas of this module name them.

    `results` are those of academic tests, `other_results` those of every other kind of test.
    """

    districts: pl.DataFrame
    schools: pl.DataFrame
    assessments: pl.DataFrame
    demographics: pl.DataFrame
    enrollments: pl.DataFrame
    results: pl.DataFrame
    other_results: pl.DataFrame = field(default_factory=_NO_OTHER_RESULTS)
    attendance: pl.DataFrame = field(default_factory=_NONE["attendance"])
    courses: pl.DataFrame = field(default_factory=_NONE["courses"])
    transcripts: pl.DataFrame = field(default_factory=_NONE["transcripts"])
    awards: pl.DataFrame = field(default_factory=_NONE["awards"])
    cohorts: pl.DataFrame = field(default_factory=_NONE["cohorts"])
    staff: pl.DataFrame = field(default_factory=_NONE["staff"])
    assignments: pl.DataFrame = field(default_factory=_NONE["assignments"])
    incidents: pl.DataFrame = field(default_factory=_NONE["incidents"])
    involvements: pl.DataFrame = field(default_factory=_NONE["involvements"])
    actions: pl.DataFrame = field(default_factory=_NONE["actions"])
    outcomes: pl.DataFrame = field(default_factory=_NONE["outcomes"])
    expenditures: pl.DataFrame = field(default_factory=_NONE["expenditures"])
    memberships: pl.DataFrame = field(default_factory=_NONE["memberships"])


def special_tests(assessments: pl.DataFrame) -> list[str]:
    """The tests that are not academic."""
    return assessments.filter(pl.col("kind") != "academic")["assessment_id"].cast(pl.String).to_list()


def parted_results(results: pl.DataFrame, assessments: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The results of academic tests, and those of other kinds with their own columns. Unknown tests are academic."""
    is_special = pl.col("assessment_id").cast(pl.String).is_in(special_tests(assessments))
    return results.filter(~is_special).select(list(RESULTS)), results.filter(is_special)


def revised(schema: Schema) -> dict[str, Any]:
    """The columns of a frame that still holds every revision."""
    return {**_REVISED, **schema}


def latest(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The row with the highest revision of each key, deleted keys left out; the order of the rows says nothing.

    Most rows are alone: whose first part of the key no other has, then whose whole key. Only the rest is sorted.
    """
    alone, rest = _parted(rows, ~pl.col(key[0]).is_duplicated())
    again, several = _parted(rest, ~pl.struct(list(key)).hash().is_duplicated())
    newest = several.sort("revision").unique(list(key), keep="last")
    return pl.concat([alone, again, newest]).filter(pl.col("op") != "delete").drop("op", "revision")


def _parted(rows: pl.DataFrame, which: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    mask = rows.select(which).to_series()
    return (rows, rows.clear()) if mask.all() else (rows.filter(mask), rows.filter(~mask))
