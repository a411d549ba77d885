"""College and career readiness: who of the seniors has the scores or certificates that show it (COMP-7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where, placed
from shared.vocabulary.measures import READINESS, measure, unit_of

RATE = measure(READINESS, "rate")
MEASURES = (RATE,)
COLLEGE, WORK = "college_entrance", "work_readiness"
INDUSTRY = "industry"
WHOLE = unit_of(RATE)
_PARTS = pl.List(pl.Struct({"name": pl.String, "score": pl.Int64}))


@dataclass(frozen=True)
class ReadinessLaw:
    """`grade` and `snapshot`: whose students on which day; `counts_exit_day`: whether an exit date is a day enrolled.

    `halves`: the parts of the college entrance test, each met by any one of its least sub-scores; `needs_both` gives
    credit for both alone, otherwise each is worth a half. `alone`, `with_credential`: levels of work readiness.
    """

    grade: str
    snapshot: date
    counts_exit_day: bool
    halves: tuple[Mapping[str, int], ...]
    needs_both: bool
    alone: frozenset[str]
    with_credential: frozenset[str]


def heads(frames: Frames, law: ReadinessLaw, where: Where) -> pl.DataFrame:
    """Seniors of the snapshot at each entity: in halves, the better of what the two ways to readiness give each."""
    earned = pl.concat([_of_college(frames, law, where.school_year), _of_work(frames, law, where.school_year)])
    best = earned.group_by("student_id").agg(pl.col("halves").max())
    return (
        _seniors(frames, law, where)
        .join(best, on="student_id", how="left")
        .select("entity", "student_id", pl.col("halves").fill_null(0).cast(pl.Int64).alias(RATE))
    )


def _seniors(frames: Frames, law: ReadinessLaw, where: Where) -> pl.DataFrame:
    exit_date = pl.col("exit_date")
    stays_on = exit_date >= law.snapshot if law.counts_exit_day else exit_date > law.snapshot
    stays = frames.enrollments.filter(
        (pl.col("school_year") == where.school_year)
        & (pl.col("grade") == law.grade)
        & (pl.col("entry_date") <= law.snapshot)
        & stays_on.fill_null(True)
    ).select(pl.col("student_id", "school_id").cast(pl.String))
    return stays.join(placed(frames.schools, where), on="school_id").select("entity", "student_id").unique()


def _of_college(frames: Frames, law: ReadinessLaw, school_year: str) -> pl.DataFrame:
    """Halves by the best sub-scores a student ever had, whatever the dates."""
    parts = (
        _results(frames, COLLEGE, school_year)
        .select("student_id", pl.col("parts").str.json_decode(_PARTS))
        .explode("parts")
        .drop_nulls("parts")
        .unnest("parts")
    )
    met = parts.group_by("student_id").agg(_is_met(half).any().alias(f"{n}") for n, half in enumerate(law.halves))
    places = [f"{n}" for n in range(len(law.halves))]
    halves = pl.all_horizontal(places).cast(pl.Int64) * WHOLE if law.needs_both else pl.sum_horizontal(places)
    return met.select("student_id", halves.cast(pl.Int64).alias("halves"))


def _is_met(half: Mapping[str, int]) -> pl.Expr:
    """Whether a sub-score is one of the half's least ones, or more."""
    return pl.any_horizontal((pl.col("name") == name) & (pl.col("score") >= least) for name, least in half.items())


def _of_work(frames: Frames, law: ReadinessLaw, school_year: str) -> pl.DataFrame:
    """A whole credit by a level of work readiness, alone or with a completed pathway or an industry certification."""
    awards = frames.awards.filter(pl.col("school_year") <= school_year)
    credential = (pl.col("cte_completer") | pl.col("awards").list.contains(INDUSTRY)).fill_null(False)
    holders = awards.filter(credential).select("student_id", pl.lit(True).alias("is_holder")).unique()
    levels = _results(frames, WORK, school_year).join(holders, on="student_id", how="left")
    ready = pl.col("level").is_in(list(law.alone)) | (
        pl.col("level").is_in(list(law.with_credential)) & pl.col("is_holder").fill_null(False)
    )
    return levels.filter(ready.fill_null(False)).select("student_id", pl.lit(WHOLE, pl.Int64).alias("halves")).unique()


def _results(frames: Frames, kind: str, school_year: str) -> pl.DataFrame:
    """Results of a kind of test up to the year: a later one says nothing of its seniors."""
    tests = frames.assessments.filter(pl.col("kind") == kind).select(pl.col("assessment_id").cast(pl.String))
    words = pl.col("assessment_id", "student_id", "school_year", "level").cast(pl.String)
    return (
        frames.other_results.select(words, "parts")
        .filter(pl.col("school_year") <= school_year)
        .join(tests, on="assessment_id", how="semi")
    )
