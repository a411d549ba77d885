"""Applies every rule in force to every school: comprehensive support first, its schools are set aside for others."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.designation.handle.compared import Compared, compared_of
from services.designation.handle.subgroups import additional_judged, long_additional_judged, targeted_judged
from services.designation.policy import Law
from services.designation.rules import catalog, comprehensive, graduation, ranking, standing, statewide
from services.designation.rules.cases import Case
from services.designation.rules.edition import Standing
from services.designation.rules.receipts import comprehensive as comprehensive_receipt
from services.designation.rules.receipts import graduation as graduation_receipt
from services.designation.rules.receipts import not_in_force
from services.designation.rules.statewide import Selection
from services.designation.rules.verdicts import Judged
from shared.vocabulary.statuses import COMPREHENSIVE

_NOBODY = Selection(ranking.lowest_places({}, 0), None)


@dataclass(frozen=True)
class Decided:
    """A school's verdicts, those that a status stands on first, and the standing they leave."""

    case: Case
    judged: tuple[Judged, ...]
    standing: Standing


@dataclass(frozen=True)
class Decisions:
    """Every school's verdicts by school id, and what they were made against."""

    schools: tuple[Decided, ...]
    compared: Compared
    selection: Selection


def decisions(cases: Sequence[Case], run: tuple[str, ...], law: Law) -> Decisions:
    """What the law says of every school. `run`: the tested years, newest first."""
    compared = compared_of(cases, run, law)
    first = [_comprehensive(case, compared, law) for case in cases]
    in_comprehensive = frozenset(
        case.school.school_id for case, judged in zip(cases, first, strict=True) if _is_comprehensive(judged)
    )
    set_aside = in_comprehensive if law.targeted and law.targeted.sets_aside else frozenset()
    selection = statewide.selection(cases, compared.ranks, set_aside, law.targeted) if law.targeted else _NOBODY
    schools = [
        _decided(case, [
            *judged,
            *additional_judged(case, compared, law),
            *targeted_judged(case, compared, selection, case.school.school_id in set_aside, law),
        ])
        for case, judged in zip(cases, first, strict=True)
    ]  # fmt: skip
    return Decisions(tuple(schools), compared, selection)


def _comprehensive(case: Case, compared: Compared, law: Law) -> list[Judged]:
    found = []
    if catalog.LOWEST_SHARE in law.rules:
        verdict = comprehensive.decide(case, compared.lowest, law.lowest)
        found.append(comprehensive_receipt.told(case, verdict, compared.lowest, law.lowest))
    if law.graduation:
        found.append(graduation_receipt.told(case, graduation.decide(case, law.graduation), law.graduation))
    return [*found, *long_additional_judged(case, compared, law), *_not_in_force(case, law)]


def _not_in_force(case: Case, law: Law) -> list[Judged]:
    """What the school stands under by rules, or for subgroups, that this year's law does not name."""
    names = law.grouping.names if law.grouping else ()
    held = [(*standing.parts(held), since) for held, since in sorted(case.standing.items())]
    return [
        not_in_force.told(rule, subgroup, since, case.school_year, law.source)
        for rule, subgroup, since in held
        if rule not in law.rules or (subgroup is not None and subgroup not in names)
    ]


def _is_comprehensive(judged: Sequence[Judged]) -> bool:
    return any(one.verdict.since and catalog.STATUS_OF[one.rule] == COMPREHENSIVE for one in judged)


def _decided(case: Case, judged: Sequence[Judged]) -> Decided:
    """Reasons from the gravest status, and before all others those that hold one."""
    order = list(catalog.STATUS_OF)
    ordered = sorted(judged, key=lambda one: (one.verdict.since is None, order.index(one.rule)))
    held = {standing.key(one.rule, one.subgroup): one.verdict.since for one in judged if one.verdict.since}
    return Decided(case, tuple(ordered), held)
