"""Whether a subgroup in additional targeted support brings its school comprehensive support. Source: CSI-3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules import comprehensive, population
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import ADDITIONAL, LONG_ADDITIONAL
from services.designation.rules.comprehensive import Comprehensive
from services.designation.rules.ranking import Lowest
from services.designation.rules.verdicts import CONTINUED, IDENTIFIED, NOT_IDENTIFIED, Verdict, unjudged


@dataclass(frozen=True)
class LongAdditional:
    """The law: at or below the lowest share's schools in one of `subjects` in each of `years` tested years in a row."""

    source: str
    population: str
    comparison: str
    subjects: tuple[str, ...]
    years: int


@dataclass(frozen=True)
class Bar:
    """What a subgroup's proficiency is held against. `years`: newest first; `shares`: subject → year → all students."""

    years: Sequence[str]
    shares: Mapping[str, Mapping[str, Fraction]]


def whole_subjects(group: Group, bar: Bar, law: LongAdditional) -> list[str]:
    """The subjects in which the subgroup and what it is held against stand in every one of the years."""
    return [
        subject
        for subject in law.subjects
        if len(bar.years) == law.years
        and all(year in group.proficiency[subject] and year in bar.shares[subject] for year in bar.years)
    ]


def low_subjects(group: Group, bar: Bar, law: LongAdditional) -> list[str]:
    """Those of them in which the subgroup is at or below in every one of the years."""
    return [
        subject
        for subject in whole_subjects(group, bar, law)
        if all(group.proficiency[subject][year] <= bar.shares[subject][year] for year in bar.years)
    ]


def decide(case: Case, group: Group, bar: Bar, lowest: Lowest, law: LongAdditional, common: Comprehensive) -> Verdict:
    """The verdict on one subgroup of a school. It leaves as schools of the lowest share do, unless it is low again."""
    since = case.since(LONG_ADDITIONAL, group.name)
    if case.school_year not in common.cycle.years:
        return unjudged(since, "no_cycle_year")
    if not case.school.is_graded:
        return unjudged(since, "not_rated")
    if since and low_subjects(group, bar, law):
        return Verdict(CONTINUED, since, "again_low")
    if since:
        return comprehensive.leave_or_stay(case, since, lowest, common)
    if not population.is_in(case.school, law.population):
        return unjudged(None, "outside_population")
    if not case.since(ADDITIONAL, group.name):
        return Verdict(NOT_IDENTIFIED, None, "not_additional")
    if not whole_subjects(group, bar, law):
        return unjudged(None, "too_few_years")
    if low_subjects(group, bar, law):
        return Verdict(IDENTIFIED, case.school_year, "low")
    return Verdict(NOT_IDENTIFIED, None, "above")
