"""Test programs: which levels each has, in what order, and from which a student is proficient (COMP-1, COMP-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from services.scoring.rules.frames import WORD


@dataclass(frozen=True)
class Program:
    """One program. Ranks count from 1, the lowest level. `held`: hundredths for staying at a rank (COMP-2).

    The same level name in two programs means two things (ASSESS-1), so a rank is only ever read with its program.
    """

    name: str
    is_main: bool
    levels: tuple[str, ...]
    proficient_from: int
    subjects: frozenset[str]
    held: Mapping[int, int]
    half_levels: frozenset[int]


def main_program(programs: Sequence[Program]) -> Program:
    """The program whose levels are published as a series."""
    return next(program for program in programs if program.is_main)


def ranks(programs: Sequence[Program]) -> pl.DataFrame:
    """Program, level and its rank: what a result's level name is looked up in."""
    rows = [(program.name, level, rank) for program in programs for rank, level in enumerate(program.levels, start=1)]
    return pl.DataFrame(rows, {"program": WORD, "level": WORD, "rank": pl.Int32}, orient="row")


def is_counted(programs: Sequence[Program]) -> pl.Expr:
    """Whether the result's program counts in its subject: the alternate one is absent from history (COMP-4)."""
    told = [
        (pl.col("program") == program.name) & pl.col("subject").is_in(sorted(program.subjects)) for program in programs
    ]
    return pl.any_horizontal(told)


def is_proficient(programs: Sequence[Program]) -> pl.Expr:
    """Whether the rank is the program's first proficient one or a higher one (COMP-1)."""
    told = [(pl.col("program") == program.name) & (pl.col("rank") >= program.proficient_from) for program in programs]
    return pl.any_horizontal(told)
