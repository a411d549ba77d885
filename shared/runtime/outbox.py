"""The outbox: facts written in the transaction that decided them, published after it by the relay."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter

import sqlalchemy as sa
from kafka.partitioner import murmur2

from shared.events.fact import Fact
from shared.events.topic import Topic
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
_EXTERNAL = sa.DDL("alter table outbox alter column value set storage external")  # type: ignore[no-untyped-call]
sa.event.listen(rows, "after_create", _EXTERNAL)

CHANNEL = "schoolmark_outbox"
_COLUMNS = ("topic", "part", "key", "event_id", "value", "alone")
_TYPES = ("text", "int4", "bytea", "uuid", "bytea", "bool")

PartitionsOf = Callable[[Topic], int]
AS_CATALOGUED: PartitionsOf = attrgetter("partitions")


def add(connection: sa.Connection, facts: Sequence[Fact], partitions_of: PartitionsOf = AS_CATALOGUED) -> None:
    """Writes facts in order and wakes the relay at commit. A key's partition is one of so many as its topic has.

    Their bytes are made one by one on the way out: a state's facts take seconds, and the database ends an idle
    transaction.
    """
    if not facts:
        return
    copy_in(connection, "outbox", _COLUMNS, _TYPES, (_row(fact, partitions_of) for fact in facts))
    connection.execute(sa.text(f"notify {CHANNEL}"))


@lru_cache(16_384)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as every Kafka client hashes it."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def _row(fact: Fact, partitions_of: PartitionsOf) -> tuple[object, ...]:
    partition = partition_of(fact.key, partitions_of(fact.topic)) if fact.partition is None else fact.partition
    value = fact.event.to_bytes()
    return fact.topic.name, partition, fact.key.encode(), fact.event.event_id, value, fact.alone
