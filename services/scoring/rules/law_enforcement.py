"""Students referred to law enforcement and students arrested, of the latest civil-rights collection (OTH-6, OTH-7)."""

from dataclasses import dataclass

import polars as pl

from services.scoring.rules.enrolled import happened
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where, without
from shared.vocabulary import school_years
from shared.vocabulary.measures import DISCIPLINE, measure

REFERRAL, ARREST = measure(DISCIPLINE, "referral"), measure(DISCIPLINE, "arrest")
MEASURES = (REFERRAL, ARREST)


@dataclass(frozen=True)
class LawEnforcementLaw:
    """`collected_in`: the school years of the collection, which is not made every year."""

    collected_in: tuple[str, ...]


def collected(law: LawEnforcementLaw, school_year: str) -> str | None:
    """The year of which a report tells: its own where that was collected, else the latest before; None before all."""
    ends = school_years.parse(school_year)
    known = [school_years.parse(year) for year in law.collected_in if school_years.parse(year) <= ends]
    return school_years.ending(max(known)) if known else None


def years_needed(law: LawEnforcementLaw, school_year: str) -> tuple[str, ...]:
    """The years whose enrolments, groups and incidents a report tells of."""
    year = collected(law, school_year)
    return () if year is None else (year,)


def heads(frames: Frames, law: LawEnforcementLaw, where: Where) -> pl.DataFrame:
    """Students enrolled in the collected year: 1 for one referred or arrested there, 0 for any other.

    An arrest is a referral, whether the record says so or not.
    """
    year = collected(law, where.school_year)
    if year is None:
        words = ("entity", "student_id", "groups_year", *map(without, MEASURES))
        return pl.DataFrame(schema={**dict.fromkeys(words, pl.String), **dict.fromkeys(MEASURES, pl.Int64)})
    is_arrested = pl.col("is_arrested").fill_null(False)
    involvements = frames.involvements.select(
        "student_id",
        "school_id",
        "school_year",
        (pl.col("is_referred").fill_null(False) | is_arrested).alias(REFERRAL),
        is_arrested.alias(ARREST),
    )
    found = happened(involvements, frames, where, year, MEASURES)
    return found.with_columns(pl.lit(year).alias("groups_year"))
