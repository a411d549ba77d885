"""What a person should look at before signing: rankings in which all tie or nobody is, and rules no longer in force."""

from collections import Counter
from collections.abc import Iterator

from services.designation.handle.deciding import Decisions
from services.designation.policy import Law
from services.designation.rules import catalog, graduation, standing
from services.designation.rules.ranking import Lowest
from services.designation.rules.targeted import Targeted
from shared.vocabulary.measures import SUBJECT_LABELS
from shared.vocabulary.statuses import ADDITIONAL_TARGETED, COMPREHENSIVE, TARGETED


def warnings_of(found: Decisions, school_year: str, law: Law) -> tuple[str, ...]:
    """One sentence for each, in a fixed order."""
    told: list[str] = []
    in_cycle = school_year in law.lowest.cycle.years
    if in_cycle and catalog.LOWEST_SHARE in law.rules:
        told += _ranking(COMPREHENSIVE, found.compared.lowest)
    if in_cycle and law.graduation and not _has_rates(found, law):
        told.append(f"{COMPREHENSIVE}: no school has a graduation rate")
    if law.additional and school_year in law.additional.years and found.compared.comparison is None:
        told.append(f"{ADDITIONAL_TARGETED}: no school is ranked to compare with")
    if law.targeted and school_year in law.targeted.years:
        told += _ranking(TARGETED, found.selection.lowest)
        told += _subgroups(found, law.targeted)
    return (*told, *_not_in_force(found))


def _ranking(status: str, lowest: Lowest) -> Iterator[str]:
    if lowest.all_tied:
        yield f"{status}: all {lowest.population} ranked schools tie"
    if not lowest.population:
        yield f"{status}: no school is ranked"


def _has_rates(found: Decisions, law: Law) -> bool:
    rule = law.graduation
    return rule is not None and any(graduation.rate_of(each.case, rule) is not None for each in found.schools)


def _subgroups(found: Decisions, law: Targeted) -> Iterator[str]:
    """For each ranking of subgroups, those that nobody has, told once, and those in which all tie."""
    untold = dict.fromkeys(found.compared.ranks)
    for what, of_subgroup in _rankings(found, law):
        empty = [name for name in untold if not of_subgroup[name].population]
        untold = {name: None for name in untold if name not in empty}
        tied = [name for name, lowest in of_subgroup.items() if lowest.all_tied]
        if empty:
            yield f"{TARGETED}: no school is ranked by {what} for {', '.join(empty)}"
        if tied:
            yield f"{TARGETED}: all schools ranked by {what} tie for {', '.join(tied)}"


def _rankings(found: Decisions, law: Targeted) -> Iterator[tuple[str, dict[str, Lowest]]]:
    ranks = found.compared.ranks
    yield "score", {name: each.index for name, each in ranks.items()}
    for subject in law.subjects:
        label = SUBJECT_LABELS[subject].lower()
        yield f"the gap in {label}", {name: each.gap[subject] for name, each in ranks.items()}
        yield f"improvement in {label}", {name: each.improvement[subject] for name, each in ranks.items()}


def _not_in_force(found: Decisions) -> Iterator[str]:
    rules = Counter(
        catalog.STATUS_OF[one.rule]
        for each in found.schools
        for one in each.judged
        if one.verdict.finding == "not_in_force"
    )
    for status in standing.in_order(rules):
        yield f"{status}: {rules[status]} goes on by a rule that the law no longer holds"
