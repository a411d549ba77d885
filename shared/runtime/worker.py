"""The worker: Faust brings messages at least once; the transaction makes their effect exactly once.

PostgreSQL is the only truth for the read position: on every assignment the worker seeks to `inbox.next_offset`.
No exception ever leaves the agent (Faust would acknowledge the rest unread): what does not pass ends the process.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import faust
import faust.transport.drivers.aiokafka as driver
import sqlalchemy as sa
from faust.types import TP

from shared.runtime import inbox
from shared.runtime.database import is_passing
from shared.runtime.runtime import Runtime
from shared.runtime.transaction import Handled, Message, Route, Transactions

_TAKEN_AT_ONCE = 50
_TAKEN_WITHIN_SECONDS = 0.02
_STUCK_SECONDS = 90.0

Fatal = Callable[[str, BaseException], None]


class Worker:
    """Consumes a service's routes in one Faust agent. `ready` once positions were sought; `lag()` from memory."""

    def __init__(self, runtime: Runtime, routes: Sequence[Route], fatal: Fatal) -> None:
        self._runtime, self._fatal = runtime, fatal
        self._settings = runtime.settings
        self._names = {self._settings.topic(route.topic.name): route.topic.name for route in routes}
        self._wakes = {self._settings.topic(route.topic.name): route.wakes for route in routes}
        self._transactions = Transactions(
            runtime.engine, self._settings.service, routes, runtime.now, self._settings.partitions_of
        )
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="transaction")
        self._next: dict[TP, int] = {}
        self._seen_at: dict[TP, float] = {}
        self._moved_at = time.monotonic()
        self.assigned = False
        self.app = self._make_app()

    async def start(self) -> None:
        """Starts consuming; returns when Faust has started (readiness comes with the first seek)."""
        self.app.finalize()
        await self.app.start()

    async def stop(self) -> None:
        """Stops within seconds; an unfinished batch is simply read again by the next owner."""
        try:
            await asyncio.wait_for(self.app.stop(), 8)
        except TimeoutError:
            self._runtime.log("worker.stop_timed_out")
        self._executor.shutdown(wait=False, cancel_futures=True)

    def lag(self) -> dict[tuple[str, int], tuple[int, float]]:
        """Messages behind, and seconds since the last handled one was written, by (topic, partition)."""
        if self.app.rebalancing or not self.assigned:
            return {}
        behind = {}
        owned = self.app.consumer.assignment()  # a batch that outlived its partitions' move has noted their positions
        for tp, position in list(self._next.items()):
            if tp not in owned:
                continue
            highwater = self.app.consumer.highwater(tp) or 0
            messages = max(0, highwater - position)
            age = time.time() - self._seen_at.get(tp, time.time()) if messages else 0.0
            behind[(self._names[tp.topic], tp.partition)] = (messages, age)
        return behind

    def is_wedged(self) -> str | None:
        """Why the process should end: Faust crashed, or nothing moves for long though there is lag or a rebalance."""
        if self.app.crashed or (self.assigned and self.app.consumer.crashed):
            return "Faust has crashed"
        behind = any(messages for messages, _ in self.lag().values())
        if not behind and not self.app.rebalancing:
            self._moved_at = time.monotonic()
        if time.monotonic() - self._moved_at > _STUCK_SECONDS:
            return f"there is lag or a rebalance, and no progress for {_STUCK_SECONDS:.0f} s"
        return None

    def _make_app(self) -> faust.App:
        settings = self._settings
        app = faust.App(
            f"{settings.namespace}schoolmark-{settings.service}",
            broker=f"kafka://{settings.kafka}",
            store="memory://",
            datadir=tempfile.gettempdir(),
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            processing_guarantee="at_least_once",
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=settings.instance,
            broker_session_timeout=6,
            broker_heartbeat_interval=1.5,
            broker_rebalance_timeout=15,
            broker_request_timeout=30,
            broker_max_poll_interval=300,
            broker_max_poll_records=500,
            stream_buffer_maxsize=1024,
            consumer_max_fetch_size=4 * 1024 * 1024,
            stream_wait_empty=False,
            broker_commit_interval=2.0,
            consumer_metadata_max_age_ms=30_000,
            producer_request_timeout=30,
        )
        app.transport = _transport(self)(app.conf.broker_consumer, app)
        raw: dict[str, Any] = {
            "key_type": bytes,
            "value_type": bytes,
            "key_serializer": "raw",
            "value_serializer": "raw",
        }
        app.agent(app.topic(*self._names, **raw), concurrency=1)(self._agent)
        return app

    async def _agent(self, stream: Any) -> None:
        async for events in stream.take_events(_TAKEN_AT_ONCE, within=_TAKEN_WITHIN_SECONDS):
            try:
                await self._handle(events)
            except Exception as error:  # noqa: BLE001 (an exception must not leave an agent: end the process)
                self._fatal("worker", error)

    async def _handle(self, events: Sequence[Any]) -> None:
        batch = [
            Message(self._names[m.topic], m.partition, m.offset, m.key, m.value) for m in (e.message for e in events)
        ]
        pause = 0.1
        while True:
            try:
                with self._runtime.metrics.handling_seconds.labels("batch").time():
                    handled = await self._in_thread(lambda: self._transactions.handle(batch))
                return self._note(events, handled)
            except inbox.Gap as gap:
                self._runtime.log("worker.gap", where=str(gap))
                return await self._seek(list({TP(e.message.topic, e.message.partition) for e in events}))
            except sa.exc.SQLAlchemyError as error:
                if not is_passing(error):
                    raise
                self._runtime.metrics.errors.labels("worker").inc()
                self._runtime.log("worker.waits_for_database", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    def _note(self, events: Sequence[Any], handled: Handled) -> None:
        self._moved_at = time.monotonic()
        for event in events:
            tp = TP(event.message.topic, event.message.partition)
            self._next[tp] = max(self._next.get(tp, 0), event.message.offset + 1)
            self._seen_at[tp] = event.message.timestamp
        for timer in {timer for event in events for timer in self._wakes[event.message.topic]}:
            self._runtime.wake(timer)
        metrics = self._runtime.metrics
        metrics.records_in.labels("stream", "applied").inc(handled.applied)
        if handled.duplicates:
            metrics.duplicates.labels("stream").inc(handled.duplicates)
        if handled.rejected:
            metrics.refused.labels("stream").inc(handled.rejected)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _positions(self, partitions: Sequence[TP]) -> dict[TP, int]:
        with self._runtime.engine.begin() as connection:
            places = {tp: (self._names[tp.topic], tp.partition) for tp in partitions}
            offsets = inbox.next_offsets(connection, places.values())
            return {tp: offsets[place] for tp, place in places.items()}

    async def _seek(self, partitions: Sequence[TP]) -> None:
        """Seeks to the database's positions, and tells Faust so (else it would never commit again)."""
        pause = 0.1
        while True:
            try:
                positions = await self._in_thread(lambda: self._positions(partitions))
                break
            except sa.exc.SQLAlchemyError as error:
                if not is_passing(error):
                    self._fatal("seek", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
        consumer: Any = self.app.consumer
        await consumer.seek_wait(positions)
        for memory in (consumer._read_offset, consumer._committed_offset):
            memory.update({tp: offset or None for tp, offset in positions.items()})
        self._next.update(positions)

    async def on_assigned(self, partitions: Sequence[TP]) -> None:
        """After each assignment, before messages flow: the database says where to read on."""
        self._next = {}
        await self._seek([tp for tp in partitions if tp.topic in self._names])
        self.assigned = True


def _transport(worker: Worker) -> type[driver.Transport]:
    class Consumer(driver.Consumer):
        async def perform_seek(self) -> None:
            await worker.on_assigned([TP(tp.topic, tp.partition) for tp in self.assignment()])

    class Transport(driver.Transport):
        pass

    Transport.Consumer = Consumer
    return Transport
