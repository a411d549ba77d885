"""The lowest group of growth: the lowest share by prior score, within subject and test (COMP-3, GEN-5)."""

from fractions import Fraction

import polars as pl

IS_LOWEST = "is_lowest"


def is_lowest(entity: str, can_grow: pl.Expr, share: Fraction) -> pl.Expr:
    """Whether the student is in the lowest share, rounded up, of the entity's own list; ties with the last one are in.

    The list is formed anew for each entity (GRADE-9), within subject, program and test, of students whose growth
    counts and whose prior scale score is known. Null when the student is on no list.
    """
    score = pl.when(can_grow & pl.col(entity).is_not_null()).then(pl.col("prior_score"))
    listed = [pl.col(entity), pl.col("subject"), pl.col("program"), pl.col("test")]
    # how many stand strictly lower, plus one: a tie at the cut has the rank of its first.
    # rank <= ceil(students x share), in integers
    rank = score.rank("min").cast(pl.Int64).over(listed)
    students = score.count().cast(pl.Int64).over(listed)
    return rank * share.denominator < students * share.numerator + share.denominator
