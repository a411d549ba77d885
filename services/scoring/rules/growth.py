"""Growth of one student: what a year's change of level earns, in hundredths of a student (COMP-2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from services.scoring.rules.programs import Program


@dataclass(frozen=True)
class GrowthWeights:
    """Hundredths earned: by a rise of one level, of two or more, into the highest level, into a level's upper half."""

    one_level: int
    several_levels: int
    highest_level: int
    half_level: int


def growth_hundredths(programs: Sequence[Program], weights: GrowthWeights) -> pl.Expr:
    """What the student earns: the greatest of what applies; a fall earns nothing. Source: essa-report-card COMP-2.

    Reads rank, score, lowest, highest (of the level reached) and the same with `prior_`; both in one program.
    """
    earned = pl.lit(0)
    for program in programs:
        earned = pl.when(pl.col("program") == program.name).then(_in_program(program, weights)).otherwise(earned)
    return earned.cast(pl.Int32)


def _in_program(program: Program, weights: GrowthWeights) -> pl.Expr:
    rise = pl.col("rank") - pl.col("prior_rank")
    into_highest = (rise > 0) & (pl.col("rank") == len(program.levels))
    crossed = (
        (rise == 0) & pl.col("rank").is_in(sorted(program.half_levels)) & ~_in_upper_half("prior_") & _in_upper_half("")
    )
    held = [((rise == 0) & (pl.col("rank") == rank), earned) for rank, earned in sorted(program.held.items())]
    cases = [
        (rise >= 1, weights.one_level),
        (rise > 1, weights.several_levels),
        (into_highest, weights.highest_level),
        (crossed, weights.half_level),
        *held,
    ]
    return pl.max_horizontal([pl.when(case).then(earned).otherwise(0) for case, earned in cases])


def _in_upper_half(prefix: str) -> pl.Expr:
    """Whether a score is at the middle of its level's range or above it; null when score or range is not known."""
    return 2 * pl.col(f"{prefix}score") >= pl.col(f"{prefix}lowest") + pl.col(f"{prefix}highest")
