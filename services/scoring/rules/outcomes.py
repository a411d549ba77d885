"""After graduation: who of a class enrolled in college or was employed within a year of graduating (OTH-2, OTH-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from services.scoring.rules import graduation
from services.scoring.rules.frames import Frames
from services.scoring.rules.graduation import GraduationLaw
from services.scoring.rules.heads import Where
from shared.vocabulary import school_years
from shared.vocabulary.measures import OUTCOMES, measure

MEASURES = tuple(measure(OUTCOMES, kind) for kind in ("enrollment", "two_year", "four_year", "employed"))
YES, NO, UNKNOWN = "yes", "no", "unknown"
TRUTHS = ("is_public", "is_in_state")
FIELDS = {
    "kind": ("enrolled", "employed"),
    "level": ("two_year", "four_year"),
    **dict.fromkeys(TRUTHS, (YES, NO, UNKNOWN)),
}


@dataclass(frozen=True)
class OutcomesLaw:
    """`graduation`: who graduates, with the lag of this measure. `days` after graduating that still count.

    `graduation_day`: month and day on which one graduated whose record names none. `counted`: of each measure, which
    words of which fields of an outcome it counts; a truth is yes, no or unknown.
    """

    graduation: GraduationLaw
    days: int
    graduation_day: tuple[int, int]
    counted: Mapping[str, Mapping[str, frozenset[str]]]


def heads(frames: Frames, law: OutcomesLaw, where: Where) -> pl.DataFrame:
    """Graduates of the class at each entity: 1 for one with the outcome in time, 0 for any other."""
    members = graduation.heads(frames, law.graduation, where)
    graduates = members.filter(pl.col(graduation.RATE) == 1).select("entity", "student_id", "groups_year")
    found = graduates.join(_found(frames, law, where), on="student_id", how="left")
    return found.with_columns(pl.col(*MEASURES).fill_null(False).cast(pl.Int64))


def _found(frames: Frames, law: OutcomesLaw, where: Where) -> pl.DataFrame:
    """Each student of the class and whether each measure counts one of the outcomes within the days."""
    cohort_year = graduation.class_of(where.school_year, law.graduation)
    graduated_on = pl.col("exit_date").fill_null(date(school_years.parse(cohort_year), *law.graduation_day))
    members = frames.cohorts.filter(pl.col("cohort_year") == cohort_year)
    begun = members.select("student_id", graduated_on.alias("graduated_on"))
    after = (pl.col("day") - pl.col("graduated_on")).dt.total_days()
    in_time = frames.outcomes.join(begun, on="student_id").filter(after.is_between(0, law.days))
    return in_time.group_by("student_id").agg(_counts(law.counted[name]).any().alias(name) for name in MEASURES)


def _counts(words: Mapping[str, frozenset[str]]) -> pl.Expr:
    """Whether an outcome has one of the words in every field."""
    told = {field: _truth(field) if field in TRUTHS else pl.col(field) for field in sorted(words)}
    return pl.all_horizontal(True, *(it.is_in(sorted(words[field])).fill_null(False) for field, it in told.items()))


def _truth(field: str) -> pl.Expr:
    return pl.when(pl.col(field)).then(pl.lit(YES)).when(~pl.col(field)).then(pl.lit(NO)).otherwise(pl.lit(UNKNOWN))
