"""Whether a result meets the state's goals, by which measure, and how far off it is. Source: GOAL-1 to GOAL-5."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from services.reportcard.rules.masks import BARE, CODED, SHOWN, Masking, half_up, is_extreme
from shared.vocabulary import school_years

MET, NOT_MET, NOT_DUE, SUPPRESSED = "MET", "NOT_MET", "NOT_DUE", "SUPPRESSED"


@dataclass(frozen=True)
class Goal:
    """A measure's goal in percent, and what it is reached by: per subgroup the percents of `years`, as printed.

    The first of the years is the baseline, the last the goal's. Without years the goal itself is the only measure.
    """

    measure: str
    names: tuple[str, ...]
    percent: str
    year: str
    years: tuple[str, ...]
    percents: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Step:
    """The measure of interim progress in force: its year and its percent, as printed."""

    year: str
    percent: str

    @cached_property
    def exact(self) -> Fraction:
        """The percent as a number."""
        return Fraction(self.percent)


def step_of(goal: Goal, subgroup: str, school_year: str) -> Step | None:
    """What a result of this year is held to: the latest measure that is due; None while only the baseline is there."""
    if not goal.years:
        return Step(goal.year, goal.percent)
    due = [place for place, year in enumerate(goal.years) if place and _is_due(year, school_year)]
    return Step(goal.years[due[-1]], goal.percents[subgroup][due[-1]]) if due else None


def baseline_of(goal: Goal, subgroup: str) -> str | None:
    """The percent that the table begins with."""
    return goal.percents[subgroup][0] if goal.years else None


def status(verdict: int, result: tuple[int, int, int], step: Step | None, law: Masking) -> str:
    """Met or not met, compared unrounded, where the result is public or its code decides; else nothing is told.

    `result`: numerator, students, units of the numerator that make a student.
    """
    if step is None:
        return NOT_DUE
    numerator, students, unit = result
    if verdict in (SHOWN, BARE):
        is_met = 100 * numerator * step.exact.denominator >= step.exact.numerator * unit * students
        return MET if is_met else NOT_MET
    if verdict == CODED and is_extreme(numerator, students, unit, law):
        return _by_code(100 * numerator < law.lower * unit * students, step.exact, law)
    return SUPPRESSED


@lru_cache(4096)
def gap(displayed: str, percent: str, decimals: int) -> str:
    """A public result less its goal, in percentage points, by the result as it is displayed: no digit more is told."""
    return half_up(Fraction(displayed) - Fraction(percent), decimals)


def _is_due(year: str, school_year: str) -> bool:
    return school_years.parse(year) <= school_years.parse(school_year)


def _by_code(is_low: bool, percent: Fraction, law: Masking) -> str:
    """What "less than 5" or "more than 95" says by itself, of whatever rate."""
    if is_low:
        return NOT_MET if percent >= law.lower else SUPPRESSED
    return MET if percent <= law.upper else SUPPRESSED
