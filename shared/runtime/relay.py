"""The relay: publishes outbox rows in order and deletes what is acknowledged."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from shared.runtime import outbox
from shared.runtime.database import is_passing
from shared.runtime.observe import Log, Metrics, place_of
from shared.runtime.settings import Settings

_ROWS_AT_ONCE = 400
_IDLE_SECONDS = 1.0
# what the producer says at once of a fact that is too large, or for a partition that is not there
_NEVER_TAKEN = (MessageSizeTooLargeError, ValueError)


class Relay(threading.Thread):
    """A thread that ends with the process. A failure deletes nothing: rows are sent again, receivers know the ids."""

    def __init__(self, engine: sa.Engine, settings: Settings, metrics: Metrics, log: Log) -> None:
        super().__init__(name="relay", daemon=True)
        self._engine, self._settings, self._metrics, self._log = engine, settings, metrics, log
        self._ended = threading.Event()

    def run(self) -> None:
        """Relays until `end`, making its connections anew after any failure that passes."""
        while not self._ended.is_set():
            try:
                self._relay_until_ended()
            except Exception as error:  # noqa: BLE001 (whatever it is, a thread that ended would publish nothing, unseen)
                self._log("relay.interrupted", error=type(error).__name__, place=place_of(error))
                if not (is_passing(error) or isinstance(error, KafkaError | psycopg.Error)):
                    self._metrics.errors.labels("relay").inc()
                self._ended.wait(1.0)

    def end(self) -> None:
        """Lets the thread finish its round."""
        self._ended.set()

    def _relay_until_ended(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self._settings.kafka,
            client_id=f"{self._settings.instance}-relay",
            acks="all",
            enable_idempotence=True,
            linger_ms=2,
            batch_size=256 * 1024,
            max_request_size=8 * 1024 * 1024,
            compression_type="lz4",
            request_timeout_ms=15_000,
            delivery_timeout_ms=30_000,
        )
        try:
            with self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(sa.text(f"listen {outbox.CHANNEL}"))
                while not self._ended.is_set():
                    if not self._round(connection, producer):
                        _wait_for_notice(connection)
        finally:
            producer.close(timeout=5)

    def _round(self, connection: sa.Connection, producer: KafkaProducer) -> int:
        sent, stuck = 0, None
        destinations = sa.select(outbox.rows.c.topic, outbox.rows.c.part).distinct()
        for topic, part in connection.execute(destinations).all():
            lock = {"name": f"{self._settings.service} {topic} {part}"}
            if not connection.execute(
                sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))"), lock
            ).scalar():
                continue
            try:
                sent += self._publish(connection, producer, topic, part)
            except _NEVER_TAKEN as error:
                stuck = error  # the other partitions go on; it is told and tried again
            finally:
                connection.execute(sa.text("select pg_advisory_unlock(hashtextextended(:name, 0))"), lock)
        if stuck is not None:
            self._metrics.errors.labels("relay").inc()
            self._log("relay.stuck", error=type(stuck).__name__)
        return sent

    def _publish(self, connection: sa.Connection, producer: KafkaProducer, topic: str, part: int) -> int:
        query = (
            sa.select(outbox.rows)
            .where(outbox.rows.c.topic == topic, outbox.rows.c.part == part)
            .order_by(outbox.rows.c.id)
            .limit(_ROWS_AT_ONCE)
        )
        rows = connection.execute(query).all()
        for run in _runs(rows, lambda row: row.alone):
            sending, stuck = self._sending(producer, run)
            producer.flush(timeout=30)
            for future in sending:
                future.get(timeout=0)
            gone = [row.id for row in run[: len(sending)]]
            connection.execute(sa.delete(outbox.rows).where(outbox.rows.c.id.in_(gone)))
            self._metrics.events_out.labels(topic).inc(len(gone))
            if stuck is not None:
                raise stuck
        return len(rows)

    def _sending(self, producer: KafkaProducer, run: Sequence[sa.Row[Any]]) -> tuple[list[Any], Exception | None]:
        """What is in flight, up to a fact that can never be sent: nothing may overtake it."""
        sending: list[Any] = []
        for row in run:
            try:
                future = producer.send(
                    self._settings.topic(row.topic),
                    key=row.key,
                    value=row.value,
                    partition=row.part,
                    headers=[("id", str(row.event_id).encode())],
                )
            except _NEVER_TAKEN as error:
                return sending, error
            sending.append(future)
        return sending, None


def _runs(rows: Sequence[sa.Row[Any]], alone: Callable[[sa.Row[Any]], bool]) -> Iterator[list[sa.Row[Any]]]:
    """Splits rows into runs that may be in flight together; a marker flies alone."""
    run: list[sa.Row[Any]] = []
    for row in rows:
        if alone(row) and run:
            yield run
            run = []
        run.append(row)
        if alone(row):
            yield run
            run = []
    if run:
        yield run


def _wait_for_notice(connection: sa.Connection) -> None:
    raw: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    deadline = time.monotonic() + _IDLE_SECONDS
    for _ in raw.notifies(timeout=max(0.0, deadline - time.monotonic()), stop_after=1):
        return
