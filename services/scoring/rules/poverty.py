"""Which schools stand at either end of poverty: the quartiles of free or reduced lunch (TEACH-6, GEN-5)."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

import polars as pl

HIGH_POVERTY, LOW_POVERTY = "high_poverty", "low_poverty"


def ends(schools: pl.DataFrame, share: Fraction) -> dict[str, frozenset[str]]:
    """The schools at either end, of all schools of the state whose percentage is known."""
    percents = lunch(schools)
    return {HIGH_POVERTY: highest(percents, share), LOW_POVERTY: lowest(percents, share)}


def are_alike(schools: pl.DataFrame) -> bool:
    """Whether several schools have one and the same percentage, so that every school is at both ends (GEN-5)."""
    percents = list(lunch(schools).values())
    return len(percents) > 1 and min(percents) == max(percents)


def lowest(values: Mapping[str, int], share: Fraction) -> frozenset[str]:
    """Who is in the lowest share of a ranked list, rounded up, with ties at the cut (GEN-5)."""
    ranked = sorted(values.values())
    places = ceil(share * len(ranked))
    return frozenset(name for name, value in values.items() if places and value <= ranked[places - 1])


def highest(values: Mapping[str, int], share: Fraction) -> frozenset[str]:
    """The same from the top."""
    return lowest({name: -value for name, value in values.items()}, share)


def lunch(schools: pl.DataFrame) -> dict[str, int]:
    """The percentage of each school, in hundredths, where it is known."""
    known = schools.filter(pl.col("lunch_hundredths").is_not_null())
    return dict(known.select(pl.col("school_id").cast(pl.String), "lunch_hundredths").iter_rows())
