"""Applies the rules that look at subgroups: one verdict for each, or one for all that share a finding of no numbers."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from services.designation.handle.compared import Compared
from services.designation.policy import Law
from services.designation.rules import additional, long_additional, targeted
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import ADDITIONAL, LONG_ADDITIONAL, TARGETED_GROUPS
from services.designation.rules.receipts import additional as additional_receipt
from services.designation.rules.receipts import long_additional as long_additional_receipt
from services.designation.rules.receipts import targeted as targeted_receipt
from services.designation.rules.receipts import text
from services.designation.rules.statewide import Selection
from services.designation.rules.verdicts import NOT_EVALUATED, NOT_IDENTIFIED, Judged, Verdict

# Findings of a school rather than of a subgroup.
_OF_SCHOOL = ("school_above", "not_additional")


def additional_judged(case: Case, compared: Compared, law: Law) -> list[Judged]:
    """Additional targeted support, subgroup by subgroup."""
    own, grouping = law.additional, law.grouping
    if own is None or grouping is None:
        return []
    common = additional_receipt.common_of(case, own, law.lowest.averaging, grouping)
    return _judged(
        case.groups.values(),
        lambda group: additional.decide(case, group, compared.comparison, own),
        lambda group, verdict: additional_receipt.told(case, group, verdict, compared.comparison, own, common),
        lambda names, verdict, every: text.together(
            ADDITIONAL, verdict, own.source, additional_receipt.FINDINGS, common, names, every
        ),
    )


def long_additional_judged(case: Case, compared: Compared, law: Law) -> list[Judged]:
    """Comprehensive support for being long in additional targeted support, subgroup by subgroup."""
    own, grouping, lowest = law.long_additional, law.grouping, law.lowest
    if own is None or grouping is None:
        return []
    common = long_additional_receipt.common_of(case, own, grouping)
    return _judged(
        case.groups.values(),
        lambda group: long_additional.decide(case, group, compared.bar, compared.lowest, own, lowest),
        lambda group, verdict: long_additional_receipt.told(
            case, group, verdict, compared.bar, compared.lowest, own, lowest, common
        ),
        lambda names, verdict, every: text.together(
            LONG_ADDITIONAL, verdict, own.source, long_additional_receipt.FINDINGS, common, names, every
        ),
    )


def targeted_judged(case: Case, compared: Compared, selection: Selection, is_set_aside: bool, law: Law) -> list[Judged]:
    """Targeted support, subgroup by subgroup."""
    own, grouping, averaging = law.targeted, law.grouping, law.lowest.averaging
    if own is None or grouping is None:
        return []
    common = targeted_receipt.common_of(case, own, grouping)
    whole = targeted.whole_school(case, selection.lowest, is_set_aside, own)

    def growth(name: str) -> dict[str, Fraction]:
        since = case.since(TARGETED_GROUPS, name)
        return targeted.growth_of(case, name, since, own, averaging, grouping.minimum_n) if since else {}

    def told(group: Group, verdict: Verdict) -> Judged:
        ranks = compared.ranks[group.name]
        return targeted_receipt.told(
            case, group, verdict, ranks, selection, compared.run, growth(group.name), own, common
        )

    return _judged(
        case.groups.values(),
        lambda group: targeted.decide(
            case, group, whole or targeted.met(case, group, compared.ranks[group.name], own), selection.lowest, own,
            growth(group.name),
        ),
        told,
        lambda names, verdict, every: text.together(
            TARGETED_GROUPS, verdict, own.source, targeted_receipt.FINDINGS,
            common | targeted_receipt.school_of(case, selection), names, every,
        ),
    )  # fmt: skip


def _judged(
    groups: Iterable[Group],
    decide: Callable[[Group], Verdict],
    told: Callable[[Group, Verdict], Judged],
    together: Callable[[Sequence[str], Verdict, bool], Judged],
) -> list[Judged]:
    alone, shared, asked = [], dict[Verdict, list[str]](), 0
    for group in groups:
        asked, verdict = asked + 1, decide(group)
        if verdict.decision == NOT_EVALUATED or (verdict.decision == NOT_IDENTIFIED and verdict.finding in _OF_SCHOOL):
            shared.setdefault(verdict, []).append(group.name)
        else:
            alone.append(told(group, verdict))
    return [*alone, *(together(names, verdict, len(names) == asked) for verdict, names in shared.items())]
