"""The relay on a real broker: order kept, markers alone, nothing lost when it is interrupted, one relay a partition."""

import time
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from deploy import log, topics
from shared.events.fact import Fact
from shared.events.notices import NOTICES, NoticeMoved
from shared.events.rejections import REJECTIONS, MessageRejected
from shared.runtime import database, outbox
from shared.runtime.observe import Metrics
from shared.runtime.relay import Relay
from shared.runtime.settings import Settings
from shared.vocabulary.identity import fact_id


def facts(count: int, alone: frozenset[int] = frozenset()) -> list[Fact]:
    made = []
    for number in range(count):
        moved = NoticeMoved(
            event_id=fact_id("relayed", number),
            obligation_id=fact_id("obligation", "test"),
            school_id=str(number),
            before="OPEN",
            after="SENT",
            on=date(2025, 1, 1),
            cause="test",
        )
        made.append(Fact(NOTICES, "1", moved, partition=0, alone=number in alone))
    return made


@pytest.fixture
def namespace(kafka: Any) -> str:
    made = f"relay{uuid.uuid4().hex[:8]}."
    topics.ensure(kafka.bootstrap, made)
    return made


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = database.prepare(database_url, "relaying")
    yield made
    made.dispose()


def start(engine: sa.Engine, kafka: Any, namespace: str, database_url: str) -> Relay:
    settings = Settings("relaying", kafka.bootstrap, database_url, "ms", "relaying-0", namespace=namespace)
    relay = Relay(engine, settings, Metrics(), lambda event, **fields: None)
    relay.start()
    return relay


def wait_until_empty(engine: sa.Engine, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while True:
        with engine.connect() as connection:
            left = connection.execute(sa.select(sa.func.count()).select_from(outbox.rows)).scalar_one()
        if not left:
            return
        assert time.monotonic() < until, f"{left} facts were not published"
        time.sleep(0.1)


def published(kafka: Any, namespace: str) -> list[str]:
    return [event["school_id"] for event in log.events(kafka.bootstrap, NOTICES.name, namespace)]


def test_facts_are_published_in_order_with_markers_among_them(
    engine: sa.Engine, kafka: Any, namespace: str, database_url: str
) -> None:
    relay = start(engine, kafka, namespace, database_url)
    with engine.begin() as connection:
        outbox.add(connection, facts(1000, alone=frozenset({400, 401, 999})))
    wait_until_empty(engine)
    relay.end()
    assert published(kafka, namespace) == [str(number) for number in range(1000)]


def test_two_relays_on_one_outbox_publish_each_fact_once_and_in_order(
    engine: sa.Engine, kafka: Any, namespace: str, database_url: str
) -> None:
    relays = [start(engine, kafka, namespace, database_url) for _ in range(2)]
    for part in range(10):
        with engine.begin() as connection:
            outbox.add(connection, facts(1000)[part * 100 : part * 100 + 100])
    wait_until_empty(engine)
    for relay in relays:
        relay.end()
    assert published(kafka, namespace) == [str(number) for number in range(1000)]


def test_facts_of_a_rolled_back_transaction_are_never_published(
    engine: sa.Engine, kafka: Any, namespace: str, database_url: str
) -> None:
    relay = start(engine, kafka, namespace, database_url)
    with engine.connect() as connection, connection.begin() as transaction:
        outbox.add(connection, facts(5))
        transaction.rollback()
    with engine.begin() as connection:
        outbox.add(connection, facts(7)[5:])
    wait_until_empty(engine)
    relay.end()
    assert published(kafka, namespace) == ["5", "6"]


def test_a_fact_that_no_broker_takes_holds_up_its_own_partition_only(
    engine: sa.Engine, kafka: Any, namespace: str, database_url: str
) -> None:
    large = MessageRejected(
        event_id=fact_id("large"),
        service="relaying",
        topic=NOTICES.name,
        partition=0,
        offset=0,
        key_base64="",
        value_base64="x" * 9_000_000,
        reason="too large for any topic",
    )
    nowhere = Fact(NOTICES, "1", facts(1)[0].event, partition=99)  # a partition that the topic does not have
    fits, after = (Fact(REJECTIONS, "x", large.model_copy(update={"value_base64": text})) for text in ("y", "z"))
    with engine.begin() as connection:
        outbox.add(connection, [fits, Fact(REJECTIONS, "x", large), after, nowhere, *facts(3)])
    relay = start(engine, kafka, namespace, database_url)
    until = time.monotonic() + 20
    while published(kafka, namespace) != ["0", "1", "2"]:
        assert time.monotonic() < until, "the other facts were not published"
        time.sleep(0.2)
    with engine.connect() as connection:
        kept = connection.execute(sa.select(outbox.rows.c.topic).order_by(outbox.rows.c.id)).scalars().all()
    assert kept == [REJECTIONS.name, REJECTIONS.name, NOTICES.name]  # nothing is lost, nothing overtakes
    time.sleep(2.5)  # it is tried again; what went before it is not
    assert [event["value_base64"] for event in log.events(kafka.bootstrap, REJECTIONS.name, namespace)] == ["y"]
    assert relay.is_alive()
    relay.end()
