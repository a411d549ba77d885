"""What a subgroup's results come to: index, proficiency through the years, growth. Source: section 9b, GEN-4."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from services.designation.rules import averages
from services.designation.rules.averages import Averaging
from services.designation.rules.cases import Group
from services.designation.rules.edition import Earned, SchoolYear
from shared.vocabulary import school_years
from shared.vocabulary.measures import GRADUATION, GROWTH, PROFICIENCY, measure, unit_of

SUBJECTS = ("reading", "math")
GRADUATION_RATE = measure(GRADUATION, "rate")
PROFICIENCY_IN = {subject: measure(subject, PROFICIENCY) for subject in SUBJECTS}
GROWTH_IN = {subject: measure(subject, GROWTH) for subject in SUBJECTS}
# The rates that statuses read, with their units; no other is kept.
RATES = {name: unit_of(name) for name in (GRADUATION_RATE, *PROFICIENCY_IN.values(), *GROWTH_IN.values())}


@dataclass(frozen=True)
class Grouping:
    """The subgroups that statuses look at, and how many students one must have to count."""

    names: tuple[str, ...]
    minimum_n: int


def share(earned: Earned | None, measure_id: str, minimum_n: int) -> Fraction | None:
    """A measure as a share of its students; None with fewer than the minimum."""
    if earned is None or measure_id not in earned.rates:
        return None
    numerator, students = earned.rates[measure_id]
    return Fraction(numerator, students * RATES[measure_id]) if students >= max(minimum_n, 1) else None


def index(earned: Earned | None, minimum_n: int) -> Fraction | None:
    """Points ÷ points possible when only the subgroup counts; None without a score or with too few tested students."""
    if earned is None or earned.points is None or earned.possible is None:
        return None
    tested = [earned.rates.get(name, (0, 0))[1] for name in PROFICIENCY_IN.values()]
    return Fraction(earned.points) / _exact(earned.possible) if max(tested) >= minimum_n else None


def growth(earned: Earned | None, minimum_n: int) -> Fraction | None:
    """The mean of growth in reading and in math, none above the whole; None unless both have enough students."""
    shares = [share(earned, name, minimum_n) for name in GROWTH_IN.values()]
    counted = [min(each, Fraction(1)) for each in shares if each is not None]
    return averages.mean(counted) if len(counted) == len(SUBJECTS) else None


def tested_years(tested: Mapping[str, bool], school_year: str) -> tuple[str, ...]:
    """The unbroken run of school years up to this one, newest first, without those in which nobody was tested.

    `tested`: every year of which an edition is known; a year of which none is ends the run.
    """
    year, found = school_years.parse(school_year), []
    while school_years.ending(year) in tested:
        if tested[school_years.ending(year)]:
            found.append(school_years.ending(year))
        year -= 1
    return tuple(found)


def was_tested(schools: Iterable[SchoolYear]) -> bool:
    """Whether anything of an edition's year stands on tests."""
    read = set(PROFICIENCY_IN.values())
    return any(
        school.is_graded or any(read & earned.rates.keys() for earned in school.subgroups.values())
        for school in schools
    )


def group_of(
    name: str,
    years: Mapping[str, SchoolYear],
    run: Iterable[str],
    school_year: str,
    law: Grouping,
    averaging: Averaging,
) -> Group:
    """A subgroup of a school. `years`: the school in every edition that knows it; `run`: the tested years."""
    earned = {year: school.subgroups[name] for year, school in years.items() if name in school.subgroups}
    counted = averages.recent(lambda year: index(earned.get(year), law.minimum_n), school_year, averaging)
    proficiency: dict[str, dict[str, Fraction]] = {subject: {} for subject in SUBJECTS}
    for year in run:
        for subject in SUBJECTS:
            value = share(earned.get(year), PROFICIENCY_IN[subject], law.minimum_n)
            if value is not None:
                proficiency[subject][year] = value
    return Group(name, counted.get(school_year), counted, averages.average(counted, averaging), proficiency)


@lru_cache(1024)
def _exact(text: str) -> Fraction:
    """A number that thousands of schools share is read once."""
    return Fraction(text)
