"""Incidents of violence: how many were reported, whoever and however many took part in each (OTH-5)."""

from dataclasses import dataclass

import polars as pl

from services.scoring.rules.amounts import FINDINGS, placed
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where
from shared.vocabulary.measures import SAFETY, measure

VIOLENCE = measure(SAFETY, "violence")
MEASURES = (VIOLENCE,)
INCIDENTS = "incidents"


@dataclass(frozen=True)
class SafetyLaw:
    """The kinds of incident that are violence."""

    violent: frozenset[str]


def is_violent(law: SafetyLaw) -> pl.Expr:
    """Whether an incident is one of violence: of one of the kinds or several, and not reported as non-criminal."""
    violent = pl.col("kinds").list.eval(pl.element().is_in(sorted(law.violent))).list.any()
    return violent.fill_null(False) & pl.col("is_criminal").fill_null(True)


def figures(frames: Frames, law: SafetyLaw, where: Where) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How many incidents of violence each entity reported; nothing is odd about a count.

    A district that reported any incident of the year reported all: a school of it without one has none. Of a district
    that reported nothing, nothing is known (GEN-3).
    """
    year = frames.incidents.filter(pl.col("school_year") == where.school_year).with_columns(
        pl.lit(None, pl.String).alias("district_id"), is_violent(law).alias("is_violent")
    )
    reported = placed(year, frames.schools, where)
    schools = frames.schools.select(pl.col("school_id", "district_id").cast(pl.String))
    known = placed(schools, frames.schools, where).filter(pl.col("district").is_in(reported["district"].implode()))
    counts = (
        known.select("entity")
        .unique()
        .join(reported.group_by("entity").agg(pl.col("is_violent").sum()), on="entity", how="left")
        .select(
            "entity",
            pl.lit(VIOLENCE).alias("measure"),
            pl.col("is_violent").fill_null(0).cast(pl.String).alias("numerator"),
            pl.lit("1").alias("denominator"),
            pl.lit(INCIDENTS).alias("unit"),
        )
        .sort("entity")
    )
    return counts, pl.DataFrame(schema=dict(FINDINGS))
