"""The receipt of targeted support. It rests on a subgroup's results: the sentence tells none of them."""

from collections.abc import Mapping
from fractions import Fraction

from services.designation.rules import averages, targeted
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import TARGETED_GROUPS
from services.designation.rules.groups import Grouping
from services.designation.rules.ranking import Lowest
from services.designation.rules.receipts import text
from services.designation.rules.statewide import Selection
from services.designation.rules.targeted import Ranks, Targeted
from services.designation.rules.verdicts import Judged, Verdict

FINDINGS = {
    "no_cycle_year": "{school_year} is not a year in which this is decided.",
    "not_rated": "the school has no rating in {school_year}.",
    "set_aside": "the school is in comprehensive support, which goes before.",
    "outside_population": "the school is not among the schools that are looked at ({population}).",
    "school_above": "the school is not among the lowest {school_percent} percent of all schools.",
    "no_place": "other schools that meet the conditions are lower and fill the places, {school_percent} percent of all "
    "schools.",
    "too_few_students": "fewer than {minimum_n} students, or too little of the score.",
    "too_few_years": "fewer than {gap_years} tested years in a row with {minimum_n} students or more.",
    "index_above": "not in the lowest {index_percent} percent of the state by score.",
    "gap_narrower": "the gap to the goal is not among the widest {gap_percent} percent of the state.",
    "improved_faster": "the gap to the goal closes faster than in the slowest {improvement_percent} percent of the "
    "state.",
    "met": "low in score, far from the goal and slow to come nearer, in a school that is among the lowest.",
    "met_again": "identified in {since}, and the conditions are met again.",
    "no_growth": "identified in {since}; the conditions are no longer met, but growth cannot be told.",
    "growth_below": "identified in {since}; the conditions are no longer met, but growth over {growth_span} year(s) is "
    "below {growth_percent}.",
    "grew": "the conditions are no longer met, and growth over {growth_span} year(s) is {growth_percent} or more.",
}


def told(case: Case, group: Group, verdict: Verdict, ranks: Ranks, selection: Selection, run: tuple[str, ...],
         growth: Mapping[str, Fraction], law: Targeted, common: Mapping[str, str]) -> Judged:  # fmt: skip
    """The verdict on one subgroup. `common`: the law's numbers that every subgroup's finding may name."""
    since = case.since(TARGETED_GROUPS, group.name)
    numbers = {
        **common,
        "finding": verdict.finding,
        **school_of(case, selection),
        **_value("index", group.index, case, ranks.index),
        **_gaps(case, group, ranks, run, law),
        **(_growth(since, growth, law) if since else {}),
    }
    sentence = text.sentence(TARGETED_GROUPS, verdict.decision, FINDINGS[verdict.finding], numbers, [group.name])
    source = law.exit_source if since else law.source
    return Judged(TARGETED_GROUPS, verdict, source, sentence, numbers, group.name)


def common_of(case: Case, law: Targeted, grouping: Grouping) -> dict[str, str]:
    """The numbers of the law."""
    return {
        "school_year": case.school_year,
        "population": law.population,
        "mode": law.mode,
        "minimum_n": str(grouping.minimum_n),
        "gap_years": str(law.gap_years),
        "goal": str(law.goal),
        "cut_boundary": "or_less",
        "school_percent": _whole(law.school_share),
        "index_percent": _whole(law.index_share),
        "gap_percent": _whole(law.gap_share),
        "improvement_percent": _whole(law.improvement_share),
    }


def school_of(case: Case, selection: Selection) -> dict[str, str]:
    """Where the school itself stands."""
    numbers = _value("school", case.index, case, selection.lowest)
    if selection.candidates is not None:
        numbers["candidates"] = str(selection.candidates)
        numbers["places"] = str(selection.lowest.places)
    return numbers


def _value(name: str, value: Fraction | None, case: Case, lowest: Lowest) -> dict[str, str]:
    numbers = text.placed(name, case.school.school_id, lowest)
    if value is not None:
        numbers[name] = str(value)
        if lowest.cut is not None:
            numbers[f"{name}_above_cut_by"] = str(value - lowest.cut)
    return numbers


def _gaps(case: Case, group: Group, ranks: Ranks, run: tuple[str, ...], law: Targeted) -> dict[str, str]:
    numbers = {}
    for subject in law.subjects:
        for year in run[: law.gap_years]:
            if year in group.proficiency[subject]:
                numbers[f"{subject}_{year}"] = str(group.proficiency[subject][year])
        gap = targeted.gap(group, subject, run, law)
        move = targeted.improvement(group, subject, run, law)
        numbers |= _value(f"{subject}_gap", gap, case, ranks.gap[subject])
        numbers |= _value(f"{subject}_improvement", move, case, ranks.improvement[subject])
    return numbers


def _growth(since: str, growth: Mapping[str, Fraction], law: Targeted) -> dict[str, str]:
    numbers = {
        "since": since,
        "growth_span": str(targeted.growth_span(since, law)),
        "growth_at_least": str(law.growth_at_least),
        "growth_boundary": "or_more",
        "growth_percent": _whole(law.growth_at_least),
        **{f"growth_{year}": str(value) for year, value in growth.items()},
    }
    if growth:
        mean = averages.mean(list(growth.values()))
        numbers |= {"growth": str(mean), "growth_above_by": str(mean - law.growth_at_least)}
    return numbers


def _whole(share: Fraction) -> str:
    """A share of the law as a percentage: whole where it is whole."""
    of_hundred = share * 100
    return str(of_hundred) if of_hundred.denominator == 1 else text.percent(share)
