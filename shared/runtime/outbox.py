"""The outbox: facts written in the transaction that decided them, published after it by the relay."""

from collections.abc import Sequence

import sqlalchemy as sa
from kafka.partitioner import murmur2

from shared.events.fact import Fact

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

CHANNEL = "schoolmark_outbox"
_WRITTEN_AT_ONCE = 100


def add(connection: sa.Connection, facts: Sequence[Fact]) -> None:
    """Writes facts in order and wakes the relay at commit.

    Their bytes are made a few at a time: a state's facts take seconds, and the database ends an idle transaction.
    """
    for start in range(0, len(facts), _WRITTEN_AT_ONCE):
        connection.execute(sa.insert(rows), [_row(fact) for fact in facts[start : start + _WRITTEN_AT_ONCE]])
    if facts:
        connection.execute(sa.text(f"notify {CHANNEL}"))


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as every Kafka client hashes it."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def _row(fact: Fact) -> dict[str, object]:
    partition = partition_of(fact.key, fact.topic.partitions) if fact.partition is None else fact.partition
    return {
        "topic": fact.topic.name,
        "part": partition,
        "key": fact.key.encode(),
        "event_id": fact.event.event_id,
        "value": fact.event.to_bytes(),
        "alone": fact.alone,
    }
