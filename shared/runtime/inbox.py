"""The inbox: the read position of each partition, and the ids already applied. The truth about what was handled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

metadata = sa.MetaData()

positions = sa.Table(
    "inbox",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
)
applied = sa.Table("applied", metadata, sa.Column("event_id", sa.Uuid, primary_key=True))

Place = tuple[str, int]  # topic, partition


class Gap(RuntimeError):
    """Messages are missing between the position and what came: nothing may be applied before a seek."""


@dataclass(frozen=True)
class Position:
    """Where a message stood."""

    topic: str
    partition: int
    offset: int


def next_offsets(connection: sa.Connection, places: Iterable[Place], *, hold: bool = False) -> dict[Place, int]:
    """The offset to read next of each (topic, partition); one never read is at 0. `hold`: to the transaction's end."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    query, values = _HELD if hold else _READ, _arrays(wanted)
    found = {(row.topic, row.part): row.next_offset for row in connection.execute(query, values)}
    if len(found) < len(wanted):
        rows = [{"topic": topic, "part": part, "next_offset": 0} for topic, part in wanted]
        connection.execute(insert(positions).values(rows).on_conflict_do_nothing())
        found = {(row.topic, row.part): row.next_offset for row in connection.execute(query, values)}
    return found


def move(connection: sa.Connection, to: Mapping[Place, int]) -> None:
    """Moves positions."""
    if to:
        connection.execute(_MOVE, {**_arrays(to), "offsets": list(to.values())})


def _arrays(places: Iterable[Place]) -> dict[str, list[Any]]:
    topics, parts = zip(*places, strict=True)
    return {"topics": list(topics), "parts": list(parts)}


_QUERY = """
    select topic, part, next_offset from inbox
    where (topic, part) in (select * from unnest(cast(:topics as text[]), cast(:parts as integer[])))
    order by topic, part
"""
_READ = sa.text(_QUERY)
_HELD = sa.text(_QUERY + " for update")  # in one order for all workers, so that no two wait for each other
_MOVE = sa.text("""
    update inbox set next_offset = moved.next_offset
    from unnest(cast(:topics as text[]), cast(:parts as integer[]), cast(:offsets as bigint[]))
        as moved (topic, part, next_offset)
    where inbox.topic = moved.topic and inbox.part = moved.part
""")


def newly_applied(connection: sa.Connection, event_ids: Iterable[UUID]) -> set[UUID]:
    """Records ids as applied; gives those that were not yet. A relay's duplicate has a new offset and an old id."""
    ids = list(dict.fromkeys(event_ids))
    return set(connection.execute(_APPLIED, {"ids": ids}).scalars()) if ids else set()


_APPLIED = sa.text("""
    insert into applied (event_id) select unnest(cast(:ids as uuid[])) on conflict do nothing returning event_id
""")
