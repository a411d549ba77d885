"""The outbox: facts written in the transaction that decided them, published after it by the relay."""

from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa
from kafka.partitioner import murmur2

from shared.events.fact import Fact
from shared.runtime.copying import copy_in

metadata = sa.MetaData()

rows = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("alone", sa.Boolean, nullable=False),
    sa.Index("outbox_order", "topic", "part", "id"),
)
# a value lives for milliseconds: the server need not try to compress it
sa.event.listen(rows, "after_create", sa.DDL("alter table outbox alter column value set storage external"))

CHANNEL = "schoolmark_outbox"
_COLUMNS = ("topic", "part", "key", "event_id", "value", "alone")
_TYPES = ("text", "int4", "bytea", "uuid", "bytea", "bool")


def add(connection: sa.Connection, facts: Sequence[Fact]) -> None:
    """Writes facts in order and wakes the relay at commit.

    Their bytes are made one by one on the way out: a state's facts take seconds, and the database ends an idle
    transaction.
    """
    if not facts:
        return
    copy_in(connection, "outbox", _COLUMNS, _TYPES, map(_row, facts))
    connection.execute(sa.text(f"notify {CHANNEL}"))


@lru_cache(16_384)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as every Kafka client hashes it."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def _row(fact: Fact) -> tuple[object, ...]:
    partition = partition_of(fact.key, fact.topic.partitions) if fact.partition is None else fact.partition
    value = fact.event.to_bytes()
    return fact.topic.name, partition, fact.key.encode(), fact.event.event_id, value, fact.alone
