"""Every area of measures beside the tests of subjects: one line each. Whoever adds a chapter of rules adds its line."""

from dataclasses import dataclass

from services.scoring.rules import equity, graduation, safety, spending, teachers
from services.scoring.rules.heads import Area, Figures
from services.scoring.rules.law import Law
from shared.vocabulary import school_years

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
)  # fmt: skip
FIGURES: tuple[Figures, ...] = (
    Figures(lambda law: law.spending, spending.amounts, spending.findings),
    Figures(lambda law: law.teachers, teachers.amounts, teachers.findings),
    Figures(lambda law: law.equity, equity.amounts, equity.findings),
    Figures(lambda law: law.safety, safety.amounts, safety.findings),
)


def area_measures(law: Law) -> tuple[str, ...]:
    """The ids of every measure of the areas that a law counts, in the order in which they are told."""
    return tuple(measure for area in AREAS if area.law(law) is not None for measure in area.measures)


def rated_areas(law: Law) -> tuple[Area, ...]:
    """The areas of which a rating reads a measure."""
    components = {component for column in law.columns.values() for component in column.scale.maxima}
    return tuple(each for each in AREAS if each.law(law) is not None and components.intersection(each.measures))


def years_of(law: Law) -> Years:
    """The earlier years from which the areas of a law need facts."""
    ends = school_years.parse(law.school_year)
    earlier = tuple(school_years.ending(ends - back) for back in range(1, _YEARS_BACK + 1))
    return Years((), earlier[:2], earlier, (law.school_year, *earlier))
