"""The worker on a real broker: partitions that move to another process while a batch is in hand, and wedges seen."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from kafka import KafkaProducer

from deploy import topics
from shared.events.notices import NOTICES, NoticeMoved
from shared.events.scores import SCORES
from shared.events.topic import Topic
from shared.runtime import database
from shared.runtime.observe import Metrics
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.runtime.transaction import Route
from shared.runtime.worker import Worker
from shared.vocabulary.identity import fact_id

SECONDS = 40.0
# simple messages on a topic of several partitions
MOVES = Topic(SCORES.name, SCORES.partitions, "school", NOTICES.events, "a test's")


@pytest.fixture
def namespace(kafka: Any) -> str:
    made = f"worker{uuid.uuid4().hex[:8]}."
    topics.ensure(kafka.bootstrap, made)
    return made


class Process:
    """One worker of a group of its own, with an engine of its own; its decisions wait until `go_on` is set."""

    def __init__(self, kafka: Any, database_url: str, namespace: str, number: int) -> None:
        self.engine = database.prepare(database_url, "trying")
        settings = Settings("trying", kafka.bootstrap, database_url, "ms", f"trying-{number}", namespace=namespace)
        self.runtime = Runtime(settings, self.engine, Metrics(), lambda event, **fields: None)
        self.go_on, self.began, self.fatal = threading.Event(), threading.Event(), list[str]()
        route = Route(MOVES, lambda connection, event: None, self._step, lambda connection, changes: None)
        self.worker = Worker(self.runtime, [route], lambda where, error: self.fatal.append(where))

    def _step(self, moved: Any, state: None, now: datetime) -> tuple[None, list[Any], None]:
        self.began.set()
        assert self.go_on.wait(SECONDS)
        return None, [], None

    def owned(self) -> int:
        return len(self.worker.app.consumer.assignment())

    async def end(self) -> None:
        self.go_on.set()
        await self.worker.stop()
        self.engine.dispose()


async def until(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)


def event(number: int) -> NoticeMoved:
    told = {"school_id": "1", "before": "OPEN", "after": "SENT", "on": date(2025, 1, 1), "cause": "test"}
    return NoticeMoved(event_id=fact_id("moved", number), obligation_id=fact_id("obligation", "test"), **told)


def push_to_every_partition(kafka: Any, namespace: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    for part in range(MOVES.partitions):
        producer.send(namespace + MOVES.name, event(part).to_bytes(), b"1", partition=part)
    producer.close()


def test_a_worker_whose_partitions_move_while_it_decides_goes_on_measuring_itself(
    kafka: Any, database_url: str, namespace: str
) -> None:
    async def run() -> None:
        first, second = (Process(kafka, database_url, namespace, number) for number in range(2))
        second.go_on.set()
        try:
            await first.worker.start()
            await until(lambda: first.worker.assigned, "the first worker gets no partitions")
            push_to_every_partition(kafka, namespace)
            await until(first.began.is_set, "no message came")
            await second.worker.start()
            await until(lambda: first.worker.app.rebalancing, "the second worker does not join")
            first.go_on.set()
            await until(lambda: second.worker.assigned and not first.worker.app.rebalancing, "nothing is shared out")
            await until(lambda: 0 < first.owned() < MOVES.partitions, "the first worker lost no partition")
            await asyncio.sleep(1)
            assert first.worker.is_wedged() is None
            assert {partition for _, partition in first.worker.lag()} == {
                tp.partition for tp in first.worker.app.consumer.assignment()
            }
            assert first.fatal == second.fatal == []
            with first.engine.connect() as connection:
                read = connection.execute(sa.text("select sum(next_offset) from inbox")).scalar_one()
            assert read == MOVES.partitions  # each message once
        finally:
            await first.end()
            await second.end()

    asyncio.run(run())


def test_a_rebalance_that_never_ends_is_a_wedge(kafka: Any, database_url: str, namespace: str) -> None:
    async def run() -> None:
        process = Process(kafka, database_url, namespace, 0)
        process.worker.app.rebalancing = True
        assert process.worker.is_wedged() is None
        process.worker._moved_at -= 91
        assert process.worker.is_wedged() == "there is lag or a rebalance, and no progress for 90 s"
        process.engine.dispose()

    asyncio.run(run())
