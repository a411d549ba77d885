"""Every area of measures beside the tests of subjects: one line each. Whoever adds a chapter of rules adds its line."""

from dataclasses import dataclass
from typing import TypeVar

from services.scoring.rules import (
    acceleration,
    attendance,
    discipline,
    english,
    equity,
    graduation,
    law_enforcement,
    outcomes,
    preschool,
    readiness,
    safety,
    spending,
    teachers,
)
from services.scoring.rules.heads import Area, Figures
from services.scoring.rules.law import Law
from shared.vocabulary import school_years

T = TypeVar("T")
_YEARS_BACK = 5  # the class of two years ago, and its four years


@dataclass(frozen=True)
class Years:
    """Earlier school years that areas read: of everyone, of members of graduation cohorts, of stays that place them.

    `records`: the years of all other kinds of records.
    """

    everyone: tuple[str, ...]
    cohorts: tuple[str, ...]
    stays: tuple[str, ...]
    records: tuple[str, ...]


AREAS: tuple[Area, ...] = (
    Area(graduation.MEASURES, lambda law: law.graduation, graduation.heads),
    Area(english.MEASURES, lambda law: law.english, english.heads),
    Area(english.COMPONENTS, lambda law: _where_component(law, english.COMPONENT, law.english), english.progress),
    Area(acceleration.MEASURES, lambda law: law.acceleration, acceleration.heads),
    Area(acceleration.ADVANCED_MEASURES, lambda law: law.acceleration, acceleration.advanced),
    Area(readiness.MEASURES, lambda law: law.readiness, readiness.heads),
    Area(attendance.MEASURES, lambda law: law.attendance, attendance.heads),
    Area(discipline.MEASURES, lambda law: law.discipline, discipline.heads),
    Area(law_enforcement.MEASURES, lambda law: law.law_enforcement, law_enforcement.heads),
    Area(preschool.MEASURES, lambda law: law.preschool, preschool.heads),
    Area(outcomes.MEASURES, lambda law: law.outcomes, outcomes.heads),
)  # fmt: skip
FIGURES: tuple[Figures, ...] = (
    Figures(lambda law: law.spending, spending.figures),
    Figures(lambda law: law.teachers, teachers.figures),
    Figures(lambda law: law.equity, equity.figures),
    Figures(lambda law: law.safety, safety.figures),
)


def _where_component(law: Law, measure: str, part: T | None) -> T | None:
    """The part of the law, where a points table has the measure: it is counted for nothing else."""
    return part if measure in law.components() else None


def area_measures(law: Law) -> tuple[str, ...]:
    """The ids of every measure of the areas that a law counts, in the order in which they are told."""
    return tuple(measure for area in AREAS if area.law(law) is not None for measure in area.measures)


def rated_areas(law: Law) -> tuple[Area, ...]:
    """The areas of which a rating reads a measure."""
    read = law.components()
    return tuple(each for each in AREAS if each.law(law) is not None and read.intersection(each.measures))


def years_of(law: Law) -> Years:
    """The earlier years from which the areas of a law need facts."""
    ends = school_years.parse(law.school_year)
    earlier = tuple(school_years.ending(ends - back) for back in range(1, _YEARS_BACK + 1))
    told = law.law_enforcement and law_enforcement.years_needed(law.law_enforcement, law.school_year)
    everyone = tuple(year for year in told or () if year != law.school_year)
    return Years(everyone, earlier[:2], earlier, tuple(dict.fromkeys((law.school_year, *earlier, *everyone))))
