"""Whether a subgroup brings its school additional targeted support, holds it or lets it go. Source: ATSI-1, ATSI-2."""

from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules import comprehensive, population
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import ADDITIONAL
from services.designation.rules.improvement import Improvement
from services.designation.rules.verdicts import CONTINUED, IDENTIFIED, NOT_IDENTIFIED, Verdict, unjudged


@dataclass(frozen=True)
class Additional:
    """The law. `comparison`: which number of the lowest share's schools a subgroup's average is held against."""

    source: str
    exit_source: str
    population: str
    comparison: str
    years: frozenset[str]
    exit_years: frozenset[str]
    improvement: Improvement


def decide(case: Case, group: Group, comparison: Fraction | None, law: Additional) -> Verdict:
    """The verdict on one subgroup of a school. `comparison`: None when no school is in the lowest share."""
    since = case.since(ADDITIONAL, group.name)
    if case.school_year not in (law.exit_years if since else law.years):
        return unjudged(since, "no_cycle_year")
    if not case.school.is_graded:
        return unjudged(since, "not_rated")
    if not since and not population.is_in(case.school, law.population):
        return unjudged(None, "outside_population")
    if comparison is None:
        return unjudged(since, "no_comparison")
    if group.index is None:
        return unjudged(since, "too_few_students")
    if group.average is None:
        return unjudged(since, "too_few_years")
    if group.average.share <= comparison:
        return Verdict(CONTINUED, since, "again_at_or_below") if since else _identified(case)
    if since:
        return comprehensive.improved_or_not(case, since, law.improvement)
    return Verdict(NOT_IDENTIFIED, None, "above")


def _identified(case: Case) -> Verdict:
    return Verdict(IDENTIFIED, case.school_year, "at_or_below")
