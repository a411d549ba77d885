"""Decides whether a record may be ended, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ingest.handle.facts import facts_of
from services.ingest.handle.pushes import Changes
from services.ingest.rules.keeping import (
    Item,
    Sender,
    Waiting,
    Write,
)
from shared.events.fact import Fact


@dataclass(frozen=True)
class Delete:
    """A client ends a record."""

    state: str
    sender: Sender
    resource: str
    record_id: UUID


@dataclass(frozen=True)
class Standing:
    """What stands of a record to be deleted: it, what waits in its place, whose it is, whether others need it."""

    revision: int
    item: Item | None
    waiting: Waiting | None
    owner_district: str | None
    writer_district: str | None
    is_needed: bool


def on_delete(delete: Delete, known: Standing, now: datetime) -> tuple[Changes, list[Fact], int]:
    """204 ended; 404 not there; 403 another district's; 409 other records still need it."""
    nothing = Changes(known.revision, (), frozenset())
    if known.item is None and known.waiting is None:
        return nothing, [], 404
    if delete.sender.kind == "district" and not _may_delete(delete.sender, known):
        return nothing, [], 403
    if known.is_needed:
        return nothing, [], 409
    writes = []
    if known.item is not None:
        writes.append(Write(known.item, delete.sender, known.revision + 1, "delete"))
    changes = Changes(
        revision=known.revision + len(writes),
        writes=writes,
        new_ids=frozenset(),
        unparked=[delete.record_id],
        at=now,
    )
    return changes, facts_of(delete.state, writes, is_load=False), 204


def _may_delete(sender: Sender, known: Standing) -> bool:
    """By the district of the school or district it names; a student's by who wrote it last."""
    waiting = known.waiting.sender.district_id if known.waiting is not None else None
    return sender.district_id == (known.owner_district or known.writer_district or waiting)
