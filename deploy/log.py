"""Reads topics from their beginning to their present end: for replay, recount and tests. Writes nothing."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from shared.runtime.transaction import Message

_METADATA_SECONDS = 10.0


class NoTopic(LookupError):
    """The broker does not know a topic; the message names it."""


def messages(bootstrap: str, topics: Sequence[str], namespace: str = "") -> Iterator[Message]:
    """Every message that stands on the topics now, each partition in order. `topics` are logical names."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_bytes=64 * 1024 * 1024, max_poll_records=2000
    )
    try:
        names = {namespace + topic: topic for topic in topics}
        partitions = _partitions(consumer, names)
        consumer.assign(partitions)
        begins = consumer.beginning_offsets(partitions)  # not 0 where old messages have expired
        ends = {tp: end for tp, end in consumer.end_offsets(partitions).items() if end > begins[tp]}
        consumer.seek_to_beginning(*partitions)
        while ends:
            for tp, found in consumer.poll(timeout_ms=500).items():
                for record in found:
                    if tp in ends and record.offset < ends[tp]:
                        yield Message(names[tp.topic], tp.partition, record.offset, record.key, record.value)
                if tp in ends and consumer.position(tp) >= ends[tp]:
                    del ends[tp]
    finally:
        consumer.close()


def events(bootstrap: str, topic: str, namespace: str = "") -> Iterator[dict[str, Any]]:
    """The events of a topic as JSON."""
    for message in messages(bootstrap, [topic], namespace):
        yield json.loads(message.value or b"null")


def ends(bootstrap: str, topics: Sequence[str], namespace: str = "") -> dict[tuple[str, int], int]:
    """The offset after the last message of each partition, by logical topic name."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        names = {namespace + topic: topic for topic in topics}
        partitions = _partitions(consumer, names)
        return {(names[tp.topic], tp.partition): end for tp, end in consumer.end_offsets(partitions).items()}
    finally:
        consumer.close()


def _partitions(consumer: KafkaConsumer, names: Iterable[str]) -> list[TopicPartition]:
    """Every partition of the topics. Raises NoTopic when the broker knows one not: none is read as empty."""
    until = time.monotonic() + _METADATA_SECONDS
    while True:
        known = {name: sorted(consumer.partitions_for_topic(name) or ()) for name in names}
        missing = [name for name, partitions in known.items() if not partitions]
        if not missing:
            return [TopicPartition(name, partition) for name, found in known.items() for partition in found]
        if time.monotonic() > until:
            raise NoTopic(f"the broker does not know {', '.join(missing)}; was the line started on it?")
        time.sleep(0.2)
