"""Whether a school is identified for comprehensive support by the lowest share, stays so, or leaves. Source: CSI-2."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules.averages import Average, Averaging
from services.designation.rules.edition import SchoolYear
from services.designation.rules.improvement import Graded, crossed_midpoint, letter_rose
from services.designation.rules.ranking import Lowest
from shared.vocabulary import school_years

TITLE_I_A, ALL_SCHOOLS = "title_i_a", "all_schools"
POPULATIONS = (TITLE_I_A, ALL_SCHOOLS)

IDENTIFIED, CONTINUED, EXITED = "identified", "continued", "exited"
NOT_IDENTIFIED, NOT_EVALUATED = "not_identified", "not_evaluated"


@dataclass(frozen=True)
class Comprehensive:
    """The law of the lowest share. `exit_after_years`: school years from identification to the first possible exit."""

    source: str
    population: str
    share: Fraction
    cycle_years: frozenset[str]
    exit_after_years: int
    averaging: Averaging


@dataclass(frozen=True)
class Case:
    """One school before the decision. `since`: the year of the identification it stands under, if any.

    `counted`: the indexes that its average may use; `baseline`: its score of the year `since`; `now`: of this year.
    """

    school: SchoolYear
    school_year: str
    since: str | None
    counted: Mapping[str, Fraction]
    average: Average | None
    baseline: Graded | None
    now: Graded | None


@dataclass(frozen=True)
class Verdict:
    """The decision, the year that the status now stands since (None: no status), and the finding that decided it."""

    decision: str
    since: str | None
    finding: str


def is_in_population(school: SchoolYear, law: Comprehensive) -> bool:
    """Whether the school is among those that are ranked."""
    return law.population == ALL_SCHOOLS or school.title_i


def decide(case: Case, lowest: Lowest, law: Comprehensive) -> Verdict:
    """The verdict on one school. `lowest`: the ranking of this year's population (unused outside a cycle year)."""
    if case.school_year not in law.cycle_years:
        return _unevaluated(case, "no_cycle_year")
    if not case.school.is_graded:
        return _unevaluated(case, "not_rated")
    if case.average is None:
        return _unevaluated(case, "too_few_years")
    if case.school.school_id in lowest.members:
        if case.since:
            return Verdict(CONTINUED, case.since, "again_in_lowest")
        return Verdict(IDENTIFIED, case.school_year, "in_lowest")
    if case.since:
        return _leave_or_stay(case, case.since, case.average, lowest, law)
    if not is_in_population(case.school, law):
        return _unevaluated(case, "outside_population")
    return Verdict(NOT_IDENTIFIED, None, "above_lowest")


def _unevaluated(case: Case, finding: str) -> Verdict:
    """A school that cannot be judged keeps what it has."""
    return Verdict(CONTINUED if case.since else NOT_EVALUATED, case.since, finding)


def _leave_or_stay(case: Case, since: str, average: Average, lowest: Lowest, law: Comprehensive) -> Verdict:
    """Leaves only when long enough identified, above the cut, and improved against the year of identification."""
    if lowest.cut is None or average.share <= lowest.cut:
        return Verdict(CONTINUED, since, "not_above_cut")
    if school_years.parse(case.school_year) - school_years.parse(since) < law.exit_after_years:
        return Verdict(CONTINUED, since, "too_soon")
    if case.baseline is None or case.now is None:
        return Verdict(CONTINUED, since, "no_baseline")
    if letter_rose(case.baseline, case.now):
        return Verdict(EXITED, None, "letter_rose")
    if crossed_midpoint(case.baseline, case.now):
        return Verdict(EXITED, None, "midpoint_crossed")
    return Verdict(CONTINUED, since, "not_improved")
