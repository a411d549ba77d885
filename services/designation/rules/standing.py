"""By which rules, and for which subgroups, a school is identified, and the statuses this makes. Source: SI-STATUS."""

from collections.abc import Iterable

from services.designation.rules.catalog import STATUS_OF
from services.designation.rules.edition import Standing
from shared.vocabulary.statuses import STATUS_LABELS

_PRECEDENCE = tuple(STATUS_LABELS)


def key(rule: str, subgroup: str | None = None) -> str:
    """The name under which a standing keeps an identification: the rule, and the subgroup it looked at."""
    return rule if subgroup is None else f"{rule}:{subgroup}"


def parts(standing_key: str) -> tuple[str, str | None]:
    """The rule and the subgroup of a key."""
    rule, _, subgroup = standing_key.partition(":")
    return rule, subgroup or None


def subgroups_under(rule: str, standing: Standing) -> list[str]:
    """The subgroups that are identified under a rule, by name."""
    return [subgroup for held, subgroup in map(parts, sorted(standing)) if held == rule and subgroup]


def statuses_of(standing: Standing) -> tuple[str, ...]:
    """The statuses, headline first: a school that leaves by one rule and is held by another keeps the status."""
    return in_order({STATUS_OF[parts(held)[0]] for held in standing})


def in_order(statuses: Iterable[str]) -> tuple[str, ...]:
    """Statuses from the gravest."""
    return tuple(sorted(statuses, key=_PRECEDENCE.index))
