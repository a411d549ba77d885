"""Timers: work that a service does by itself, each in its own thread, tried again at the next tick when it fails."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from shared.runtime.database import is_passing

if TYPE_CHECKING:
    from shared.runtime.runtime import Runtime


@dataclass(frozen=True)
class Timer:
    """`run` is called every `every` seconds, or sooner when `Runtime.wake(name)` is called, yet never before it has
    rested for `rest` seconds: what wakes it meanwhile is done together.
    """

    name: str
    every: float
    run: Callable[["Runtime"], None]
    rest: float = 0.0


class Ticking(threading.Thread):
    """The thread of one timer. An error that will not pass ends the process: the supervisor starts it anew, loudly."""

    def __init__(self, timer: Timer, runtime: "Runtime", fatal: Callable[[str, BaseException], None]) -> None:
        super().__init__(name=f"timer-{timer.name}", daemon=True)
        self._timer, self._runtime, self._fatal = timer, runtime, fatal
        self.woken = threading.Event()
        self.ended = threading.Event()

    def run(self) -> None:
        """Ticks until `ended`."""
        while not self.ended.is_set():
            try:
                with self._runtime.metrics.handling_seconds.labels(self._timer.name).time():
                    self._timer.run(self._runtime)
            except sa.exc.SQLAlchemyError as error:
                self._runtime.metrics.errors.labels(self._timer.name).inc()
                self._runtime.log("timer.failed", timer=self._timer.name, error=type(error).__name__)
                if not is_passing(error):
                    return self._fatal(self._timer.name, error)
                self.ended.wait(1.0)
            except Exception as error:  # noqa: BLE001 (anything else is a defect: end the process, never go on half)
                return self._fatal(self._timer.name, error)
            self.ended.wait(self._timer.rest)
            self.woken.wait(max(0.0, self._timer.every - self._timer.rest))
            self.woken.clear()
