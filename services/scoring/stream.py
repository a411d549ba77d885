"""The Kafka door of scoring: every sis topic, one line each. Records are kept; markers may make an edition due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.scoring import store
from services.scoring.handle import EditionState, Kept, on_marked, on_recorded
from services.scoring.handle.editions import COLLECTING
from shared.events.fact import Fact
from shared.events.sis import SIS, EditionRequested, Recorded
from shared.runtime.inbox import Position
from shared.runtime.transaction import Delivered, Route

Editions = Mapping[UUID, EditionState]


@dataclass(frozen=True)
class Taken:
    """What a run of messages came to: the records kept, and each edition after one of its markers, which stood at."""

    kept: Kept
    marked: Sequence[tuple[EditionState, Position]]


def load(connection: sa.Connection, run: Sequence[Delivered]) -> Editions:
    """For markers their editions, held, in one order for all workers; records need nothing."""
    requests = {each.event.edition_id: each.event for each in run if isinstance(each.event, EditionRequested)}
    editions = {}
    for edition_id, request in sorted(requests.items()):
        state, markers = store.edition_at(connection, edition_id, request.model_dump(mode="json"), COLLECTING)
        editions[edition_id] = EditionState(edition_id, state, markers)
    return editions


def step(run: Sequence[Delivered], editions: Editions, now: datetime) -> tuple[Taken, list[Fact], None]:
    """Batches of records, markers, or both."""
    records = [each.event for each in run if isinstance(each.event, Recorded)]
    kept, facts, _ = on_recorded(records, None, now)
    known, marked = dict(editions), []
    for event, at in ((each.event, each.at) for each in run):
        if isinstance(event, EditionRequested):
            edition, more, _ = on_marked(event, (known[event.edition_id], (at.topic, at.partition)), now)
            known[event.edition_id] = edition
            marked.append((edition, at))
            facts += more
    return Taken(kept, marked), facts, None


def save(connection: sa.Connection, taken: Taken) -> None:
    """Keeps revisions, touches and markers."""
    store.keep(connection, taken.kept.revisions)
    store.touch(connection, taken.kept.pushed, taken.kept.schools_of_any_year)
    store.touch_by_loads(connection, taken.kept.loads)
    for edition, at in taken.marked:
        store.keep_edition(connection, edition.edition_id, edition.state, at)


ROUTES = tuple(
    Route(topic, load, step, save, together=True, wakes=("score_due_editions", "score_touched_schools"))
    for topic in SIS
)
