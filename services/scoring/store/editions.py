"""Editions in the database: markers that came, the state of each edition, and who computes it now."""

from collections.abc import Iterator, Sequence
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
def held_edition(engine: sa.Engine, due: str, unfinished: Sequence[str]) -> Iterator[dict[str, Any] | None]:
    """The request of the first unfinished edition, when it is due and no other worker holds it; or None.

    First is the one with the lowest cut, then the earliest year: editions are told in the order in which they were
    requested, since a later one names earlier ones as its history. The hold is a session lock, not a lease: no
    transaction stays open while an edition is computed, and a worker that dies lets go at once. Whoever writes must
    still find the edition due.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        first = connection.execute(_first(unfinished)).first()
        if first is None or first.state != due:
            yield None
            return
        name = {"name": f"scoring edition {first.edition_id}"}
        if not connection.execute(_TRY_LOCK, name).scalar_one():
            yield None
            return
        try:
            # another worker may have finished it between the look and the lock
            still = connection.execute(_first(unfinished)).first()
            yield first.request if still is not None and still.edition_id == first.edition_id else None
        finally:
            connection.execute(_UNLOCK, name)


def _first(unfinished: Sequence[str]) -> sa.Select[Any]:
    cut = sa.cast(editions.c.request["cut_revision"].astext, sa.BigInteger)
    year = editions.c.request["school_year"].astext
    query = sa.select(editions.c.edition_id, editions.c.state, editions.c.request)
    return query.where(editions.c.state.in_(unfinished)).order_by(cut, year, editions.c.edition_id).limit(1)


def edition_counts(connection: sa.Connection) -> dict[str, int]:
    """How many editions stand in each state."""
    query = sa.select(editions.c.state, sa.func.count().label("editions")).group_by(editions.c.state)
    return {row.state: row.editions for row in connection.execute(query)}


_TRY_LOCK = sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = sa.text("select pg_advisory_unlock(hashtextextended(:name, 0))")
