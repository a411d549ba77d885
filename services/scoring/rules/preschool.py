"""Preschool: students of a school's or district's preschool among all its students, these included (OTH-3)."""

from dataclasses import dataclass

import polars as pl

from services.scoring.rules.enrolled import STUDENT, stays
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where
from shared.vocabulary.measures import PRESCHOOL, measure

RATE = measure(PRESCHOOL, "rate")
MEASURES = (RATE,)


@dataclass(frozen=True)
class PreschoolLaw:
    """`grades` that are preschool."""

    grades: frozenset[str]


def heads(frames: Frames, law: PreschoolLaw, where: Where) -> pl.DataFrame:
    """Students enrolled at each entity at any time of the year: 1 for one in preschool there, 0 for any other."""
    in_preschool = pl.col("grade").cast(pl.String).is_in(list(law.grades)).fill_null(False)
    each = stays(frames, where, where.school_year).group_by(STUDENT).agg(in_preschool.any().alias(RATE))
    return each.select(pl.col(*STUDENT).cast(pl.String), pl.col(RATE).cast(pl.Int64))
