"""(g): one backlog of sis.*, drained by one, two and four workers of scoring: how fast, and how much each took."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import httpx
import psycopg
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy.engine import make_url

from deploy import log, topics
from deploy.bench.figures import NotMeasured
from deploy.bench.line import Line, dsn, wait
from deploy.bench.processes import Meter, Spent
from deploy.local.cluster import ROOT
from deploy.local.ports import HOST, free_port
from deploy.local.supervisor import Supervisor
from shared.events.catalog import TOPICS
from shared.events.sis import SIS
from shared.runtime.transaction import Message

COUNTS = (1, 2, 4)
_MESSAGES = 3_000  # a larger log is thinned out evenly, so that a backlog fits in memory and in a minute
_MARKER = b'"edition.requested"'
_RECORD = b'"op":'
_READY_SECONDS = 300.0  # all start at once, on a machine that may be busy
_NAMESPACE, _DATABASE = "bench-workers.", "bench_workers"
_APPLIED = re.compile(r'^schoolmark_records_in_total\{outcome="applied",source="stream"\} (\S+)$', re.MULTILINE)
_OWNED = re.compile(r"^schoolmark_lag_messages\{", re.MULTILINE)


@dataclass(frozen=True)
class Backlog:
    """Messages of the line's log, without markers, and how many records they carry."""

    messages: Sequence[Message]
    records: int


@dataclass(frozen=True)
class Drained:
    """What so many workers came to; `messages` by worker."""

    spent: Spent
    messages: dict[str, int]


def backlog(line: Line) -> Backlog:
    """The line's own sis.* log, or every so-manieth message of it."""
    line.wait_settled()
    names = [topic.name for topic in SIS]
    every = sum(log.ends(line.cluster.bootstrap, names).values()) // _MESSAGES + 1
    found = [
        message
        for number, message in enumerate(log.messages(line.cluster.bootstrap, names))
        if number % every == 0 and _MARKER not in (message.value or b"")
    ]
    return Backlog(found, sum((message.value or b"").count(_RECORD) for message in found))


def drained(line: Line, meter: Meter, work: Backlog, count: int) -> Drained:
    """So many workers, on empty topics and an empty database of their own, from the moment the backlog stands there."""
    with _own_topics(line) as places, _own_database(line) as url:
        env = {"SCHOOLMARK_NAMESPACE": _NAMESPACE, "SCHOOLMARK_DATABASE_URL": url}
        ports = {f"worker-{number}": free_port() for number in range(count)}
        urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
        processes = [line.cluster.service_process("scoring", name, port, env) for name, port in ports.items()]
        with Supervisor(processes, folder=ROOT) as workers, ExitStack() as watched:
            workers.wait_ready({name: f"{each}/readyz" for name, each in urls.items()}, _READY_SECONDS)
            wait("the workers did not share the partitions", lambda: _is_shared(list(urls.values()), len(places)))
            for name in ports:
                watched.enter_context(meter.also(name, workers.pid(name) or 0))
            with psycopg.connect(dsn(url), autocommit=True) as connection:
                with connection.transaction():  # workers wait for it, and lose nothing
                    connection.execute("lock table scoring.inbox in exclusive mode")
                    _send(line.cluster.bootstrap, work)
                with meter.stage() as spent:
                    wait("the backlog was not worked off", lambda: _handled(connection) >= len(work.messages))
            if any(workers.starts(name) != 1 for name in ports):
                raise NotMeasured("a worker ended while it was measured; see the line's logs")
            return Drained(spent, {name: _applied(each) for name, each in urls.items()})


def floor(line: Line, meter: Meter, work: Backlog) -> Spent:
    """The same messages read raw by one process and copied raw into PostgreSQL, a row a message."""
    with _own_topics(line) as places, _own_database(line) as url:
        _send(line.cluster.bootstrap, work)
        with psycopg.connect(dsn(url), autocommit=True) as connection, meter.stage() as spent:
            connection.execute("create table floor (value bytea)")
            with connection.cursor() as cursor, cursor.copy("copy floor from stdin (format binary)") as copy:
                copy.set_types(["bytea"])
                for value in _values(line.cluster.bootstrap, places, len(work.messages)):
                    copy.write_row((value,))
    return spent


@contextmanager
def _own_topics(line: Line) -> Iterator[list[TopicPartition]]:
    """All topics under a name of their own; gives the places of sis.*."""
    bootstrap = line.cluster.bootstrap
    wanted = topics.Wanted.from_environment(line.cluster.settings.environment)
    topics.ensure(bootstrap, _NAMESPACE, wanted)
    counts = {_NAMESPACE + topic.name: topic.partitions_under(wanted.partitions) for topic in SIS}
    try:
        yield [TopicPartition(name, part) for name, count in counts.items() for part in range(count)]
    finally:
        with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
            admin.delete_topics([_NAMESPACE + topic.name for topic in TOPICS])
            wait("Kafka did not delete topics", lambda: not any(t.startswith(_NAMESPACE) for t in admin.list_topics()))


@contextmanager
def _own_database(line: Line) -> Iterator[str]:
    with line.connect() as connection:
        connection.execute(f"create database {_DATABASE}")
        try:
            yield make_url(line.cluster.database_url).set(database=_DATABASE).render_as_string(hide_password=False)
        finally:
            connection.execute(f"drop database {_DATABASE} with (force)")


def _send(bootstrap: str, work: Backlog) -> None:
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="lz4")) as producer:
        for each in work.messages:
            producer.send(_NAMESPACE + each.topic, each.value, key=each.key, partition=each.partition)
        producer.flush(timeout=120)


def _values(bootstrap: str, places: list[TopicPartition], count: int) -> Iterator[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_bytes=64 << 20)
    with closing(consumer):
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        while count > 0:
            for found in consumer.poll(timeout_ms=1000).values():
                yield from (each.value for each in found)
                count -= len(found)


def _is_shared(urls: list[str], places: int) -> bool:
    """Whether each worker has some partitions and together they have each once."""
    owned = [len(_OWNED.findall(_metrics(url))) for url in urls]
    return min(owned) > 0 and sum(owned) == places


def _handled(connection: "psycopg.Connection[tuple[int]]") -> int:
    found = connection.execute("select coalesce(sum(next_offset), 0)::bigint from scoring.inbox").fetchone()
    return found[0] if found else 0


def _applied(url: str) -> int:
    found = _APPLIED.search(_metrics(url))
    return int(float(found[1])) if found else 0


def _metrics(url: str) -> str:
    return httpx.get(f"{url}/metrics", timeout=30, trust_env=False).text
