"""The schools that another law would move: letters, ratings and support before and after, counted and as a table."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from deploy.offline import Edition
from shared.vocabulary.statuses import SCHOOL

Told = dict[str, Any]
_NOWHERE: Told = {"status": "NO_SCHOOL", "letter": None, "points": None, "exact_points": None, "support": []}


@dataclass(frozen=True)
class Standing:
    """What is compared of an edition: of each school its names, and its rating and support."""

    policy_fingerprint: str
    schools: Mapping[str, tuple[Told, Told]]


def standing(edition: Edition) -> Standing:
    """Where the schools of an edition stand; without its counts, which are many."""
    schools = {
        each.entity_id: (
            {"name": each.profile.name, "district_id": each.profile.district_id},
            {
                **each.rating.model_dump(include={"status", "letter", "points", "exact_points"}),
                "support": list(edition.support[each.entity_id].after),
            },
        )
        for each in edition.entities
        if each.level == SCHOOL
    }
    return Standing(edition.policy_fingerprint, schools)


def comparison(before: Standing, after: Standing, settings: Sequence[str]) -> Told:
    """The schools whose letter, rating or support differs, by id, and how many moved from what to what.

    A school that stands on one side only has moved as well; the side where it is not is empty.
    """
    was, becomes = before.schools, after.schools
    moves = []
    for school_id in sorted({*was, *becomes}):
        names, _ = becomes.get(school_id) or was[school_id]
        old, new = (side[school_id][1] if school_id in side else _NOWHERE for side in (was, becomes))
        if any(old[name] != new[name] for name in ("letter", "status", "support")):
            moves.append({"school_id": school_id, **names, "before": old, "after": new})
    return {
        "set": list(settings),
        "policy_fingerprint_before": before.policy_fingerprint,
        "schools": len(becomes),
        "moves": moves,
        "letters": _counted(moves, lambda told: told["letter"] or told["status"]),
        "support": _counted(moves, lambda told: _words(told["support"])),
    }


def _counted(moves: list[Told], of: Callable[[Told], str]) -> dict[str, int]:
    pairs = Counter((of(move["before"]), of(move["after"])) for move in moves)
    return {f"{old} to {new}": count for (old, new), count in sorted(pairs.items()) if old != new}


def _words(support: Sequence[str]) -> str:
    return ", ".join(support) or "none"


def table(found: Mapping[str, Any]) -> Table:
    """The moves as a table: what was, and what would be."""
    made = Table("school", "name", "letter", "points", "support")
    for move in found["moves"]:
        old, new = move["before"], move["after"]
        made.add_row(
            move["school_id"],
            move["name"],
            _both(old["letter"] or old["status"], new["letter"] or new["status"]),
            _both(old["points"] or "none", new["points"] or "none"),
            _both(_words(old["support"]), _words(new["support"])),
        )
    return made


def _both(old: str, new: str) -> str:
    return old if old == new else f"{old} → {new}"
