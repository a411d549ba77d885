"""The adjusted cohort graduation rate of a class: who graduated of those in its cohort (ACGR-1 to ACGR-5, COMP-5)."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from services.scoring.rules.frames import Frames
from services.scoring.rules.full_year import days_at
from services.scoring.rules.heads import Where, placed, without
from services.scoring.rules.reasons import REMOVED
from shared.vocabulary import school_years
from shared.vocabulary.measures import GRADUATION, measure

RATE = measure(GRADUATION, "rate")
MEASURES = (RATE,)
EXCLUDED, GRADUATE = "excluded", "graduate"
_PLACE = ["student_id", "school_id", "district_id"]


@dataclass(frozen=True)
class GraduationLaw:
    """`lag`: years between the report and the class that it tells of (ACGR-3). `diplomas`: kinds that graduate.

    `removable`: reasons for which a student leaves the cohort; `needs_evidence`: only with evidence (ACGR-1).
    `window_years`: school years in which the longest enrolment is looked for (ACGR-2). `last_day`: month and day after
    the fourth year up to which a diploma is in four years, the summer included.
    """

    lag: int
    diplomas: frozenset[str]
    removable: frozenset[str]
    needs_evidence: bool
    window_years: int
    last_day: tuple[int, int]


def class_of(school_year: str, law: GraduationLaw) -> str:
    """The cohort year that a report's year tells of."""
    return school_years.ending(school_years.parse(school_year) - law.lag)


def heads(frames: Frames, law: GraduationLaw, where: Where) -> pl.DataFrame:
    """Members of the class at each entity: 1 for a graduate in four years, 0 for any other; null for one removed."""
    cohort_year = class_of(where.school_year, law)
    members = _members(frames, law, cohort_year)
    directory = placed(frames.schools, where)
    if where.level == "district":
        homes = pl.coalesce("district_id", "entity").alias("entity")
        at = members.join(directory, on="school_id", how="left").with_columns(homes)
    elif where.level == "state":
        at = members.with_columns(pl.lit(where.state).alias("entity"))
    else:
        at = members.join(directory, on="school_id")
    removed, graduated = is_removed(law), is_graduate(law, cohort_year)
    return at.drop_nulls("entity").select(
        "entity",
        "student_id",
        pl.when(~removed).then(graduated.cast(pl.Int64)).alias(RATE),
        pl.when(removed).then(pl.lit(REMOVED)).alias(without(RATE)),
        pl.lit(cohort_year).alias("groups_year"),
    )


def is_graduate(law: GraduationLaw, cohort_year: str) -> pl.Expr:
    """Whether a member graduated in four years with a diploma that counts (ACGR-1); a fifth-year graduate did not."""
    last_day = date(school_years.parse(cohort_year), *law.last_day)
    in_time = (pl.col("exit_date") <= last_day).fill_null(True)
    return (pl.col("status") == GRADUATE) & pl.col("diploma").is_in(list(law.diplomas)).fill_null(False) & in_time


def is_removed(law: GraduationLaw) -> pl.Expr:
    """Whether a member leaves the cohort: for a reason that removes, proved where proof is asked for (ACGR-1)."""
    removed = (pl.col("status") == EXCLUDED) & pl.col("exit_reason").is_in(list(law.removable))
    proved = pl.col("exit_evidence").is_not_null() if law.needs_evidence else pl.lit(True)
    return (removed & proved).fill_null(False)


def _members(frames: Frames, law: GraduationLaw, cohort_year: str) -> pl.DataFrame:
    """The class, each with school and district: as the record says, else of the longest enrolment."""
    members = frames.cohorts.filter(pl.col("cohort_year") == cohort_year)
    unplaced = members.filter(pl.col("school_id").is_null())
    if unplaced.is_empty():
        return members
    ends = school_years.parse(cohort_year)
    years = [school_years.ending(ends - back) for back in range(law.window_years)]
    stays = frames.enrollments.filter(
        pl.col("school_year").cast(pl.String).is_in(years)
        & pl.col("student_id").cast(pl.String).is_in(unplaced["student_id"].implode())
    )
    districts = frames.schools.select(pl.col("school_id", "district_id").cast(pl.String))
    homes = longest(
        stays.with_columns(pl.col("student_id", "school_id").cast(pl.String)).join(districts, on="school_id")
    )
    found = (
        unplaced.drop("school_id")
        .join(homes, on="student_id", how="left")
        .with_columns(pl.coalesce("district_id", "district_id_right").alias("district_id"))
    )
    return pl.concat([members.filter(pl.col("school_id").is_not_null()), found.select(members.columns)])


def longest(stays: pl.DataFrame) -> pl.DataFrame:
    """Each student's school and district of longest enrolment; of equally long ones the last (ACGR-2).

    School and district are decided apart, so a district need not be the school's. A stay without an exit runs to the
    end of its school year, 30 June. Days are calendar days, both ends in; those of overlapping stays count once.
    """
    year_end = pl.date(pl.col("school_year").cast(pl.String).str.slice(0, 4).cast(pl.Int32) + 1, 6, 30)
    spans = stays.select(
        *_PLACE,
        pl.col("entry_date").cast(pl.Int64).alias("start"),
        pl.col("exit_date").fill_null(year_end).cast(pl.Int64).alias("last"),
    ).with_columns((pl.col("last") + 1).alias("end"))
    return _longest(spans, "school_id").join(_longest(spans, "district_id"), on="student_id")


def _longest(spans: pl.DataFrame, place: str) -> pl.DataFrame:
    lasts = spans.group_by("student_id", place).agg(pl.col("last").max())
    days = days_at(spans, ["student_id", place]).join(lasts, on=["student_id", place])
    ranked = days.sort("days", "last", place, descending=[True, True, False])
    return ranked.unique("student_id", keep="first", maintain_order=True).select("student_id", place)
