"""The receipt of additional targeted support. It rests on a subgroup's results: the sentence tells none of them."""

from collections.abc import Mapping
from fractions import Fraction

from services.designation.rules.additional import Additional
from services.designation.rules.averages import Averaging
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import ADDITIONAL
from services.designation.rules.groups import Grouping
from services.designation.rules.receipts import text
from services.designation.rules.verdicts import Judged, Verdict

FINDINGS = {
    "no_cycle_year": "{school_year} is not a year in which this is decided.",
    "not_rated": "the school has no rating in {school_year}.",
    "outside_population": "the school is not among the schools that are looked at ({population}).",
    "no_comparison": "in {school_year} no school is ranked to compare with.",
    "too_few_students": "fewer than {minimum_n} students, or too little of the score.",
    "too_few_years": "an average needs {average_at_least} years with enough students.",
    "at_or_below": "the average of several years is not above that of all students in the state's lowest schools.",
    "again_at_or_below": "identified in {since}, and the average is still not above that of all students in the "
    "state's lowest schools.",
    "above": "the average of several years is above that of all students in the state's lowest schools.",
    "no_baseline": "identified in {since}; for {baseline_year} the school has no score to compare with.",
    "letter_rose": "the average is above that of the state's lowest schools, and the school's letter rose from "
    "{baseline_letter} to {letter}.",
    "midpoint_crossed": "the average is above that of the state's lowest schools, and the school crossed the midpoint "
    "of the letter {letter}.",
    "not_improved": "the average is above that of the state's lowest schools, but since {baseline_year} neither did "
    "the school's letter rise nor did the school cross the midpoint of its letter.",
}


def told(case: Case, group: Group, verdict: Verdict, comparison: Fraction | None, law: Additional,
         common: Mapping[str, str]) -> Judged:  # fmt: skip
    """The verdict on one subgroup. `common`: the law's numbers that every subgroup's finding may name."""
    since = case.since(ADDITIONAL, group.name)
    numbers = {
        **common,
        "finding": verdict.finding,
        **text.counted(group.counted, group.average.share if group.average else None),
        **_compared(group, comparison, law),
        **({"since": since, **text.improved(case, since, law.improvement)} if since else {}),
    }
    sentence = text.sentence(ADDITIONAL, verdict.decision, FINDINGS[verdict.finding], numbers, [group.name])
    return Judged(ADDITIONAL, verdict, law.exit_source if since else law.source, sentence, numbers, group.name)


def common_of(case: Case, law: Additional, averaging: Averaging, grouping: Grouping) -> dict[str, str]:
    """The numbers of the law."""
    return {
        "school_year": case.school_year,
        "population": law.population,
        "minimum_n": str(grouping.minimum_n),
        "average_at_least": str(averaging.at_least),
    }


def _compared(group: Group, comparison: Fraction | None, law: Additional) -> dict[str, str]:
    if comparison is None:
        return {}
    numbers = {"comparison": str(comparison), "comparison_is": law.comparison, "comparison_boundary": "or_less"}
    if group.average is not None:
        numbers["above_by"] = str(group.average.share - comparison)
    return numbers
