"""Ratings: which scale an entity stands on, whether it is graded, and what participation changes (GRADE-1, 8, 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.scoring.rules.points import Counted, Letters
from shared.vocabulary import measures, school_years, statuses

NO_PENALTY = "none"
ONE_LETTER = "one_letter"
PRESENCE_OF_GRADE = "presence_of_grade"
NONSTANDARD_SCALE = "nonstandard_scale"
RESCALED = "rescaled"


@dataclass(frozen=True)
class ScaleChoice:
    """Method `presence_of_grade`: an entity that serves `grade` stands in one column, any other in another."""

    method: str
    grade: str
    school_with: str
    school_without: str
    district_with: str
    district_without: str


@dataclass(frozen=True)
class ParticipationLaw:
    """Tested of expected must be `expected_share` or more in each of `subjects`; below it the flag is set."""

    expected_share: Fraction
    subjects: tuple[str, ...]
    penalty: str
    flag: str


def column(choice: ScaleChoice, level: str, grades: frozenset[str]) -> str:
    """The column of the cut scores an entity stands in (GRADE-1)."""
    if level == statuses.DISTRICT:
        return choice.district_with if choice.grade in grades else choice.district_without
    return choice.school_with if choice.grade in grades else choice.school_without


def is_nonstandard(choice: ScaleChoice, level: str, grades: frozenset[str]) -> bool:
    """Whether a district stands in a column other than the districts' own (GRADE-1)."""
    return level == statuses.DISTRICT and column(choice, level, grades) != choice.district_with


def is_first_year(opened_on: date | None, school_year: str) -> bool:
    """Whether a school opened in the year, or will later (GRADE-10); one that does not say when has been there."""
    return opened_on is not None and school_years.of_day(opened_on) >= school_year


def not_rated(
    level: str,
    grades: frozenset[str],
    graded_levels: frozenset[str],
    tested: frozenset[str],
    no_assessments: bool,
    is_too_new: bool = False,
) -> str | None:
    """Why an entity gets no grade whatever its points (GRADE-10); None when it may get one."""
    if level not in graded_levels:
        return statuses.NOT_RATED_LEVEL
    if no_assessments:
        return statuses.NOT_RATED_NO_ASSESSMENT_YEAR
    if not grades & tested:
        return statuses.NOT_RATED_NO_TESTED_GRADES
    if is_too_new:
        return statuses.NOT_RATED_FIRST_YEAR
    return None


def is_below_expected(counts: Mapping[str, Counted], law: ParticipationLaw, minimum_n: int) -> bool:
    """Whether participation falls short in a subject with the minimum number expected or more (GRADE-8, GEN-4)."""
    told = (counts.get(measures.measure(subject, measures.PARTICIPATION)) for subject in law.subjects)
    return any(counted.share() < law.expected_share for counted in told if counted and counted.denominator >= minimum_n)


def letter_after(letter: str, letters: Letters, is_below: bool, penalty: str) -> str:
    """The letter after the penalty for low participation: one lower, never below the lowest (GRADE-8)."""
    if not is_below or penalty != ONE_LETTER:
        return letter
    names = [name for name, _ in letters]
    return names[min(names.index(letter) + 1, len(names) - 1)]
