"""English learners: who met the exit standard, and how far each came of the year's goal (COMP-8, EL-1, EL-2)."""

from dataclasses import dataclass

import polars as pl

from services.scoring.rules import reasons
from services.scoring.rules.frames import Frames
from services.scoring.rules.full_year import FullYear, attributed
from services.scoring.rules.heads import Where, without
from shared.vocabulary import school_years
from shared.vocabulary.measures import ENGLISH_LEARNERS, PROGRESS, measure, unit_of

PROFICIENT = measure(ENGLISH_LEARNERS, "proficiency")
ON_TRACK = measure(ENGLISH_LEARNERS, "on_track")
COMPONENT = measure(ENGLISH_LEARNERS, PROGRESS)
MEASURES = (PROFICIENT, ON_TRACK)
COMPONENTS = (COMPONENT,)
KIND = "english_language"
_PLACE = ["entity", "student_id"]
_WHOLE = unit_of(COMPONENT)


@dataclass(frozen=True)
class EnglishLaw:
    """`exit_years`: years in which a learner is to exit. `full_year`: where progress counts (COMP-9)."""

    full_year: FullYear
    exit_years: int


def heads(frames: Frames, law: EnglishLaw, where: Where) -> pl.DataFrame:
    """Learners where they were tested: 1 for the exit standard met; where they are full-year: 1 for a whole goal."""
    return _heads(frames, law, where).select(*_PLACE, *MEASURES, *(without(name) for name in MEASURES))


def progress(frames: Frames, law: EnglishLaw, where: Where) -> pl.DataFrame:
    """Learners where they were tested or are full-year: the part of the goal that each came, in the measure's unit."""
    return _heads(frames, law, where).select(*_PLACE, COMPONENT, without(COMPONENT))


def progress_reason() -> pl.Expr:
    """Who has no progress: without a score, in the first year, without a goal or a score of the year before."""
    cases = (
        (pl.col("score").is_null(), reasons.NO_SCORE),
        (pl.col("program_year") == 1, reasons.FIRST_YEAR),
        (pl.col("exit_score").is_null() | pl.col("program_year").is_null(), reasons.NO_GOAL),
        (pl.col("prior_score").is_null(), reasons.NO_PRIOR),
    )
    return pl.coalesce([pl.when(case).then(pl.lit(reason)) for case, reason in cases])


def is_on_track(law: EnglishLaw) -> pl.Expr:
    """Whether the score reached the exit score or the year's goal, or more; compared before any rounding (EL-2)."""
    return (pl.col("score") >= pl.col("exit_score")) | ((_part(law) >= _way()) & (_way() > 0))


def part_of_goal(law: EnglishLaw) -> pl.Expr:
    """The part of the year's goal in millionths, half-up: none for a fall, a whole for the goal or more (COMP-8).

    The goal is the way from the prior score to the exit score over the years left, so the part is the gain times the
    years left over the way.
    """
    rounded = (2 * _part(law) * _WHOLE + _way()) // (2 * _way().clip(lower_bound=1))
    return pl.when(is_on_track(law)).then(_WHOLE).when(_part(law) <= 0).then(0).otherwise(rounded)


def _way() -> pl.Expr:
    return pl.col("exit_score") - pl.col("prior_score")


def _part(law: EnglishLaw) -> pl.Expr:
    """The gain times the years left, of which the last one never ends."""
    years_left = (law.exit_years + 1 - pl.col("program_year")).clip(lower_bound=1)
    return (pl.col("score") - pl.col("prior_score")) * years_left


def _heads(frames: Frames, law: EnglishLaw, where: Where) -> pl.DataFrame:
    rows = _where_counted(_compared(frames, where.school_year), frames, law, where)
    met = pl.coalesce(pl.col("exit_met"), pl.col("score") >= pl.col("exit_score"))
    unknown = pl.when(pl.col("score").is_null()).then(pl.lit(reasons.NO_SCORE)).otherwise(pl.lit(reasons.NO_GOAL))
    tested = rows.drop_nulls(f"at_{where.level}").select(
        pl.col(f"at_{where.level}").alias("entity"),
        "student_id",
        met.cast(pl.Int64).alias(PROFICIENT),
        pl.when(met.is_null()).then(unknown).alias(without(PROFICIENT)),
    )
    why, counts = progress_reason(), progress_reason().is_null()
    full_year = rows.drop_nulls(where.level).select(
        pl.col(where.level).alias("entity"),
        "student_id",
        pl.lit(True).alias("is_full_year"),
        pl.when(counts).then(is_on_track(law).cast(pl.Int64)).alias(ON_TRACK),
        pl.when(counts).then(part_of_goal(law)).cast(pl.Int64).alias(COMPONENT),
        why.alias("why"),
    )
    elsewhere = pl.when(pl.col("is_full_year").is_null()).then(pl.lit(reasons.NOT_FULL_YEAR)).otherwise("why")
    return tested.join(full_year, on=_PLACE, how="full", coalesce=True).with_columns(
        elsewhere.alias(without(ON_TRACK)), elsewhere.alias(without(COMPONENT))
    )


def _compared(frames: Frames, school_year: str) -> pl.DataFrame:
    """One row for each learner who was to be tested in the year, with the score of the year before."""
    tests = frames.assessments.filter(pl.col("kind") == KIND).select(pl.col("assessment_id").cast(pl.String))
    words = pl.col("assessment_id", "student_id", "school_year", "school_id").cast(pl.String)
    numbers = pl.col("exit_score", "program_year").cast(pl.Int64)
    results = frames.other_results.select(
        "result_id", words, "exit_met", numbers, pl.col("scale_score").cast(pl.Int64).alias("score")
    ).join(tests, on="assessment_id", how="semi")
    earlier = _one_each(results.filter(pl.col("school_year") == school_years.previous(school_year)))
    prior = earlier.select("student_id", pl.col("score").alias("prior_score"))
    now = _one_each(results.filter(pl.col("school_year") == school_year))
    return now.join(prior, on="student_id", how="left")


def _one_each(results: pl.DataFrame) -> pl.DataFrame:
    """Of a learner's several results the highest score counts, then the smaller ids."""
    ordered = results.sort("score", "assessment_id", "result_id", descending=[True, False, False], nulls_last=True)
    return ordered.unique("student_id", keep="first", maintain_order=True)


def _where_counted(rows: pl.DataFrame, frames: Frames, law: EnglishLaw, where: Where) -> pl.DataFrame:
    """Each with `school`, `district`, `state` where full-year, and `at_…` where reported, else where full-year."""
    schools = frames.schools.select(pl.col("school_id", "district_id").cast(pl.String))
    stays = (
        frames.enrollments.filter(pl.col("school_year") == where.school_year)
        .with_columns(pl.col("student_id", "school_id").cast(pl.String))
        .join(rows, on="student_id", how="semi")
        .join(schools, on="school_id")
    )
    reported = rows.join(schools, on="school_id", how="left").select(
        pl.exclude("school_id", "district_id"),
        pl.when(pl.col("district_id").is_not_null()).then("school_id").alias("at_school"),
        pl.col("district_id").alias("at_district"),
        pl.lit(where.state).alias("at_state"),
    )
    return attributed(reported, stays, law.full_year, where.state).with_columns(
        pl.coalesce("at_school", "school").alias("at_school"),
        pl.coalesce("at_district", "district").alias("at_district"),
    )
