"""Discipline: students suspended in school, suspended out of school, or expelled, each counted once (OTH-4)."""

from dataclasses import dataclass

import polars as pl

from services.scoring.rules.enrolled import happened
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where
from shared.vocabulary.measures import DISCIPLINE, measure

ACTIONS = ("in_school_suspension", "out_of_school_suspension", "expulsion")
MEASURES = tuple(measure(DISCIPLINE, action) for action in ACTIONS)
CUMULATIVE = "cumulative_enrollment"


@dataclass(frozen=True)
class DisciplineLaw:
    """`population`: of whom the share is told; CUMULATIVE: of whoever was enrolled at any time of the year."""

    population: str


def heads(frames: Frames, law: DisciplineLaw, where: Where) -> pl.DataFrame:
    """Students enrolled at each entity: 1 for one who had the action there, however often, 0 for any other."""
    had = (pl.col("kinds").list.contains(action).alias(name) for action, name in zip(ACTIONS, MEASURES, strict=True))
    actions = frames.actions.select("student_id", "school_id", "school_year", *had)
    return happened(actions, frames, where, where.school_year, MEASURES)
