"""Editions in the database: markers that came, the state of each edition, and who computes it now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.scoring.store.tables import editions, markers


class Placed(Protocol):
    """Where a message stood on the log."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...


def edition_at(
    connection: sa.Connection, edition_id: UUID, request: dict[str, Any], initial: str
) -> tuple[str, frozenset[tuple[str, int]]]:
    """The edition's state and its markers; its row is made if missing and held to the end of the transaction."""
    row = insert(editions).values(edition_id=edition_id, state=initial, request=request).on_conflict_do_nothing()
    connection.execute(row)
    return edition_of(connection, edition_id)


def edition_of(connection: sa.Connection, edition_id: UUID) -> tuple[str, frozenset[tuple[str, int]]]:
    """The state and the markers of an edition that is there; its row is held to the end of the transaction."""
    held = sa.select(editions.c.state).where(editions.c.edition_id == edition_id).with_for_update()
    state = connection.execute(held).scalar_one()
    came = sa.select(markers.c.topic, markers.c.part).where(markers.c.edition_id == edition_id)
    return state, frozenset((topic, part) for topic, part in connection.execute(came))


def keep_edition(
    connection: sa.Connection,
    edition_id: UUID,
    state: str,
    marker: Placed | None = None,
    refused_because: str | None = None,
) -> None:
    """Keeps the state of an edition and, when one came, the marker with its position."""
    if marker is not None:
        row = {
            "edition_id": edition_id,
            "topic": marker.topic,
            "part": marker.partition,
            "at_offset": marker.offset,
        }
        connection.execute(insert(markers).values(row).on_conflict_do_nothing())
    values = {"state": state, "refused_because": refused_because}
    connection.execute(sa.update(editions).where(editions.c.edition_id == edition_id).values(values))


@contextmanager
def held_edition(engine: sa.Engine, state: str) -> Iterator[dict[str, Any] | None]:
    """The request of one edition in a state that no other worker holds, or None.

    The hold is a session lock, not a lease: no transaction stays open while an edition is computed, and a worker that
    dies lets go at once. Whoever writes must still find the edition in that state.
    """
    waiting = sa.select(editions.c.edition_id, editions.c.request).where(editions.c.state == state)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for edition_id, request in connection.execute(waiting.order_by(editions.c.edition_id)).all():
            name = {"name": f"scoring edition {edition_id}"}
            if not connection.execute(_TRY_LOCK, name).scalar_one():
                continue
            try:
                # another worker may have finished it between the list and the lock
                still = waiting.where(editions.c.edition_id == edition_id)
                yield request if connection.execute(still).first() else None
            finally:
                connection.execute(_UNLOCK, name)
            return
        yield None


def edition_counts(connection: sa.Connection) -> dict[str, int]:
    """How many editions stand in each state."""
    query = sa.select(editions.c.state, sa.func.count().label("editions")).group_by(editions.c.state)
    return {row.state: row.editions for row in connection.execute(query)}


_TRY_LOCK = sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = sa.text("select pg_advisory_unlock(hashtextextended(:name, 0))")
