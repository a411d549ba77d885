"""The runtime of one process: its settings, engine, clock, metrics and log, and how a command becomes a transaction."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from shared.runtime import inbox, outbox
from shared.runtime.database import is_passing
from shared.runtime.observe import Log, Metrics
from shared.runtime.settings import Settings
from shared.runtime.transaction import Outcome

_COMMAND_SECONDS = 20.0


def utc_now() -> datetime:
    """The machine's clock. Only a runtime calls it; decisions are handed the time."""
    return datetime.now(UTC)


class Runtime:
    """What doors and timers of a service work with. Tests make one with a clock of their own."""

    def __init__(
        self,
        settings: Settings,
        engine: sa.Engine,
        metrics: Metrics,
        log: Log,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings, self.engine, self.metrics, self.log, self.now = settings, engine, metrics, log, now
        self.high_water: dict[tuple[str, int], int] = {}
        self.high_water_known = threading.Event()
        self._wakers: dict[str, threading.Event] = {}

    def command(
        self,
        message: Any,
        *,
        load: Callable[[sa.Connection, Any], Any],
        step: Callable[[Any, Any, datetime], Outcome],
        save: Callable[[sa.Connection, Any], None],
    ) -> Any:
        """An HTTP command or a tick as a message: state, decision, new state and facts in one transaction; the reply.

        Errors of the database that pass by themselves are tried again for some seconds, then raised.
        """
        deadline, pause = time.monotonic() + _COMMAND_SECONDS, 0.1
        while True:
            try:
                with self.engine.begin() as connection:
                    state = load(connection, message)
                    changes, facts, reply = step(message, state, self.now())
                    save(connection, changes)
                    outbox.add(connection, facts, self.settings.partitions_of)
                return reply
            except sa.exc.SQLAlchemyError as error:
                if not is_passing(error) or time.monotonic() + pause > deadline:
                    raise
                self.metrics.errors.labels("command").inc()
                time.sleep(pause)
                pause = min(pause * 2, 2.0)

    def caught_up(self, topic: str) -> bool:
        """Whether everything that stood on a topic when this process started has been handled."""
        if not self.high_water_known.is_set():
            return False
        with self.engine.connect() as connection:
            wanted = {part: end for (name, part), end in self.high_water.items() if name == topic}
            return all(self._position(connection, topic, part) >= end for part, end in wanted.items())

    def wake(self, timer: str) -> None:
        """Lets a timer run now."""
        if timer in self._wakers:
            self._wakers[timer].set()

    def add_waker(self, timer: str, event: threading.Event) -> None:
        """Registers the event by which a timer is woken."""
        self._wakers[timer] = event

    @staticmethod
    def _position(connection: sa.Connection, topic: str, partition: int) -> int:
        here = (inbox.positions.c.topic == topic) & (inbox.positions.c.part == partition)
        return connection.execute(sa.select(inbox.positions.c.next_offset).where(here)).scalar_one_or_none() or 0
