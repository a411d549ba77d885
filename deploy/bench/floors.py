"""The floor of (a): the same bytes decoded, through Kafka, and copied into PostgreSQL, each alone and raw."""

from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import orjson
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from deploy.bench.figures import NotMeasured
from deploy.bench.line import Line
from deploy.bench.processes import Meter, Spent

DECODE, KAFKA, COPY = "decode", "kafka", "copy"
RECORDS_A_MESSAGE = 250
_TOPIC = "bench.floor"
_COPIED_BYTES = 1 << 20
# quote and delimiter that no JSON holds, so that a line is one value as it stands
_COPY = "copy public.bench_floor from stdin (format csv, quote e'\\x01', delimiter e'\\x02')"


def of_year(line: Line, meter: Meter, paths: list[Path]) -> dict[str, Spent]:
    """What the machine needs for a year's bytes, part by part; the floor is their sum."""
    with meter.stage() as decode:
        count = _decoded(paths)
    with meter.stage() as through:
        _through_kafka(line.cluster.bootstrap, paths, count)
    with meter.stage() as copy:
        _copied(line, paths, count)
    return {DECODE: decode, KAFKA: through, COPY: copy}


def _decoded(paths: list[Path]) -> int:
    """How many lines there are; a sample holds some that are cut off."""
    count = 0
    for line in _lines(paths):
        with suppress(orjson.JSONDecodeError):
            orjson.loads(line)
        count += 1
    return count


def _lines(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            yield from file


def _messages(paths: list[Path]) -> Iterator[list[bytes]]:
    lines = _lines(paths)
    while found := list(islice(lines, RECORDS_A_MESSAGE)):
        yield found


def _through_kafka(bootstrap: str, paths: list[Path], count: int) -> None:
    """In, then out again, through the one client that the line itself uses."""
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics([NewTopic(_TOPIC, 1, 1)])
        try:
            sent = _sent(bootstrap, paths)
            _read(bootstrap, sent)
        finally:
            admin.delete_topics([_TOPIC])
    if sent != -(-count // RECORDS_A_MESSAGE):
        raise NotMeasured(f"Kafka took {sent:,} messages for {count:,} records")


def _sent(bootstrap: str, paths: list[Path]) -> int:
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        batch_size=256 * 1024,
        compression_type="lz4",
    )
    with closing(producer):
        # a failed send fails the flush's futures; the count of what can be read shows it
        sent = sum(1 for found in _messages(paths) if producer.send(_TOPIC, b"".join(found), partition=0))
        producer.flush(timeout=120)
    return sent


def _read(bootstrap: str, sent: int) -> None:
    with closing(
        KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_bytes=64 << 20)
    ) as consumer:
        place = TopicPartition(_TOPIC, 0)
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        if end != sent:
            raise NotMeasured(f"Kafka kept {end:,} of {sent:,} messages")
        consumer.seek_to_beginning(place)
        while consumer.position(place) < end:
            consumer.poll(timeout_ms=1000)


def _copied(line: Line, paths: list[Path], count: int) -> None:
    """One column of text, one row a record, one transaction."""
    with line.connect() as connection:
        connection.execute("create table public.bench_floor (line text)")
        try:
            cursor = connection.cursor()
            with cursor.copy(_COPY) as copy:
                for path in paths:
                    with path.open("rb") as file:
                        while piece := file.read(_COPIED_BYTES):
                            copy.write(piece)
        finally:
            connection.execute("drop table public.bench_floor")
    if cursor.rowcount != count:
        raise NotMeasured(f"PostgreSQL took {cursor.rowcount:,} of {count:,} rows")
