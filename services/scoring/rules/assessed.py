"""Assessed results: each result of a year with its test, rank, groups, where it counts, and its prior score."""

import json

import polars as pl

from services.scoring.rules import full_year, groups, prior, repeats
from services.scoring.rules.frames import WORD, Frames
from services.scoring.rules.law import Law
from services.scoring.rules.programs import ranks

_TESTS = ("assessment_id", "program", "subject", "test")
_RANGES = {"assessment_id": WORD, "level": WORD, "lowest": pl.Int32, "highest": pl.Int32}


def assessed(frames: Frames, law: Law, state: str) -> pl.DataFrame:
    """As `ungrouped`, with the students' groups."""
    demographics = frames.demographics.filter(pl.col("school_year") == law.school_year)
    return groups.with_groups(ungrouped(frames, law, state), demographics)


def ungrouped(frames: Frames, law: Law, state: str) -> pl.DataFrame:
    """One row for each result of the law's year whose test is known, `is_repeated` told.

    `school`, `district`, `state`: where it counts (COMP-9), or null; an early end-of-course score too (COMP-10).
    `at_school`, `at_district`, `at_state`: where it was reported; a result that names no school of the directory is
    told of where it counts.
    """
    ranked = _ranked(frames, law)
    current = ranked.filter(pl.col("school_year") == law.school_year)
    districts = frames.schools.select("school_id", "district_id")
    reported = current.join(districts, on="school_id", how="left").with_columns(
        pl.when(pl.col("district_id").is_not_null()).then("school_id").alias("at_school"),
        pl.col("district_id").alias("at_district"),
        pl.lit(state).alias("at_state"),
    )
    stays = frames.enrollments.filter(pl.col("school_year") == law.school_year).join(districts, on="school_id")
    placed = full_year.attributed(reported.drop("district_id", "school_id"), stays, law.full_year, state).with_columns(
        pl.coalesce("at_school", "school").alias("at_school"),
        pl.coalesce("at_district", "district").alias("at_district"),
    )
    marked = repeats.with_repeats_marked(placed, law.repeated_results, law.programs)
    earlier = ranked.filter(pl.col("school_year") != law.school_year)
    return prior.with_prior(marked, earlier, law.prior)


def _ranked(frames: Frames, law: Law) -> pl.DataFrame:
    """Results with program, subject, test; the level's rank in its program and its range in its test."""
    tests = frames.assessments.select(*_TESTS)
    levels = (
        tests.join(ranks(law.programs), on="program")
        .join(_ranges(frames.assessments), on=["assessment_id", "level"], how="left")
        .select("assessment_id", "level", "rank", "lowest", "highest")
    )
    return (
        frames.results.filter(pl.col("school_year").is_in(law.years()))
        .rename({"scale_score": "score"})
        .join(tests, on="assessment_id")
        .join(levels, on=["assessment_id", "level"], how="left")
    )


def _ranges(assessments: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (assessment_id, level["name"], level["lowest"], level["highest"])
        for assessment_id, levels in assessments.select("assessment_id", "levels").rows()
        for level in json.loads(levels)
    ]
    ranges = pl.DataFrame(rows, _RANGES, orient="row")
    return ranges.unique(["assessment_id", "level"], keep="first", maintain_order=True)
