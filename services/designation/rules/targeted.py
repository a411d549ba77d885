"""Whether a subgroup brings a school targeted support, keeps it there, or lets it leave. Source: TSI-1, TSI-2."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules import averages, groups, population
from services.designation.rules.averages import Averaging
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import TARGETED_GROUPS
from services.designation.rules.ranking import Lowest
from services.designation.rules.verdicts import CONTINUED, EXITED, IDENTIFIED, NOT_IDENTIFIED, Verdict, unjudged

FILTER, QUOTA = "filter", "quota"
MODES = (FILTER, QUOTA)
NO_DATA = ("too_few_students", "too_few_years")


@dataclass(frozen=True)
class Targeted:
    """The law. `mode`: whether the lowest share of schools filters all schools or fills its places from the candidates.

    `growth_years`: first year of identification → over how many years growth is averaged for leaving.
    """

    source: str
    exit_source: str
    population: str
    mode: str
    sets_aside: bool
    years: frozenset[str]
    index_share: Fraction
    gap_share: Fraction
    improvement_share: Fraction
    school_share: Fraction
    goal: Fraction
    subjects: tuple[str, ...]
    gap_years: int
    growth_at_least: Fraction
    growth_years: Mapping[str, int]


@dataclass(frozen=True)
class Ranks:
    """Where one subgroup's schools stand in the state: by index, and by gap and improvement in each subject."""

    index: Lowest
    gap: Mapping[str, Lowest]
    improvement: Mapping[str, Lowest]


def gap(group: Group, subject: str, run: tuple[str, ...], law: Targeted) -> Fraction | None:
    """The average over the years of percent proficient less the goal; None unless each year counts."""
    shares = _shares(group, subject, run, law)
    return averages.mean(shares) - law.goal if shares else None


def improvement(group: Group, subject: str, run: tuple[str, ...], law: Targeted) -> Fraction | None:
    """The gap of the latest year less that of the first; None unless each year counts."""
    shares = _shares(group, subject, run, law)
    return shares[0] - shares[-1] if shares else None


def met(case: Case, group: Group, ranks: Ranks, law: Targeted) -> str:
    """Whether the subgroup's own conditions are met ("met"), or the first that is not, or why none can be told."""
    school_id = case.school.school_id
    if group.index is None:
        return "too_few_students"
    if school_id not in ranks.index.members:
        return "index_above"
    whole = [subject for subject in law.subjects if school_id in ranks.gap[subject].ranks]
    if not whole:
        return "too_few_years"
    wide = [subject for subject in whole if school_id in ranks.gap[subject].members]
    if not wide:
        return "gap_narrower"
    slow = any(school_id in ranks.improvement[subject].members for subject in wide)
    return "met" if slow else "improved_faster"


def whole_school(case: Case, lowest: Lowest, is_set_aside: bool, law: Targeted) -> str | None:
    """What decides for all subgroups of a school at once, if anything does. `lowest`: the schools low enough."""
    if case.school_year not in law.years:
        return "no_cycle_year"
    if case.index is None:
        return "not_rated"
    if is_set_aside:
        return "set_aside"
    if not population.is_in(case.school, law.population):
        return "outside_population"
    return "school_above" if law.mode == FILTER and case.school.school_id not in lowest.members else None


def decide(
    case: Case, group: Group, finding: str, lowest: Lowest, law: Targeted, growth: Mapping[str, Fraction]
) -> Verdict:
    """The verdict on one subgroup. `finding`: of `whole_school`, else of `met`; `growth`: of `growth_of`."""
    since = case.since(TARGETED_GROUPS, group.name)
    if finding == "met" and case.school.school_id not in lowest.members:
        finding = "no_place"
    if finding == "met":
        return Verdict(CONTINUED, since, "met_again") if since else Verdict(IDENTIFIED, case.school_year, "met")
    if finding in (*NO_DATA, "no_cycle_year", "not_rated", "set_aside", "outside_population"):
        return unjudged(since, finding)
    if since:
        return _leave_or_stay(since, growth, law)
    return Verdict(NOT_IDENTIFIED, None, finding)


def growth_span(since: str, law: Targeted) -> int:
    """Over how many years growth is averaged for a school identified in a year."""
    begun = [first for first in law.growth_years if first <= since]
    return law.growth_years[max(begun, default=min(law.growth_years))]


def growth_of(
    case: Case, name: str, since: str, law: Targeted, averaging: Averaging, minimum_n: int
) -> dict[str, Fraction]:
    """The growth scores that decide on leaving, newest first; none when there are too few, or none of this year."""
    span = growth_span(since, law)
    earned = {year: school.subgroups.get(name) for year, school in case.years.items()}
    over = Averaging(averaging.basis, span, min(span, averaging.at_least), averaging.within_years)
    counted = averages.recent(lambda year: groups.growth(earned.get(year), minimum_n), case.school_year, over)
    return counted if case.school_year in counted and len(counted) >= over.at_least else {}


def _leave_or_stay(since: str, growth: Mapping[str, Fraction], law: Targeted) -> Verdict:
    if not growth:
        return Verdict(CONTINUED, since, "no_growth")
    if averages.mean(list(growth.values())) >= law.growth_at_least:
        return Verdict(EXITED, None, "grew")
    return Verdict(CONTINUED, since, "growth_below")


def _shares(group: Group, subject: str, run: tuple[str, ...], law: Targeted) -> list[Fraction]:
    """The shares of the years that count, newest first; none unless every year has one."""
    shares = [group.proficiency[subject][year] for year in run[: law.gap_years] if year in group.proficiency[subject]]
    return shares if len(shares) == law.gap_years else []
