"""Whether a school is identified for comprehensive support by the lowest share, stays so, or leaves. Source: CSI-2."""

from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules import improvement, population
from services.designation.rules.averages import Averaging
from services.designation.rules.cases import Case
from services.designation.rules.catalog import LOWEST_SHARE
from services.designation.rules.improvement import Improvement
from services.designation.rules.ranking import Lowest
from services.designation.rules.verdicts import CONTINUED, EXITED, IDENTIFIED, NOT_IDENTIFIED, Verdict, unjudged
from shared.vocabulary import school_years


@dataclass(frozen=True)
class Cycle:
    """The years of identification and release. `exit_after_years`: from identification to the first possible exit."""

    years: frozenset[str]
    exit_after_years: int

    def is_too_soon(self, since: str, school_year: str) -> bool:
        """Whether a school identified `since` cannot leave yet."""
        return school_years.parse(school_year) - school_years.parse(since) < self.exit_after_years


@dataclass(frozen=True)
class Comprehensive:
    """The law of the lowest share."""

    source: str
    population: str
    share: Fraction
    cycle: Cycle
    averaging: Averaging
    improvement: Improvement


def decide(case: Case, lowest: Lowest, law: Comprehensive) -> Verdict:
    """The verdict on one school. `lowest`: the ranking of this year's population."""
    since = case.since(LOWEST_SHARE)
    if case.school_year not in law.cycle.years:
        return unjudged(since, "no_cycle_year")
    if not case.school.is_graded:
        return unjudged(since, "not_rated")
    if case.average is None:
        return unjudged(since, "too_few_years")
    if case.school.school_id in lowest.members:
        if since:
            return Verdict(CONTINUED, since, "again_in_lowest")
        return Verdict(IDENTIFIED, case.school_year, "in_lowest")
    if since:
        return leave_or_stay(case, since, lowest, law)
    if not population.is_in(case.school, law.population):
        return unjudged(None, "outside_population")
    return Verdict(NOT_IDENTIFIED, None, "above_lowest")


def leave_or_stay(case: Case, since: str, lowest: Lowest, law: Comprehensive) -> Verdict:
    """Leaves only above the cut, long enough identified, and improved."""
    if case.average is None:
        return unjudged(since, "too_few_years")
    if lowest.cut is None or case.average.share <= lowest.cut:
        return Verdict(CONTINUED, since, "not_above_cut")
    if law.cycle.is_too_soon(since, case.school_year):
        return Verdict(CONTINUED, since, "too_soon")
    return improved_or_not(case, since, law.improvement)


def improved_or_not(case: Case, since: str, law: Improvement) -> Verdict:
    """Leaves when the school improved against the year of the baseline, and stays when it did not or none stands."""
    baseline = case.grades.get(improvement.baseline_year(since, case.school_year, law))
    found = improvement.finding(baseline, case.grades.get(case.school_year), law.boundary)
    if found in improvement.IMPROVED:
        return Verdict(EXITED, None, found)
    return Verdict(CONTINUED, since, found)
