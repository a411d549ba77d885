"""Kafka door: editions come in, read without their counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.designation import handle, store
from services.designation.rules.edition import EditionState
from services.designation.store import Taken
from shared.events.editions import RATINGS, EditionClosed, EditionOpened
from shared.events.envelope import Event
from shared.events.fact import Fact
from shared.runtime.transaction import Delivered, Route


def load(connection: sa.Connection, run: Sequence[Delivered]) -> dict[UUID, EditionState]:
    """The editions that messages belong to; those that close with all that has come and with their past."""
    closing = {_edition_of(each.event) for each in run if isinstance(each.event, EditionClosed)}
    opened = {each.event.edition_id: each.event.history for each in run if isinstance(each.event, EditionOpened)}
    return {
        edition_id: store.edition_state(connection, edition_id, edition_id in closing, opened.get(edition_id, {}))
        for edition_id in sorted({_edition_of(each.event) for each in run})
    }


def step(
    run: Sequence[Delivered], editions: dict[UUID, EditionState], now: datetime
) -> tuple[list[Taken], list[Fact], None]:
    """Each message in turn, as if the ones before it had been written."""
    known, taken, facts = dict(editions), [], []
    for each in run:
        edition_id = _edition_of(each.event)
        changes, more, _ = handle.on_edition_event(each.event, replace(known[edition_id], offset=each.at.offset), now)
        known[edition_id] = known[edition_id].after(changes, each.value)
        taken.append(Taken(changes, each.value))
        facts += more
    return taken, facts, None


def _edition_of(event: Event) -> UUID:
    edition_id: UUID = getattr(event, "edition_id")  # noqa: B009 (every event of the topic has one)
    return edition_id


ROUTES = (Route(RATINGS, load, step, save=store.keep, together=True),)
