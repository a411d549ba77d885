"""The receipt of a subgroup long in additional targeted support. The sentence tells no number of the subgroup's."""

from collections.abc import Mapping

from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import LONG_ADDITIONAL
from services.designation.rules.comprehensive import Comprehensive
from services.designation.rules.groups import Grouping
from services.designation.rules.long_additional import Bar, LongAdditional, low_subjects, whole_subjects
from services.designation.rules.ranking import Lowest
from services.designation.rules.receipts import comprehensive, text
from services.designation.rules.verdicts import Judged, Verdict
from shared.vocabulary.measures import SUBJECT_LABELS

FINDINGS = {
    "no_cycle_year": "{school_year} is not a year in which schools are identified or released.",
    "not_rated": "the school has no rating in {school_year}.",
    "outside_population": "the school is not among the schools that are looked at ({population}).",
    "not_additional": "no identification for additional targeted support goes before.",
    "too_few_years": "fewer than {years} tested years in a row with {minimum_n} students or more.",
    "low": "in additional targeted support, and {years} years in a row not above all students of the state's lowest "
    "schools in {low_subjects}.",
    "again_low": "identified in {since}, and again {years} years in a row not above all students of the state's lowest "
    "schools in {low_subjects}.",
    "above": "above all students of the state's lowest schools in one of the last {years} years.",
    "not_above_cut": "identified in {since}; the school's average is not above that of the state's lowest schools.",
    "too_soon": "identified in {since}; a school can leave after {exit_after_years} years at the earliest.",
    "no_baseline": "identified in {since}; for {baseline_year} the school has no score to compare with.",
    "letter_rose": "above the state's lowest schools, and its letter rose from {baseline_letter} to {letter}.",
    "midpoint_crossed": "above the state's lowest schools, and it crossed the midpoint of the letter {letter}.",
    "not_improved": "above the state's lowest schools, but since {baseline_year} neither did its letter rise nor did "
    "it cross the midpoint of its letter.",
}


def told(case: Case, group: Group, verdict: Verdict, bar: Bar, lowest: Lowest, law: LongAdditional,
         lowest_share: Comprehensive, common: Mapping[str, str]) -> Judged:  # fmt: skip
    """The verdict on one subgroup. `common`: the law's numbers that every subgroup's finding may name."""
    since = case.since(LONG_ADDITIONAL, group.name)
    low = low_subjects(group, bar, law)
    numbers = {
        **common,
        "finding": verdict.finding,
        "comparison_is": law.comparison,
        "comparison_boundary": "or_less",
        "whole_subjects": ", ".join(whole_subjects(group, bar, law)) or "none",
        "low_subjects": " and ".join(SUBJECT_LABELS[subject].lower() for subject in low) or "none",
        **_by_year(group, bar, law),
        **(_leaving(case, since, lowest, lowest_share) if since else {}),
    }
    sentence = text.sentence(LONG_ADDITIONAL, verdict.decision, FINDINGS[verdict.finding], numbers, [group.name])
    return Judged(LONG_ADDITIONAL, verdict, law.source, sentence, numbers, group.name)


def common_of(case: Case, law: LongAdditional, grouping: Grouping) -> dict[str, str]:
    """The numbers of the law."""
    return {
        "school_year": case.school_year,
        "population": law.population,
        "years": str(law.years),
        "minimum_n": str(grouping.minimum_n),
    }


def _by_year(group: Group, bar: Bar, law: LongAdditional) -> dict[str, str]:
    numbers = {}
    for subject in law.subjects:
        for year in bar.years:
            if year in group.proficiency[subject]:
                numbers[f"{subject}_{year}"] = str(group.proficiency[subject][year])
            if year in bar.shares[subject]:
                numbers[f"{subject}_{year}_at_most"] = str(bar.shares[subject][year])
    return numbers


def _leaving(case: Case, since: str, lowest: Lowest, law: Comprehensive) -> dict[str, str]:
    average = case.average.share if case.average else None
    return {
        **text.counted(case.counted, average),
        **comprehensive.ranked(case, lowest),
        **comprehensive.leaving(case, since, law),
    }
