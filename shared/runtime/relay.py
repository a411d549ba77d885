"""The relay: publishes outbox rows in order and deletes what is acknowledged."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import sqlalchemy as sa
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from shared.runtime import outbox
from shared.runtime.copying import driver_cursor
from shared.runtime.database import is_passing
from shared.runtime.observe import Log, Metrics, place_of
from shared.runtime.settings import Settings

_ROWS_AT_ONCE = 500
_IDLE_SECONDS = 1.0
_REST_SECONDS = 0.025  # after a round that found little: what comes meanwhile goes along, at hardly a cost


class _Row(NamedTuple):
    """A fact of the outbox."""

    id: int
    topic: str
    part: int
    key: bytes
    event_id: UUID
    value: bytes
    alone: bool


_Sending = list[tuple[_Row, Any]]  # rows in flight, each with the producer's promise of it
Lane = tuple[str, int]  # a topic and a partition of it: here order counts, and between two of them it does not
_ROWS = (
    "select id, topic, part, key, event_id, value, alone from outbox "
    "where not (topic || '/' || part) = any(%(skipped)s::text[]) order by id limit %(limit)s"
)
_GONE = sa.text("delete from outbox where id = any(cast(:ids as bigint[]))")
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
                lanes = _Lanes(connection, self._settings.service)
                try:
                    while not self._ended.is_set():
                        sent = self._round(connection, producer, lanes)
                        if not sent:
                            _wait_for_notice(connection)
                        elif sent < _ROWS_AT_ONCE:
                            self._ended.wait(_REST_SECONDS)
                finally:
                    connection.execute(sa.text("select pg_advisory_unlock_all()"))
        finally:
            producer.close(timeout=5)

    def _round(self, connection: sa.Connection, producer: KafkaProducer, lanes: "_Lanes") -> int:
        """Publishes the oldest rows of all lanes together, markers in turn. Raises what the broker did not take."""
        runs = {lane: list(_runs(rows)) for lane, rows in lanes.rows().items()}
        sent = 0
        while runs:
            wave = {lane: self._sending(producer, left.pop(0)) for lane, left in runs.items()}
            producer.flush(timeout=30)
            sent += self._forget(connection, [sending for sending, _ in wave.values()])
            for lane, (_, stuck) in wave.items():
                if stuck is not None:
                    self._metrics.errors.labels("relay").inc()
                    self._log("relay.stuck", error=type(stuck).__name__)
                    lanes.skip(lane)  # the others go on; it is tried again
            runs = {lane: left for lane, left in runs.items() if left and wave[lane][1] is None}
        return sent

    def _forget(self, connection: sa.Connection, wave: Sequence[_Sending]) -> int:
        """Deletes what the broker has, of each lane up to the first that it has not; then raises that one's error."""
        gone: list[int] = []
        lost: KafkaError | None = None
        for sending in wave:
            try:
                for row, future in sending:
                    future.get(timeout=0)
                    gone.append(row.id)
                    self._metrics.events_out.labels(row.topic).inc()
            except KafkaError as error:
                lost = error
        connection.execute(_GONE, {"ids": "{" + ",".join(map(str, gone)) + "}"})
        if lost is not None:
            raise lost
        return len(gone)

    def _sending(self, producer: KafkaProducer, run: Sequence[_Row]) -> tuple[_Sending, Exception | None]:
        """What is in flight, up to a fact that can never be sent: nothing may overtake it."""
        sending: _Sending = []
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
            sending.append((row, future))
        return sending, None


class _Lanes:
    """The lanes that this process publishes: it holds their locks until its connection ends; others' are skipped."""

    def __init__(self, connection: sa.Connection, service: str) -> None:
        self._connection, self._service = connection, service
        self._held: set[Lane] = set()
        self._skipped: set[Lane] = set()
        self._skipped_until = 0.0

    def rows(self) -> dict[Lane, list[_Row]]:
        """The oldest rows, by lane and in order."""
        if time.monotonic() >= self._skipped_until:
            self._skipped.clear()
            self._skipped_until = time.monotonic() + _IDLE_SECONDS
        found = self._read()
        if strange := found.keys() - self._held:
            for lane in strange:
                self._take(lane)
            found = self._read()  # as it is under the lock: whoever held it may have sent some meanwhile
        return {lane: rows for lane, rows in found.items() if lane in self._held}

    def skip(self, lane: Lane) -> None:
        """Leaves a lane out for a second at most."""
        self._skipped.add(lane)

    def _read(self) -> dict[Lane, list[_Row]]:
        skipped = [f"{topic}/{part}" for topic, part in self._skipped]
        found: dict[Lane, list[_Row]] = {}
        with driver_cursor(self._connection, binary=True) as cursor:
            cursor.execute(_ROWS, {"skipped": skipped, "limit": _ROWS_AT_ONCE})
            for row in map(_Row._make, cursor):
                found.setdefault((row.topic, row.part), []).append(row)
        return found

    def _take(self, lane: Lane) -> None:
        lock = {"name": f"{self._service} {lane[0]} {lane[1]}"}
        query = sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
        (self._held if self._connection.execute(query, lock).scalar() else self._skipped).add(lane)


def _runs(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Splits a lane's rows into runs that may be in flight together; a marker flies alone."""
    run: list[_Row] = []
    for row in rows:
        if row.alone and run:
            yield run
            run = []
        run.append(row)
        if row.alone:
            yield run
            run = []
    if run:
        yield run


def _wait_for_notice(connection: sa.Connection) -> None:
    raw: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    deadline = time.monotonic() + _IDLE_SECONDS
    for _ in raw.notifies(timeout=max(0.0, deadline - time.monotonic()), stop_after=1):
        return
