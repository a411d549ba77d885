"""The catalog of measures: in which subjects each stands, who does not count and why, and what one counts for."""

from dataclasses import dataclass

import polars as pl

from services.scoring.rules import reasons
from services.scoring.rules.growth import growth_hundredths
from services.scoring.rules.law import Law
from services.scoring.rules.lowest import is_lowest
from services.scoring.rules.programs import is_counted, is_proficient, main_program
from shared.vocabulary import measures

REASON = pl.Enum(reasons.REASONS)


@dataclass(frozen=True)
class Measure:
    """One kind of measure. `reason`: why a student is left out, null for one who counts; `amount`: what one adds."""

    kind: str
    subjects: tuple[str, ...]
    reason: pl.Expr
    amount: pl.Expr


def catalog(law: Law, entity: str) -> tuple[Measure, ...]:
    """Every measure of results that count at a level of entities (`entity`: the column that tells where)."""
    main = main_program(law.programs)
    tested = tuple(s for s in measures.SUBJECTS if any(s in program.subjects for program in law.programs))
    series = tuple(s for s in measures.SUBJECTS if s in main.subjects)
    growing = tuple(s for s in measures.SUBJECTS if s in law.growth_subjects)
    can_grow = growth_reason(law).is_null()
    lowest = is_lowest(entity, can_grow, law.lowest_share)
    growth = growth_hundredths(law.programs, law.growth_weights)
    return (
        Measure(measures.PROFICIENCY, tested, score_reason(law), is_proficient(law.programs)),
        *(
            Measure(f"{measures.LEVEL}.{rank}", series, level_reason(law), pl.col("rank") == rank)
            for rank in range(1, len(main.levels) + 1)
        ),
        Measure(measures.GROWTH, growing, growth_reason(law), growth),
        Measure(measures.GROWTH_LOWEST, growing, lowest_reason(law, lowest), growth),
    )


def participation() -> Measure:
    """Tested of those expected: one row for each student expected, full year or not (ASSESS-5, GRADE-8)."""
    return Measure(measures.PARTICIPATION, measures.SUBJECTS, pl.lit(None, REASON), pl.col("is_tested"))


def measure_ids(law: Law) -> tuple[str, ...]:
    """The ids of every measure, in the order in which they are told."""
    levels = tuple(f"{measures.LEVEL}.{rank}" for rank in range(1, len(main_program(law.programs).levels) + 1))
    growth = (measures.GROWTH, measures.GROWTH_LOWEST)
    kinds = (measures.PARTICIPATION, measures.PROFICIENCY, *levels, *growth)
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


def lowest_reason(law: Law, lowest: pl.Expr) -> pl.Expr:
    """Who can grow but is not in the lowest group (COMP-3)."""
    return pl.coalesce(
        growth_reason(law),
        _first((pl.col("prior_score").is_null(), reasons.NO_PRIOR_SCALE_SCORE), (~lowest, reasons.NOT_LOWEST)),
    )


def _first(*cases: tuple[pl.Expr, str]) -> pl.Expr:
    """The first reason that applies, or null."""
    return pl.coalesce([pl.when(case).then(pl.lit(reason, REASON)) for case, reason in cases])
