"""What the fault tests do to a line: push like patient clients, hold and kill with work undone, and check the mails."""

import re
import signal
import sys
import threading
import time
from email import message_from_bytes

import httpx
import sqlalchemy as sa

from deploy import story
from deploy.client import Refused
from deploy.local.supervisor import Supervisor
from shared.events.catalog import TOPICS
from shared.runtime import inbox
from tests.pipeline.line import NOTIFIED_ON, Line
from tests.pipeline.samples import Sample

CONSUMERS = ("designation", "reportcard", "notify")


class Pushing(threading.Thread):
    """Pushes the sample as patient clients do: a push that fails is sent again, which changes nothing twice."""

    def __init__(self, line: Line, sample: Sample) -> None:
        super().__init__(daemon=True)
        self._line = line
        self._pushes = story.whole(sample.folder, sample.manifest)
        self.done = 0
        self.records = 0
        self.retries = 0

    def run(self) -> None:
        for push in self._pushes:
            until = time.monotonic() + 120
            while True:
                try:
                    report = self._line.clients[push.client].submit(push.resource, push.path)
                    self.records += int(report["received"])
                    break
                except Refused:
                    assert time.monotonic() < until
                    self.retries += 1
                    time.sleep(0.3)
            self.done += 1

    @property
    def left(self) -> int:
        """Files still to push."""
        return len(self._pushes) - self.done

    def finish(self) -> None:
        """Waits for the end, and fails unless every file went in."""
        self.join()
        assert self.done == len(self._pushes), "the pushing gave up"

    def wait_for_more(self, files: int = 4) -> None:
        """Waits until some more files are in, and fails if the pushing has ended: a fault then hits nothing."""
        target = self.done + files
        while self.done < target:
            assert self.is_alive(), "the pushing ended before the fault"
            time.sleep(0.05)


def kill_while_pushing(line: Line, pushing: Pushing, service: str) -> None:
    pushing.wait_for_more()
    left = pushing.left
    sys.stdout.write(f"kill -9 {service}: {left} files still to push\n")
    assert left > 0
    supervisor_of(line).kill(service)


def kill_with_backlog(line: Line, service: str) -> None:
    """Holds a service still until work has gathered before it, then kills it with that work undone."""
    supervisor_of(line).send(service, signal.SIGSTOP)
    _kill_held(line, service)


def _kill_held(line: Line, service: str) -> None:
    seen: list[int] = []
    line.wait(f"work gathers before {service}", lambda: _noted(seen, line.backlog(service)) > 0)
    sys.stdout.write(f"kill -9 {service}: {seen[-1]} messages behind or unpublished\n")
    supervisor_of(line).kill(service)


def _noted(seen: list[int], backlog: int) -> int:
    seen.append(backlog)
    return backlog


def certify_with_kills(line: Line, school_year: str) -> str:
    """Certifies while every consumer is held still, then kills each with the edition's messages before it."""
    for service in CONSUMERS:
        line.wait(f"{service} is ready", lambda name=service: ready(line, name))  # type: ignore[misc]
        supervisor_of(line).send(service, signal.SIGSTOP)
    edition = line.state.certify(school_year, NOTIFIED_ON)
    for service in CONSUMERS:  # in the order of the line: what one gives is the work of the next
        _kill_held(line, service)
    line.wait("reportcard answers again", lambda: ready(line, "reportcard"))
    line.state.wait_built(edition["edition_id"], seconds=180)
    return str(edition["edition_id"])


def supervisor_of(line: Line) -> Supervisor:
    assert line.cluster.supervisor is not None
    return line.cluster.supervisor


def ready(line: Line, service: str) -> bool:
    try:
        return httpx.get(f"{line.cluster.url(service)}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def applied(metrics: str) -> float:
    found = re.search(r'schoolmark_records_in_total\{outcome="applied",source="stream"\} (\S+)', metrics)
    return float(found[1]) if found else 0.0


def no_id_twice(line: Line) -> None:
    """No id with two bodies in any topic, and none applied twice by scoring."""
    ids = {topic.name: {event["event_id"] for event in line.events(topic.name)} for topic in TOPICS}
    line.wait("scoring has caught up", lambda: line.backlog("scoring") == 0)
    applied_ids = line.rows("scoring", sa.select(sa.func.count()).select_from(inbox.applied))[0][0]
    assert applied_ids == sum(len(found) for name, found in ids.items() if name.startswith("sis."))


def no_mail_under_two_ids(line: Line) -> None:
    """The same subject to the same address never has two Message-IDs; a mail sent twice keeps its one."""
    line.wait("mails have left", lambda: len(line.cluster.mails) > 0)
    ids: dict[tuple[str | None, str | None], set[str | None]] = {}
    for path in line.cluster.mails:
        mail = message_from_bytes(path.read_bytes())
        ids.setdefault((mail["To"], mail["Subject"]), set()).add(mail["Message-ID"])
    assert {len(found) for found in ids.values()} == {1}
