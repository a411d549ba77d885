"""Whether a school's graduation rate brings it comprehensive support, holds it there or lets it go. Source: CSI-1."""

from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules import population
from services.designation.rules.cases import Case
from services.designation.rules.catalog import LOW_GRADUATION
from services.designation.rules.comprehensive import Cycle
from services.designation.rules.groups import GRADUATION_RATE, share
from services.designation.rules.verdicts import CONTINUED, EXITED, IDENTIFIED, NOT_IDENTIFIED, Verdict, unjudged
from shared.vocabulary.subgroups import ALL


@dataclass(frozen=True)
class LowGraduation:
    """The law of low graduation: a rate of `at_most` or less identifies; a cohort below `minimum_n` is not judged."""

    source: str
    population: str
    at_most: Fraction
    minimum_n: int
    cycle: Cycle


def rate_of(case: Case, law: LowGraduation) -> Fraction | None:
    """The four-year rate that the year tells of; None when there is no cohort or it is too small."""
    return share(case.school.subgroups.get(ALL), GRADUATION_RATE, law.minimum_n)


def cohort_of(case: Case) -> tuple[int, int]:
    """Graduates and cohort, both 0 for a school without one."""
    earned = case.school.subgroups.get(ALL)
    graduates, cohort = earned.rates.get(GRADUATION_RATE, (0, 0)) if earned else (0, 0)
    return graduates, cohort


def decide(case: Case, law: LowGraduation) -> Verdict:
    """The verdict on one school."""
    since = case.since(LOW_GRADUATION)
    rate = rate_of(case, law)
    if case.school_year not in law.cycle.years:
        return unjudged(since, "no_cycle_year")
    if rate is None:
        return unjudged(since, "small_cohort" if cohort_of(case)[1] else "no_cohort")
    if rate <= law.at_most and since:
        return Verdict(CONTINUED, since, "again_at_or_below")
    if since:
        too_soon = law.cycle.is_too_soon(since, case.school_year)
        return Verdict(CONTINUED, since, "too_soon") if too_soon else Verdict(EXITED, None, "above")
    if not population.is_in(case.school, law.population):
        return unjudged(None, "outside_population")
    if rate <= law.at_most:
        return Verdict(IDENTIFIED, case.school_year, "at_or_below")
    return Verdict(NOT_IDENTIFIED, None, "above")
