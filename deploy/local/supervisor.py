"""Which service processes run: starts them, starts again what dies, ends all together.

circus brings tornado and zeromq, honcho ends all when one dies, supervisor wants a daemon and a configuration
file; what is needed here is this one loop.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from deploy.local import child
from deploy.local.errors import CannotStart

Progress = Callable[[str], None]

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 5.0
SETTLED_SECONDS = 10.0  # who ran this long starts with the first wait again
DEATHS_TO_TELL = 4  # so many quick deaths in a row are no accident
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Process:
    """What to run under a name."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path


@dataclass
class _Running:
    what: Process
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    wait_seconds: float = FIRST_WAIT_SECONDS
    quick_deaths: int = 0
    starts: int = 0


@dataclass
class Supervisor:
    """Keeps the given processes running until `stop_all`; children die with this process, however it ends."""

    processes: Sequence[Process]
    progress: Progress = lambda _: None
    folder: Path | None = None
    _running: dict[str, _Running] = field(default_factory=dict, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False)
    _failed: OSError | None = field(default=None, init=False)
    _watcher: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Start all, in order, and watch them from one thread (the kernel ends the children with that thread)."""
        self._running = {process.name: _Running(process) for process in self.processes}
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def pid(self, name: str) -> int | None:
        """The process id, or None between a death and the next start."""
        with self._lock:
            process = self._running[name].process
            return process.pid if process is not None and process.poll() is None else None

    def starts(self, name: str) -> int:
        """How often the process was started."""
        return self._running[name].starts

    def kill(self, name: str) -> None:
        """SIGKILL to one process; it is started again as after any death."""
        self.send(name, signal.SIGKILL)

    def send(self, name: str, number: signal.Signals) -> None:
        """Any signal to one process (SIGSTOP and SIGCONT make it hang and go on)."""
        with self._lock:
            process = self._running[name].process
            if process is not None:
                process.send_signal(number)

    def wait_ready(self, urls: Mapping[str, str], timeout: float = 60.0, progress: Progress | None = None) -> None:
        """Wait until each named process answers its address with 200; tell each as it does."""
        tell = progress or self.progress
        waiting = dict(urls)
        until = time.monotonic() + timeout
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            while waiting:
                for name, url in list(waiting.items()):
                    if _answers(client, url):
                        tell(f"{name} is ready")
                        del waiting[name]
                    else:
                        self._refuse_if_hopeless(name, time.monotonic() > until, timeout)
                time.sleep(0.1)

    def stop_all(self) -> None:
        """Ask all to stop, last started first; make those stop that have not within ten seconds."""
        self._stopping.set()
        with self._lock:
            alive = [running.process for running in reversed(self._running.values()) if running.process]
            for process in alive:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
            until = time.monotonic() + STOP_SECONDS
            for process in alive:
                child.end(process, timeout_seconds=max(0.1, until - time.monotonic()))
        if self._watcher is not None:
            self._watcher.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def _watch(self) -> None:
        while not self._stopping.wait(0.05):
            with self._lock:
                for running in self._running.values():
                    if self._stopping.is_set():
                        return
                    self._look_after(running)

    def _look_after(self, running: _Running) -> None:
        now = time.monotonic()
        if running.process is not None and running.process.poll() is not None:
            self._note_death(running, now)
        if running.process is None and now >= running.start_at:
            what = running.what
            try:
                running.process = child.spawn(what.command, what.log, env=what.env, folder=self.folder)
            except OSError as error:  # told once here, raised in wait_ready; tried again as after a death
                self._failed = error
                self.progress(f"{what.name} cannot be started: {error}")
                running.start_at = now + LONGEST_WAIT_SECONDS
                return
            running.started_at = now
            running.starts += 1

    def _note_death(self, running: _Running, now: float) -> None:
        process, name = running.process, running.what.name
        assert process is not None
        if now - running.started_at >= SETTLED_SECONDS:
            running.wait_seconds, running.quick_deaths = FIRST_WAIT_SECONDS, 0
        running.quick_deaths += 1
        running.process = None
        running.start_at = now + running.wait_seconds
        self.progress(f"{name} ended ({_ending(process.returncode)}); again in {running.wait_seconds:g} s")
        running.wait_seconds = min(running.wait_seconds * 2, LONGEST_WAIT_SECONDS)
        if running.quick_deaths == DEATHS_TO_TELL:
            self.progress(f"{name} keeps ending. {child.said(running.what.log)}")

    def _refuse_if_hopeless(self, name: str, late: bool, timeout: float) -> None:
        running = self._running[name]
        if self._failed is not None:
            raise CannotStart(f"{name} cannot be started: {self._failed}")
        if running.quick_deaths >= DEATHS_TO_TELL:
            raise CannotStart(f"{name} keeps ending while it starts. {child.said(running.what.log)}")
        if late:
            raise CannotStart(f"{name} was not ready within {timeout:.0f} s. {child.said(running.what.log)}")


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == 200
    except httpx.TransportError:  # not listening yet, or just died: asked again
        return False


def _ending(code: int) -> str:
    return f"exit status {code}" if code >= 0 else signal.Signals(-code).name
