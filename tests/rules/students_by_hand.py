"""What a case of students tells: counts and reasons of each school, district and the state, as a case writes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from services.scoring import policy
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Area, Where, everyone_of, without
from services.scoring.rules.law import Law
from services.scoring.rules.points import Counted
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, school, where

DIRECTORY = [school("A1", "A"), school("A2", "A"), school("B1", "B")]
STATE = where("state").state
Heads = Callable[[Frames, Any, Where], pl.DataFrame]


def law_of(school_year: str = YEAR) -> Law:
    """The law of the real chapter."""
    return policy.law(reader.chapter("ms", "scoring", school_year), school_year)


def stay(student_id: str, school_id: str, school_year: str = YEAR, **told: Any) -> dict[str, Any]:
    """An enrolment of a year, from its beginning."""
    return {"student_id": student_id, "school_id": school_id, "school_year": school_year, **told}


def of_levels(heads: Heads, frames: Frames, law: Any, school_year: str = YEAR) -> dict[str, pl.DataFrame]:
    """The heads of each level."""
    levels = ("school", "district", "state")
    return {level: heads(frames, law, replace(where(level), school_year=school_year)) for level in levels}


def counted_of(rows: pl.DataFrame, measures: Sequence[str]) -> dict[str, dict[str, Counted]]:
    """Entity, measure, what is counted of all students."""
    return everyone_of(rows, Area(tuple(measures), lambda law: law, lambda *_: rows))


def rates(found: Mapping[str, pl.DataFrame], measures: Sequence[str]) -> dict[str, list[str]]:
    """Entity, "numerator/denominator" of each measure; the state by that word; who has no denominator is left out."""
    counted = [part for rows in found.values() for part in counted_of(rows, measures).items()]
    return {
        "state" if entity == STATE else entity: [f"{told[m].numerator}/{told[m].denominator}" for m in measures]
        for entity, told in counted
        if told
    }


def left_out(found: Mapping[str, pl.DataFrame], measures: Sequence[str]) -> dict[str, list[int]]:
    """Entity, students of whom it is told why a measure does not count them; entities with none are left out."""
    every = pl.concat(found.values()).with_columns(pl.col("entity").replace(STATE, "state"))
    sums = every.group_by("entity").agg(pl.col(without(m)).is_not_null().sum().alias(m) for m in measures)
    return {entity: list(told) for entity, *told in sums.iter_rows() if any(told)}


def truth(told: str) -> bool | None:
    """yes, no or none."""
    return {"yes": True, "no": False, "none": None}[told]
