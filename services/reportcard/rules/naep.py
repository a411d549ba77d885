"""Which administrations of the national assessment a state's card tells of, the newest first. Source: NAEP-1."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.vocabulary import school_years

LEVELS = ("below_basic", "basic", "proficient", "advanced")


@dataclass(frozen=True)
class Sample:
    """One group of the state or the nation in a subject and grade: a percent at each level, as received."""

    subject: str
    grade: str
    entity: str
    subgroup: str
    percents: tuple[str, ...]


@dataclass(frozen=True)
class Administration:
    """The samples of one year, and where they come from."""

    school_year: str
    source: str
    samples: tuple[Sample, ...]


def told(administrations: Sequence[Administration], school_year: str) -> list[Administration]:
    """Those that a report of this year can know, the newest first: a year without one tells of the latest."""
    until = school_years.parse(school_year)
    known = [each for each in administrations if school_years.parse(each.school_year) <= until]
    return sorted(known, key=lambda each: school_years.parse(each.school_year), reverse=True)


def name_of(administration: Administration, school_year: str) -> str:
    """How an administration is labelled on the report of a year."""
    of = administration.school_year
    return f"Administered in {of}" if of == school_year else f"Administered in {of}, none in {school_year}"
