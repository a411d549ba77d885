"""The part of the chapter on accelerated courses: who is asked, what is taking part, what is a success (COMP-6)."""

from collections.abc import Mapping
from typing import Any

from services.scoring.policy.reading import Read
from services.scoring.rules.acceleration import FACTS, KINDS, AccelerationLaw


def law(read: Read) -> AccelerationLaw:
    """As the chapter says."""
    return AccelerationLaw(
        grades=read("acceleration_grades", frozenset),
        advanced_grades=read("advanced_grades", frozenset),
        outcomes=read("acceleration_outcomes", frozenset),
        marks=read("acceleration_successes", _marks),
        facts=read("acceleration_successes", _facts),
    )


def _marks(told: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Kind -> the marks that succeed: `least` and those after it, of marks listed from the lowest."""
    missing = sorted(set(KINDS) - set(told))
    if missing:
        raise ValueError(f"nothing is said of {', '.join(missing)}")
    return {
        kind: frozenset(part["marks"][part["marks"].index(part["least"]) :])
        for kind, part in told.items()
        if not isinstance(part, str)
    }


def _facts(told: Mapping[str, Any]) -> dict[str, str]:
    facts = {kind: part for kind, part in told.items() if isinstance(part, str)}
    for fact in facts.values():
        if fact not in FACTS:
            raise ValueError(f"{fact!r} is none of {', '.join(FACTS)}")
    return facts
