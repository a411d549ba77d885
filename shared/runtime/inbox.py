"""The inbox: the read position of each partition, and the ids already applied. The truth about what was handled."""

from collections.abc import Iterable
from dataclasses import dataclass
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


class Gap(RuntimeError):
    """Messages are missing between the position and what came: nothing may be applied before a seek."""


@dataclass(frozen=True)
class Position:
    """Where a message stood."""

    topic: str
    partition: int
    offset: int


def next_offset(connection: sa.Connection, topic: str, partition: int, *, lock: bool = False) -> int:
    """The offset to read next; a partition never read starts at 0. With `lock`, holds the row to the end."""
    row = insert(positions).values(topic=topic, part=partition, next_offset=0).on_conflict_do_nothing()
    connection.execute(row)
    query = sa.select(positions.c.next_offset).where(positions.c.topic == topic, positions.c.part == partition)
    offset: int = connection.execute(query.with_for_update() if lock else query).scalar_one()
    return offset


def move(connection: sa.Connection, topic: str, partition: int, to: int) -> None:
    """Moves the position of a partition."""
    here = (positions.c.topic == topic) & (positions.c.part == partition)
    connection.execute(sa.update(positions).where(here).values(next_offset=to))


def newly_applied(connection: sa.Connection, event_ids: Iterable[UUID]) -> set[UUID]:
    """Records ids as applied; gives those that were not yet. A relay's duplicate has a new offset and an old id."""
    rows = [{"event_id": event_id} for event_id in dict.fromkeys(event_ids)]
    if not rows:
        return set()
    statement = insert(applied).values(rows).on_conflict_do_nothing().returning(applied.c.event_id)
    return set(connection.execute(statement).scalars())
