"""Facts as frames: the columns that rules read, and which of a key's revisions stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from shared.vocabulary.subgroups import FLAGS

Schema = Mapping[str, type[pl.DataType]]

WORD = pl.Categorical  # a text that many rows share: kept once, compared as a number
_REVISED: Schema = {"revision": pl.Int64, "op": WORD}
DISTRICTS: Schema = {"district_id": pl.String, "name": pl.String, "notice_email": pl.String}
SCHOOLS: Schema = {
    "school_id": WORD,
    "district_id": WORD,
    "name": pl.String,
    "grades": pl.String,  # codes, comma between
    "title_i": pl.Boolean,
}
ASSESSMENTS: Schema = {
    "assessment_id": WORD,
    "program": WORD,
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
    "exit_date": pl.Date,
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
SCHEMAS: Mapping[str, Schema] = {
    "districts": DISTRICTS,
    "schools": SCHOOLS,
    "assessments": ASSESSMENTS,
    "demographics": DEMOGRAPHICS,
    "enrollments": ENROLLMENTS,
    "results": RESULTS,
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "districts": ("district_id",),
    "schools": ("school_id",),
    "assessments": ("assessment_id",),
    "demographics": ("student_id", "district_id", "school_year"),
    "enrollments": ("student_id", "school_id", "entry_date"),
    "results": ("result_id", "assessment_id", "student_id"),
}


@dataclass(frozen=True)
class Frames:
    """The facts that stand: one row a key, nothing deleted. Columns as the schemas of this module name them."""

    districts: pl.DataFrame
    schools: pl.DataFrame
    assessments: pl.DataFrame
    demographics: pl.DataFrame
    enrollments: pl.DataFrame
    results: pl.DataFrame


def revised(schema: Schema) -> dict[str, type[pl.DataType]]:
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
