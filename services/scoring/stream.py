"""The Kafka door of scoring: every sis topic, one line each. Records are kept; markers may make an edition due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scoring import store
from services.scoring.handle import EditionState, Kept, on_marked, on_recorded
from services.scoring.handle.editions import COLLECTING
from shared.events.envelope import Event
from shared.events.fact import Fact
from shared.events.sis import ATTENDANCE, DIRECTORY, ENROLLMENTS, RESULTS, STUDENTS, EditionRequested
from shared.runtime.inbox import Position
from shared.runtime.transaction import Route


@dataclass(frozen=True)
class Marked:
    """An edition after one of its markers, and where that marker stood."""

    edition: EditionState
    at: Position


def load(connection: sa.Connection, event: Event, at: Position) -> Marked | None:
    """For a marker its edition, held; records need nothing."""
    if not isinstance(event, EditionRequested):
        return None
    state, markers = store.edition_at(connection, event.edition_id, event.model_dump(mode="json"), COLLECTING)
    return Marked(EditionState(event.edition_id, state, markers), at)


def step(event: Event, state: Marked | None, now: datetime) -> tuple[Kept | Marked, list[Fact], None]:
    """A batch of records or a marker."""
    if isinstance(event, EditionRequested) and state is not None:
        edition, facts, reply = on_marked(event, (state.edition, (state.at.topic, state.at.partition)), now)
        return Marked(edition, state.at), facts, reply
    return on_recorded(event, None, now)


def save(connection: sa.Connection, changes: Any) -> None:
    """Keeps revisions and touches, or the marker."""
    if isinstance(changes, Marked):
        store.keep_edition(connection, changes.edition.edition_id, changes.edition.state, changes.at)
    elif isinstance(changes, Kept):
        store.keep(connection, changes.revisions)
        store.touch(connection, changes.schools, changes.students, changes.schools_of_any_year)


ROUTES = (
    Route(DIRECTORY, load, step, save),
    Route(STUDENTS, load, step, save),
    Route(ENROLLMENTS, load, step, save),
    Route(RESULTS, load, step, save),
    Route(ATTENDANCE, load, step, save),
)
