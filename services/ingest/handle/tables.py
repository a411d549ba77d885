"""Decides on many records of one resource together: those of which nothing is in doubt are let in at once."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from uuid import UUID

from services.ingest.handle.desk import Desk
from services.ingest.rules.fitting import RESULTS, TEST_PLACE, misfits
from services.ingest.rules.keeping import CHANGED, NEW, UNCHANGED, Item, Sender
from services.ingest.rules.resources import OF_DISTRICT, OF_ORGANISATION
from services.ingest.rules.tables import Hex, Table


@dataclass(frozen=True)
class TableStanding:
    """What stands of a table's records. `kept`: digest, or None for a deleted one, of each that is or was there.

    `doubtful`: records that lack a parent, that wait, or that something waits for; they are decided one by one.
    """

    kept: Mapping[Hex, bytes | None] = field(default_factory=dict)
    doubtful: Set[Hex] = frozenset()


@dataclass(frozen=True)
class Accepted:
    """Records that came to the same outcome. New and changed ones have consecutive revisions from `first_revision`.

    `is_known`: a row of theirs is there already, if only a deleted one.
    """

    outcome: str
    table: Table
    sender: Sender
    first_revision: int = 0
    is_known: bool = False


def accept_together(
    desk: Desk, sender: Sender, table: Table, known: TableStanding
) -> tuple[list[Accepted], list[tuple[Sender, Item]]]:
    """Draws the revisions of all that may simply come in, and gives the others, to be decided one by one."""
    doubtful = [place for place, key in enumerate(table.ids) if key in known.doubtful]
    if sender.kind != "state":
        doubtful = sorted({*doubtful, *_of_others(desk, sender, table)})
    if table.resource.name == RESULTS and desk.tests.forms:
        forms = map(desk.tests.forms.get, (parents[TEST_PLACE] for parents in table.parents))
        doubtful = sorted({*doubtful, *misfits(table.records, forms)})
    items = [(sender, table.item(place)) for place in doubtful]
    if doubtful:
        apart = frozenset(doubtful)
        table = table.only([place for place in range(len(table)) if place not in apart])
    return _accepted(desk, sender, table, known), items


def _accepted(desk: Desk, sender: Sender, table: Table, known: TableStanding) -> list[Accepted]:
    """By outcome: new without a row, new over a deleted row, changed, unchanged."""
    if not known.kept:
        groups: dict[tuple[str, bool], Sequence[int]] = {(NEW, False): range(len(table))}
    else:
        sorts = [_sort(known, key, digest) for key, digest in zip(table.ids, table.digests, strict=True)]
        groups = {sort: [at for at, each in enumerate(sorts) if each == sort] for sort in dict.fromkeys(sorts)}
    found = []
    for (outcome, is_known), places in groups.items():
        if places:
            found.append(Accepted(outcome, table.only(places), sender, desk.revision + 1, is_known))
            desk.revision += len(places) if outcome != UNCHANGED else 0
    return found


def _sort(known: TableStanding, key: Hex, digest: bytes) -> tuple[str, bool]:
    if key not in known.kept:
        return NEW, False
    before = known.kept[key]
    if before is None:
        return NEW, True
    return (UNCHANGED, True) if before == digest else (CHANGED, True)


def _of_others(desk: Desk, sender: Sender, table: Table) -> list[int]:
    """Records that another district owns: by their own district, else by that of their school."""
    if table.resource.owner == OF_DISTRICT:
        return [place for place, district in enumerate(table.district_ids) if district != sender.district_id]
    owners = table.owners
    whose = {each: desk.kept.get(UUID(each)) for each in set(owners) if each is not None}
    others = {each for each, kept in whose.items() if kept is not None and kept.district_id != sender.district_id}
    found = [place for place, each in enumerate(owners) if each in others]
    if table.resource.owner == OF_ORGANISATION:
        told = enumerate(table.district_ids)
        found += [place for place, district in told if district not in (None, sender.district_id)]
    return found
