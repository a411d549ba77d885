"""The catalog of measures: in which subjects each stands, who does not count and why, and what one counts for."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from services.scoring.rules import reasons
from services.scoring.rules.growth import growth_hundredths
from services.scoring.rules.law import Law
from services.scoring.rules.lowest import IS_LOWEST
from services.scoring.rules.programs import is_counted, is_proficient, main_program
from shared.vocabulary import measures

REASON = pl.Enum(reasons.REASONS)


# Whom a measure leaves out: who has no score, who is not in the series of levels, who cannot grow, …
SCORE, SERIES, GROWTH, LOWEST, NOBODY = "score", "series", "growth", "lowest", "nobody"


@dataclass(frozen=True)
class Measure:
    """One kind of measure. `without`: whom it leaves out (its reason's name below); `amount`: what a student adds."""

    kind: str
    subjects: tuple[str, ...]
    without: str
    amount: pl.Expr


def catalog(law: Law) -> tuple[Measure, ...]:
    """Every measure of results that count at a level of entities."""
    main = main_program(law.programs)
    tested = tuple(s for s in measures.SUBJECTS if any(s in program.subjects for program in law.programs))
    series = tuple(s for s in measures.SUBJECTS if s in main.subjects)
    growing = tuple(s for s in measures.SUBJECTS if s in law.growth_subjects)
    growth = growth_hundredths(law.programs, law.growth_weights)
    return (
        Measure(measures.PROFICIENCY, tested, SCORE, is_proficient(law.programs)),
        *(
            Measure(f"{measures.LEVEL}.{rank}", series, SERIES, pl.col("rank") == rank)
            for rank in range(1, len(main.levels) + 1)
        ),
        Measure(measures.GROWTH, growing, GROWTH, growth),
        Measure(measures.GROWTH_LOWEST, growing, LOWEST, growth),
    )


def levels_of_tests(law: Law) -> tuple[tuple[Measure, list[str]], ...]:
    """The levels of a test by itself, each with the programs that have so many (ASSESS-1, ASSESS-3)."""
    subjects = tuple(s for s in measures.SUBJECTS if any(s in program.subjects for program in law.programs))
    most = max(len(program.levels) for program in law.programs)
    return tuple(
        (
            Measure(f"{measures.LEVEL}.{rank}", subjects, SCORE, pl.col("rank") == rank),
            [program.name for program in law.programs if len(program.levels) >= rank],
        )
        for rank in range(1, most + 1)
    )


def rated(law: Law) -> tuple[Measure, ...]:
    """Those of them that a rating reads: components of one of the points tables."""
    components = law.components()
    return tuple(
        measure
        for measure in catalog(law)
        if any(measures.measure(subject, measure.kind) in components for subject in measure.subjects)
    )


def participation() -> Measure:
    """Tested of those expected: one row for each student expected, full year or not (ASSESS-5, GRADE-8)."""
    return Measure(measures.PARTICIPATION, measures.SUBJECTS, NOBODY, pl.col("is_tested"))


def alternate(law: Law) -> Measure:
    """In a program beside the main one, of those tested: a row for each student tested, full year or not (ASSESS-4)."""
    beside = [program for program in law.programs if not program.is_main]
    subjects = tuple(s for s in measures.SUBJECTS if any(s in program.subjects for program in beside))
    return Measure(measures.ALTERNATE, subjects, NOBODY, pl.col("program") != main_program(law.programs).name)


def left_out(law: Law) -> Mapping[str, pl.Expr]:
    """Why a student is left out, null for one who counts. Of the lowest group: `lowest_reason`, entity by entity."""
    return {SCORE: score_reason(law), SERIES: level_reason(law), GROWTH: growth_reason(law)}


def without(whom: str) -> str:
    """The column of such a reason."""
    return f"without {whom}"


def measure_ids(law: Law) -> tuple[str, ...]:
    """The ids of every measure, in the order in which they are told."""
    levels = tuple(f"{measures.LEVEL}.{rank}" for rank in range(1, len(main_program(law.programs).levels) + 1))
    growth = (measures.GROWTH, measures.GROWTH_LOWEST)
    kinds = (measures.PARTICIPATION, measures.ALTERNATE, measures.PROFICIENCY, *levels, *growth)
    return tuple(measures.measure(subject, kind) for subject in measures.SUBJECTS for kind in kinds)


def score_reason(law: Law) -> pl.Expr:
    """Who has no score that counts (COMP-1, COMP-4)."""
    return _first(
        (~is_counted(law.programs), reasons.PROGRAM_NOT_COUNTED),
        (pl.col("level").is_null(), reasons.NO_SCORE),
        (pl.col("rank").is_null(), reasons.UNKNOWN_LEVEL),
    )


def level_reason(law: Law) -> pl.Expr:
    """Who is not in the series of levels: also those of another program (ASSESS-1, ASSESS-3)."""
    other = pl.col("program") != main_program(law.programs).name
    return pl.coalesce(score_reason(law), _first((other, reasons.OTHER_PROGRAM)))


def growth_reason(law: Law) -> pl.Expr:
    """Who has no two scores in one program (COMP-2)."""
    changed = pl.col("program") != pl.col("prior_program")
    return pl.coalesce(
        score_reason(law),
        _first((pl.col("prior_rank").is_null(), reasons.NO_PRIOR), (changed, reasons.PROGRAM_CHANGED)),
    )


def lowest_reason() -> pl.Expr:
    """Who can grow but is not in the lowest group (COMP-3); reads the reason of growth and `is_lowest`."""
    not_lowest = (
        (pl.col("prior_score").is_null(), reasons.NO_PRIOR_SCALE_SCORE),
        (~pl.col(IS_LOWEST), reasons.NOT_LOWEST),
    )
    return pl.coalesce(pl.col(without(GROWTH)), _first(*not_lowest))


def _first(*cases: tuple[pl.Expr, str]) -> pl.Expr:
    """The first reason that applies, or null."""
    return pl.coalesce([pl.when(case).then(pl.lit(reason, REASON)) for case, reason in cases])
