"""Folders of canonical record files, in every form that the file door reads."""

import gzip
import json
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import cramjam
import polars as pl

from services.scoring.files import RECORDS
from services.scoring.rules.frames import SCHEMAS
from shared.events.records import (
    AssessmentRecord,
    DistrictRecord,
    EnrollmentRecord,
    LevelRange,
    ResultRecord,
    SchoolRecord,
)

FORMS = ("ndjson", "ndjson.gz", "ndjson.zst", "csv", "csv.gz", "csv.zst", "parquet")
STATE = "trial"
YEARS = ("2020-21", "2021-22", "2022-23")
LEVELS = ("Unsatisfactory", "Partially Proficient", "Proficient", "Advanced")
# The level of each school's ten students, year by year.
RANKS = {"1-1": (3, 3, 3), "1-2": (1, 1, 2), "1-3": (2, 2, 1)}
_TYPES = {"title_i": pl.Boolean, "scale_score": pl.Int16, "entry_date": pl.Date, "exit_date": pl.Date}
_LISTS = ("grades", "levels", "parts")


def write(folder: Path, records: Iterable[Any], form: str = "ndjson") -> Path:
    """A file for each kind there is a record of, and for each that is needed."""
    folder.mkdir(exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in RECORDS}
    kinds = {record: kind for kind, record in RECORDS.items()}
    for record in records:
        rows[kinds[type(record)]].append(record.model_dump(mode="json"))
    for kind, found in rows.items():
        if not found and kind not in SCHEMAS:
            continue
        data = {"n": _ndjson, "c": _csv, "p": _parquet}[form[0]](kind, found)
        packed = gzip.compress(data) if form.endswith("gz") else data
        packed = bytes(cramjam.zstd.compress(data)) if form.endswith("zst") else packed
        (folder / f"{kind}.{form}").write_bytes(packed)
    return folder


def _ndjson(kind: str, rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _table(kind: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Every field as text, lists as their JSON."""
    names = list(RECORDS[kind].model_fields)
    return pl.DataFrame({name: pl.Series([_text(row[name]) for row in rows], dtype=pl.String) for name in names})


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _csv(kind: str, rows: list[dict[str, Any]]) -> bytes:
    return _table(kind, rows).write_csv().encode()


def _parquet(kind: str, rows: list[dict[str, Any]]) -> bytes:
    """Typed where a type is known, lists as lists, words as categories."""
    table = _table(kind, rows)
    for name, dtype in _TYPES.items():
        if name in table.columns:
            told = pl.Series(name, [row[name] for row in rows])
            table = table.with_columns(
                told.str.to_date() if dtype == pl.Date and told.dtype == pl.String else told.cast(dtype)
            )
    for name in _LISTS:
        if name in table.columns and rows:
            table = table.with_columns(pl.Series(name, [row[name] for row in rows]))
    if "school_year" in table.columns:
        table = table.with_columns(pl.col("school_year").cast(pl.Categorical))

    file = BytesIO()
    table.write_parquet(file)
    return file.getvalue()


def trial_records(ranks: dict[str, tuple[int, ...]] = RANKS) -> list[Any]:
    """One district, ten students a school, reading and mathematics in every year, all full-year."""
    found: list[Any] = [DistrictRecord(district_id="1", name="First")]
    for school in ranks:
        found.append(SchoolRecord(school_id=school, district_id="1", name=school, grades=("05",), title_i=False))
    for place, year in enumerate(YEARS):
        for subject in ("reading", "math"):
            levels = tuple(LevelRange(name=name) for name in LEVELS)
            test = {
                "assessment_id": f"{subject} {year}",
                "program": "State test",
                "subject": subject,
                "test": "grade 5",
            }
            found.append(AssessmentRecord(levels=levels, **test))
            found += [
                ResultRecord(
                    result_id=f"{school} {n} {subject} {year}",
                    assessment_id=f"{subject} {year}",
                    student_id=f"{school} {n}",
                    school_year=year,
                    school_id=school,
                    level=LEVELS[rank[place] - 1],
                    scale_score=100,
                )
                for school, rank in ranks.items()
                for n in range(10)
            ]
        full = {"fay_school": True, "fay_district": True, "fay_state": True}
        entered = {"school_year": year, "entry_date": date(2020 + place, 8, 1), "grade": "05"}
        for school in ranks:
            found += [
                EnrollmentRecord(student_id=f"{school} {n}", school_id=school, **entered, **full) for n in range(10)
            ]
    return found
