"""Frames of a case: the directory and the few records that it tells, everything else empty."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from services.scoring.rules.frames import OTHERS, SCHEMAS, Frames
from services.scoring.rules.heads import Where

YEAR = "2023-24"


def where(level: str) -> Where:
    """A level of the state in the year of the cases."""
    return Where(level, "ms", YEAR)


def rows(kind: str, told: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Records of a kind; fields that a record does not tell are null."""
    schema = {**SCHEMAS, **OTHERS}[kind]
    return pl.DataFrame([{name: record.get(name) for name in schema} for record in told], schema=dict(schema))


def school(school_id: str, district_id: str, **told: Any) -> dict[str, Any]:
    """A school of the directory."""
    return {"school_id": school_id, "district_id": district_id, "name": school_id, "title_i": False, **told}


def frames(schools: Sequence[Mapping[str, Any]], **kinds: Sequence[Mapping[str, Any]]) -> Frames:
    """The facts that stand."""
    districts = [{"district_id": name, "name": name} for name in sorted({s["district_id"] for s in schools})]
    needed = dict.fromkeys(("assessments", "demographics", "enrollments", "results"), ())
    told = {**needed, "districts": districts, "schools": schools, **kinds}
    return Frames(**{kind: rows(kind, records) for kind, records in told.items()})
