"""Who is not counted, and why, in bands of students: an exact number would undo a neighbour's mask. Source: SUPP-5."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.reportcard.rules.entities import Entity
from services.reportcard.rules.masks import BARE, SHOWN, Masking
from shared.vocabulary.measures import LEVEL, kind_of


@dataclass(frozen=True)
class LeftOut:
    """A row of left-out students: its measure and reason, what a card calls them, the subject's participation."""

    measure: str
    reason: str
    name: str
    label: str
    participation: tuple[int, ...] | None


@dataclass(frozen=True)
class Bands:
    """Which reasons are told in bands: always, or only beside an exact participation; the lowest of each band."""

    lowest: tuple[int, ...]
    banded: frozenset[str]
    guarded: frozenset[str]


def left_out_rows(entities: list[Entity]) -> tuple[tuple[str, str], ...]:
    """The (measure, reason) rows of an edition's cards; of a series its first member's, which are the same for all."""
    found = {(measure, reason) for entity in entities for measure, reason, _ in entity.left_out}
    return tuple(sorted(row for row in found if kind_of(row[0]) != LEVEL or row[0].endswith(f"{LEVEL}.1")))


def left_out_of(
    entity: Entity, first: int, rows: tuple[LeftOut, ...], bands: Bands, law: Masking
) -> list[Mapping[str, Any]]:
    """An entity's rows; `first` is its first cell."""
    students = {(measure, reason): count for measure, reason, count in entity.left_out}
    return [
        {
            "measure": row.name,
            "reason": row.reason,
            "label": row.label,
            "students": {"display": _band(row, students.get((row.measure, row.reason), 0), first, bands, law)},
        }
        for row in rows
    ]


def _band(row: LeftOut, students: int, first: int, bands: Bands, law: Masking) -> str:
    exact = row.participation is not None and row.participation[first] in (SHOWN, BARE)
    if row.reason not in bands.banded and not (row.reason in bands.guarded and exact):
        return law.star_mask
    if students < law.minimum_n:
        return law.small_mask
    lowest = bands.lowest
    place = max(index for index, low in enumerate(lowest) if low <= students)
    return f"{lowest[place]}-{lowest[place + 1] - 1}" if place + 1 < len(lowest) else f"{lowest[place]} or more"
