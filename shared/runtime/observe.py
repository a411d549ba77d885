"""What a process shows of itself: Prometheus metrics and JSON log lines. No student and no name is ever in either."""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Log(Protocol):
    """Writes one JSON line: what happened, and fields that hold no student data."""

    def __call__(self, event: str, **fields: Any) -> None: ...


class Metrics:
    """The metrics every service has, in a registry of its own. Labels never hold names."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made: dict[str, Any] = {"registry": self.registry}
        self.records_in = Counter(
            "schoolmark_records_in", "Records or messages taken in.", ["source", "outcome"], **made
        )
        self.refused = Counter("schoolmark_records_refused", "Records or messages refused.", ["source"], **made)
        self.parked = Gauge("schoolmark_records_parked", "Records that wait for a parent.", ["resource"], **made)
        self.events_out = Counter("schoolmark_events_out", "Events published.", ["topic"], **made)
        self.handling_seconds = Histogram(
            "schoolmark_handling_seconds", "Seconds to handle one batch, command or tick.", ["step"], **made
        )
        self.lag_messages = Gauge(
            "schoolmark_lag_messages", "Messages not yet handled.", ["topic", "partition"], **made
        )
        self.lag_seconds = Gauge(
            "schoolmark_lag_seconds", "Age of the oldest message not yet handled.", ["topic"], **made
        )
        self.outbox_rows = Gauge("schoolmark_outbox_rows", "Facts committed and not yet published.", **made)
        self.editions = Gauge("schoolmark_editions", "Editions by state.", ["state"], **made)
        self.notices = Gauge("schoolmark_notices", "Parent notices by state.", ["state"], **made)
        self.duplicates = Counter("schoolmark_duplicates", "Messages that had been applied before.", ["topic"], **made)
        self.errors = Counter(
            "schoolmark_errors", "Failures that were logged and will be tried again.", ["where"], **made
        )


def json_log(service: str, instance: str) -> Log:
    """The process's log: JSON lines on standard output; libraries' warnings pass through it, rate-limited by text."""
    lock = threading.Lock()

    def write(event: str, **fields: Any) -> None:
        line = {
            "at": datetime.now(UTC).isoformat(),
            "service": service,
            "instance": instance,
            "event": event,
            **fields,
        }
        with lock:
            sys.stdout.write(json.dumps(line, default=str) + "\n")
            sys.stdout.flush()

    root = logging.getLogger()
    root.handlers = [_Forward(write)]
    root.setLevel(logging.WARNING)
    return write


def place_of(error: BaseException) -> str:
    """File and line where an error arose: enough to find it, and no value of any record."""
    trace = error.__traceback__
    place = "unknown"
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


class _Forward(logging.Handler):
    """Library warnings as log lines: logger and template only (arguments may hold data), each once a second.

    Of a template only the first line: some libraries write the error itself into the lines below.
    """

    def __init__(self, write: Log) -> None:
        super().__init__()
        self._write = write
        self._last: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        template = str(record.msg).partition("\n")[0][:200]
        if record.created - self._last.get(template, 0.0) >= 1.0:
            self._last[template] = record.created
            self._write("library.warning", logger=record.name, level=record.levelname, template=template)
