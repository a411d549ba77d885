"""The average of a school or subgroup over its most recent years with scores. Source: essa-report-card section 9b."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules.edition import SchoolYear
from shared.vocabulary import school_years

BASES = ("rounded_points", "exact_points")


@dataclass(frozen=True)
class Averaging:
    """`years` at most and `at_least` many school years with scores, none further back than `within_years`, this one in.

    `basis` names the points that make the index: the published, rounded total or the sum before rounding.
    """

    basis: str
    years: int
    at_least: int
    within_years: int


@dataclass(frozen=True)
class Average:
    """The mean (exact) and the values that made it, newest year first."""

    share: Fraction
    indexes: Mapping[str, Fraction]


def index(school: SchoolYear, basis: str) -> Fraction | None:
    """Points ÷ points possible, so that scales of different length compare (GEN-5). None without a score."""
    points = school.points if basis == "rounded_points" else school.exact_points
    if not school.is_graded or points is None or school.possible is None:
        return None
    return Fraction(points) / Fraction(school.possible)


def indexes(scores: Mapping[str, SchoolYear], school_year: str, law: Averaging) -> dict[str, Fraction]:
    """The indexes that count, newest first. `scores`: school year → the school in that year's edition."""
    return recent(lambda year: index(scores[year], law.basis) if year in scores else None, school_year, law)


def recent(value_of: Callable[[str], Fraction | None], school_year: str, law: Averaging) -> dict[str, Fraction]:
    """The values that count, newest first: years without one, such as a year without tests, are passed over."""
    this = school_years.parse(school_year)
    found: dict[str, Fraction] = {}
    for back in range(law.within_years):
        year = school_years.ending(this - back)
        value = value_of(year) if len(found) < law.years else None
        if value is not None:
            found[year] = value
    return found


def average(counted: Mapping[str, Fraction], law: Averaging) -> Average | None:
    """The mean of the counted values; None when fewer than `at_least` years have one."""
    if len(counted) < law.at_least:
        return None
    return Average(mean(list(counted.values())), dict(counted))


def mean(values: Sequence[Fraction]) -> Fraction:
    """The mean of one value or more."""
    return sum(values[1:], values[0]) / len(values)
