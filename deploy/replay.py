"""Replays the log from its start into an empty database, mailing nobody, and compares what comes out byte for byte."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

import psycopg
import sqlalchemy as sa
from kafka.errors import KafkaError
from sqlalchemy.engine import make_url

from deploy import log
from services.notify.store import mails
from shared.events.designations import DESIGNATIONS
from shared.events.editions import EDITIONS
from shared.events.topic import Topic
from shared.runtime import database, outbox
from shared.runtime.observe import Metrics
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.runtime.transaction import Message, Transactions

CONSUMERS = ("scoring", "designation", "reportcard", "notify")
COMPARED: dict[str, Topic] = {"scoring": EDITIONS, "designation": DESIGNATIONS}

UNREACHABLE = (psycopg.OperationalError, KafkaError)
"""What a database or broker that does not answer raises here."""

_BATCH = 200
_TICKS = 20

Progress = Callable[[str], None]


class Differs(RuntimeError):
    """The replay gave other bytes than the log holds; the message says where."""


@dataclass(frozen=True)
class Replayed:
    """What a replay came to: messages read, and compared events by topic (all equal, or it raised)."""

    messages: int
    compared: dict[str, int]
    mails_planned: int


def replay(bootstrap: str, into: str, state: str, namespace: str = "", progress: Progress = lambda _: None) -> Replayed:
    """Runs every consumer over the whole log in `into` (a database URL, emptied first). Raises Differs."""
    empty_database(into)
    messages, compared = 0, {}
    for service in CONSUMERS:
        settings = Settings(
            service,
            bootstrap,
            into,
            state,
            f"{service}-replay",
            namespace=namespace,
            mail_enabled=False,
        )
        runtime = Runtime(settings, database.prepare(into, service), Metrics(), _quiet)
        runtime.high_water_known.set()
        messages += _consume(runtime)
        _tick(runtime)
        topic = COMPARED.get(service)
        if topic is not None:
            compared[topic.name] = _compare(runtime, topic)
            progress(f"{service}: {compared[topic.name]} events of {topic.name}, byte for byte the same")
        else:
            progress(f"{service}: rebuilt")
        runtime.engine.dispose()
    return Replayed(messages, compared, _unsent_mails(into))


def empty_database(url: str) -> None:
    """Drops and creates the database that a URL names; its name must say that it is for a replay."""
    parsed = make_url(url)
    if not (parsed.database or "").endswith("replay"):
        raise ValueError(
            f"{parsed.database} would be emptied; a replay only goes into a database whose name ends in replay"
        )
    admin = parsed.set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("drop database if exists {} with (force)").format(_name(parsed.database)))
        connection.execute(psycopg.sql.SQL("create database {}").format(_name(parsed.database)))


def _name(database_name: str | None) -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier(database_name or "")


def _consume(runtime: Runtime) -> int:
    routes = import_module(f"services.{runtime.settings.service}.stream").ROUTES
    transactions = Transactions(runtime.engine, runtime.settings.service, routes, runtime.now)
    names = [route.topic.name for route in routes]
    count = 0
    for batch in _batches(log.messages(runtime.settings.kafka, names, runtime.settings.namespace)):
        transactions.handle(batch)
        count += len(batch)
    return count


def _batches(found: Iterator[Message]) -> Iterator[Sequence[Message]]:
    batch: list[Message] = []
    for message in found:
        batch.append(message)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _tick(runtime: Runtime) -> None:
    """Runs the service's timers until a round adds no fact: due editions are computed, cards built."""
    timers = import_module(f"services.{runtime.settings.service}.timer").TIMERS
    for _ in range(_TICKS):
        before = _facts(runtime)
        for timer in timers:
            timer.run(runtime)
        if _facts(runtime) == before:
            return


def _facts(runtime: Runtime) -> int:
    with runtime.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(outbox.rows)).scalar_one()


def _compare(runtime: Runtime, topic: Topic) -> int:
    written: dict[bytes, int] = {}
    for message in log.messages(runtime.settings.kafka, [topic.name], runtime.settings.namespace):
        written.setdefault(message.value or b"", message.offset)
    query = sa.select(outbox.rows.c.value).where(outbox.rows.c.topic == topic.name).order_by(outbox.rows.c.id)
    with runtime.engine.connect() as connection:
        again = [bytes(value) for value in connection.execute(query).scalars()]
    missing, extra = set(written) - set(again), set(again) - set(written)
    if missing or extra:
        raise Differs(
            f"{topic.name}: the log holds {len(written)} events, the replay gave {len(again)}; "
            f"{len(missing)} only in the log, {len(extra)} only in the replay"
        )
    return len(again)


def _unsent_mails(into: str) -> int:
    """How many mails the rebuilt notify would still send: what the log does not show as sent."""
    engine = database.engine_for(into, "notify", pool_size=1)
    with engine.connect() as connection:
        unsent = sa.select(sa.func.count()).select_from(mails).where(mails.c.state == "planned")
        count = connection.execute(unsent).scalar_one()
    engine.dispose()
    return int(count)


def _quiet(event: str, **fields: object) -> None:
    """A replay's own log: its progress is what the operator sees."""
