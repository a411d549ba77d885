"""What each process of a line costs: processor seconds of a stage, and its peak memory."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Self

import psutil

from deploy.bench.figures import NotMeasured
from deploy.bench.memory import peak_mb
from deploy.local.cluster import Cluster

BENCH, LOAD, POSTGRES, KAFKA = "bench", "load generator", "postgres", "kafka"
_LOOK_SECONDS = 0.5


@dataclass
class Spent:
    """A stage: seconds by the clock, and processor seconds by process. Complete when the stage has ended."""

    seconds: float = 0.0
    cpu_seconds: dict[str, float] = field(default_factory=dict)


class Meter:
    """Watches the processes of a running line; `with Meter(cluster) as meter:`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        services = [process.name for process in cluster.supervisor.processes] if cluster.supervisor else []
        self._of_line = (*services, KAFKA, POSTGRES)
        self._pids = {name: self._pid(name) for name in self._of_line} | {BENCH: os.getpid()}
        self._peaks: dict[str, float] = {}
        self._extra: dict[str, float] = {}
        self._ended = threading.Event()
        self._looking = threading.Thread(target=self._look_for_ever, name="bench-meter", daemon=True)

    @contextmanager
    def stage(self) -> Iterator[Spent]:
        """Measures what is done inside. Raises NotMeasured when a process of the line ended meanwhile."""
        spent, before, began = Spent(), self._cpu(), monotonic()
        yield spent
        spent.seconds = monotonic() - began
        self.require_all_alive()
        after = self._cpu()
        spent.cpu_seconds = {name: round(after[name] - before.get(name, 0.0), 2) for name in after}

    def add(self, name: str, cpu_seconds: float, peak: float) -> None:
        """Counts a process that has ended and told its own cost."""
        self._extra[name] = self._extra.get(name, 0.0) + cpu_seconds
        self._peaks[name] = max(self._peaks.get(name, 0.0), peak)

    @contextmanager
    def also(self, name: str, pid: int) -> Iterator[None]:
        """Watches one more process for some time."""
        self._pids[name] = pid
        try:
            yield
        finally:
            self._look()
            del self._pids[name]

    def peak_mb(self) -> Mapping[str, float]:
        """The most memory each process held so far; of PostgreSQL its largest process (they share 256 MB)."""
        self._look()
        return {name: round(peak, 1) for name, peak in self._peaks.items()}

    def require_all_alive(self) -> None:
        """Raises NotMeasured when a process died and was started again: its figures would be another's."""
        for name in self._of_line:
            if self._pid(name) != self._pids[name]:
                raise NotMeasured(f"{name} ended while it was measured; see {self._cluster.folder / 'logs'}")

    def __enter__(self) -> Self:
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._looking.join()

    def _pid(self, name: str) -> int | None:
        server = {KAFKA: self._cluster.kafka, POSTGRES: self._cluster.postgres}.get(name)
        if server is not None:
            return server.pid
        return self._cluster.supervisor.pid(name) if self._cluster.supervisor else None

    def _cpu(self) -> dict[str, float]:
        found = dict(self._extra)
        for name, pid in self._pids.items():
            with suppress(psutil.NoSuchProcess):  # told by `require_all_alive`
                found[name] = _cpu_seconds(psutil.Process(pid), with_children=name == POSTGRES)
        return found

    def _look_for_ever(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        for name, pid in list(self._pids.items()):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                children = process.children() if name == POSTGRES else []
                peak = max(peak_mb(each) for each in (process, *children))
                self._peaks[name] = max(self._peaks.get(name, 0.0), peak)


def _cpu_seconds(process: psutil.Process, with_children: bool) -> float:
    """Its own; of PostgreSQL also those of its backends, ended ones among them (their parent has waited for them)."""
    times = process.cpu_times()
    total = float(times.user + times.system)
    if with_children:
        total += float(times.children_user + times.children_system)
        for child in process.children():
            with suppress(psutil.NoSuchProcess):
                total += _cpu_seconds(child, with_children=False)
    return total
