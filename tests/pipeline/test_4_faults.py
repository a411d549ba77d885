"""Faults: every service killed in mid-load, database and broker restarted; the numbers are the undisturbed ones.

Each kill prints what was still to do at that moment, and fails when there was nothing: a kill at rest proves nothing.
"""

import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import httpx
import pytest

from deploy import story
from deploy.client import Refused
from deploy.local.supervisor import Supervisor
from shared.events.catalog import TOPICS
from tests.pipeline.conftest import Reference, Sample
from tests.pipeline.line import Line, started


@pytest.fixture(scope="module")
def line(sample: Sample, run_folder: Path) -> Iterator[Line]:
    """A line with a broker and a database of its own, which may be killed."""
    with started(run_folder / "faults", "", story.districts(sample.folder), None, None) as running:
        yield running


def test_a_line_that_is_killed_everywhere_comes_to_the_undisturbed_numbers(
    sample: Sample, line: Line, reference: Reference, run_folder: Path
) -> None:
    pushing = _Pushing(line, sample)
    with line.second_scoring_worker(run_folder) as second:
        pushing.start()
        _kill_while_pushing(line, pushing, "ingest")
        _kill_with_backlog(line, "scoring")
        assert line.cluster.postgres is not None
        assert line.cluster.kafka is not None
        pushing.wait_for_more()
        line.cluster.postgres.kill()
        line.cluster.postgres.restart()
        pushing.wait_for_more()
        line.cluster.kafka.kill()
        line.cluster.kafka.restart()
        pushing.join()
        line.wait("scoring has caught up", lambda: line.backlog("scoring") == 0, seconds=120)
        port = re.search(r"\d+$", second.processes[0].env["SCHOOLMARK_PORT"])
        assert port is not None
        for url in (line.cluster.url("scoring"), f"http://127.0.0.1:{port[0]}"):
            assert _applied(line.metrics(url)) > 0, "both scoring workers handle batches"
    for school_year in sample.manifest.years:
        edition = _certify_with_kills(line, school_year)
        assert line.content_fingerprint(edition) == reference.line.content_fingerprint(reference.editions[school_year])
    for topic in TOPICS:
        line.events(topic.name)  # asserts one body an id
    _no_mail_under_two_ids(line)


class _Pushing(threading.Thread):
    """Pushes the sample as patient clients do: a push that fails is sent again, which changes nothing twice."""

    def __init__(self, line: Line, sample: Sample) -> None:
        super().__init__(daemon=True)
        self._line = line
        self._pushes = [*story.directory(sample.folder)]
        for school_year in story.all_years(sample.manifest):
            self._pushes += story.year(sample.folder, school_year)
        self.done = 0
        self.retries = 0

    def run(self) -> None:
        for push in self._pushes:
            until = time.monotonic() + 120
            while True:
                try:
                    self._line.clients[push.client].submit(push.resource, push.path)
                    break
                except Refused:
                    assert time.monotonic() < until
                    self.retries += 1
                    time.sleep(0.3)
            self.done += 1

    def wait_for_more(self, files: int = 4) -> None:
        """Waits until some more files are in, and fails if the pushing has ended: a fault then hits nothing."""
        target = self.done + files
        while self.done < target:
            assert self.is_alive(), "the pushing ended before the fault"
            time.sleep(0.05)


def _kill_while_pushing(line: Line, pushing: _Pushing, service: str) -> None:
    pushing.wait_for_more()
    left = len(pushing._pushes) - pushing.done
    sys.stdout.write(f"kill -9 {service}: {left} files still to push\n")
    assert left > 0
    _supervisor(line).kill(service)


def _kill_with_backlog(line: Line, service: str) -> None:
    """Holds a service still until work has gathered before it, then kills it with that work undone."""
    _supervisor(line).send(service, signal.SIGSTOP)
    _kill_held(line, service)


def _kill_held(line: Line, service: str) -> None:
    seen: list[int] = []
    line.wait(f"work gathers before {service}", lambda: _noted(seen, line.backlog(service)) > 0)
    sys.stdout.write(f"kill -9 {service}: {seen[-1]} messages behind or unpublished\n")
    _supervisor(line).kill(service)


def _noted(seen: list[int], backlog: int) -> int:
    seen.append(backlog)
    return backlog


def _certify_with_kills(line: Line, school_year: str) -> str:
    """Certifies while every consumer is held still, then kills each with the edition's messages before it."""
    consumers = ("designation", "reportcard", "notify")
    for service in consumers:
        line.wait(f"{service} is ready", lambda name=service: _ready(line, name))  # type: ignore[misc]
        _supervisor(line).send(service, signal.SIGSTOP)
    edition = line.state.certify(school_year, "2025-09-15")
    for service in consumers:  # in the order of the line: what one gives is the work of the next
        _kill_held(line, service)
    line.state.wait_built(edition["edition_id"], seconds=180)
    return str(edition["edition_id"])


def _supervisor(line: Line) -> Supervisor:
    assert line.cluster.supervisor is not None
    return line.cluster.supervisor


def _ready(line: Line, service: str) -> bool:
    try:
        return httpx.get(f"{line.cluster.url(service)}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _applied(metrics: str) -> float:
    found = re.search(r'schoolmark_records_in_total\{outcome="applied",source="stream"\} (\S+)', metrics)
    return float(found[1]) if found else 0.0


def _no_mail_under_two_ids(line: Line) -> None:
    """One Message-ID a purpose and obligation: the same subject to the same address never has two ids."""
    line.wait("mails have left", lambda: len(line.cluster.mails) > 0)
    ids: dict[tuple[str | None, str | None], set[str | None]] = {}
    for path in line.cluster.mails:
        mail = message_from_bytes(path.read_bytes())
        ids.setdefault((mail["To"], mail["Subject"]), set()).add(mail["Message-ID"])
    assert Counter(len(found) for found in ids.values()).keys() == {1}
