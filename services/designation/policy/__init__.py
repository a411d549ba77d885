"""Designation's chapter of the law, typed: read from the chapters an edition carries, never from files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from services.designation.policy import reading, rules
from services.designation.rules import catalog
from services.designation.rules.additional import Additional
from services.designation.rules.comprehensive import Comprehensive
from services.designation.rules.graduation import LowGraduation
from services.designation.rules.groups import Grouping
from services.designation.rules.improvement import IDENTIFICATION_YEAR, OR_MORE, Cuts
from services.designation.rules.long_additional import LongAdditional
from services.designation.rules.targeted import Targeted
from shared.policy.reader import Chapter, PolicyError, shaped, value

T = TypeVar("T")

# What chapters meant before they named their rules: editions that carry one are decided as they were.
_BEFORE_RULES = {
    "rules": [catalog.LOWEST_SHARE],
    "midpoint_boundary": OR_MORE,
    "improvement_baseline": IDENTIFICATION_YEAR,
}


@dataclass(frozen=True)
class Law:
    """What decides an edition's statuses: the law of each rule in force, None of a rule that is not.

    `lowest` ranks for other rules too. `cuts`: column of the points table → letter → lowest score.
    """

    rules: tuple[str, ...]
    source: str
    lowest: Comprehensive
    graduation: LowGraduation | None
    long_additional: LongAdditional | None
    additional: Additional | None
    targeted: Targeted | None
    grouping: Grouping | None
    cuts: Mapping[str, Cuts]


@shaped
def law_of(chapters: Mapping[str, Any]) -> Law:
    """The law of an edition. Raises PolicyError when a value is missing or none of the known ones."""
    chapter = _with_rules(_chapter(chapters, "designation"))
    named = reading.some_of(chapter, "rules", tuple(catalog.STATUS_OF))

    def of(rule: str, make: Callable[[Chapter], T]) -> T | None:
        return make(chapter) if rule in named else None

    looks_at_groups = {catalog.LONG_ADDITIONAL, catalog.ADDITIONAL, catalog.TARGETED_GROUPS} & set(named)
    return Law(
        rules=named,
        source=reading.source(chapter, "rules"),
        lowest=rules.comprehensive(chapter),
        graduation=of(catalog.LOW_GRADUATION, rules.low_graduation),
        long_additional=of(catalog.LONG_ADDITIONAL, rules.long_additional),
        additional=of(catalog.ADDITIONAL, rules.additional),
        targeted=of(catalog.TARGETED_GROUPS, rules.targeted),
        grouping=rules.grouping(chapter) if looks_at_groups else None,
        cuts=cuts_of(chapters),
    )


@shaped
def cuts_of(chapters: Mapping[str, Any]) -> Mapping[str, Cuts]:
    """The cut scores that the edition was graded with, from scoring's chapter: the midpoints stand between them."""
    columns = value(_chapter(chapters, "scoring"), "columns")
    return {
        column: {letter: reading.fraction(f"scoring columns, {column}", cut) for letter, cut in told["cuts"].items()}
        for column, told in columns.items()
    }


def _with_rules(chapter: Chapter) -> Chapter:
    if "rules" in chapter:
        return chapter
    source = reading.source(chapter, "lowest_share")
    return {**{name: {"value": told, "source": source} for name, told in _BEFORE_RULES.items()}, **chapter}


def _chapter(chapters: Mapping[str, Any], service: str) -> Chapter:
    if service not in chapters:
        raise PolicyError(f"the edition carries no chapter of {service}; certify it with all chapters")
    chapter: Chapter = chapters[service]
    return chapter
