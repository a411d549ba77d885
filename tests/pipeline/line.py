"""A whole line for a test: five service processes on the real broker and database, in a namespace of its own."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from deploy import log, story
from deploy.client import Api
from deploy.local.cluster import PORTS, Cluster, Settings
from deploy.local.keys import STATE_CLIENT, district_client
from deploy.local.ports import free_port
from deploy.local.supervisor import Supervisor
from deploy.sample.manifest import Manifest
from shared.events.designations import DESIGNATIONS
from shared.events.editions import EDITIONS
from shared.runtime import database, inbox, outbox
from shared.vocabulary.identity import canonical, fingerprint

NOTIFIED_ON = "2025-09-15"


class Line:
    """What a test does with a running line."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        urls = {name: cluster.url(name) for name in PORTS if name not in ("kafka", "postgres", "mail")}
        self.clients = {name: Api(urls, name, secret) for name, secret in cluster.secrets.items()}
        self.state = self.clients[STATE_CLIENT]

    def district(self, district_id: str) -> Api:
        """The client of a district."""
        return self.clients[district_client(district_id)]

    def push(self, pushes: Sequence[story.Push]) -> dict[str, int]:
        """Pushes files in order; the reports' totals."""
        totals: dict[str, int] = {}
        for push in pushes:
            report = self.clients[push.client].submit(push.resource, push.path)
            for name in ("received", "new", "changed", "unchanged", "parked", "refused"):
                totals[name] = totals.get(name, 0) + int(report.get(name, 0))
        return totals

    def push_sample(self, folder: Path, manifest: Manifest) -> dict[str, int]:
        """Pushes a whole sample as its clients would."""
        return self.push(story.whole(folder, manifest))

    def certify(self, school_year: str, notified_on: str = NOTIFIED_ON) -> str:
        """Certifies and waits for the cards; the edition's id."""
        edition = self.state.certify(school_year, notified_on)
        self.state.wait_built(edition["edition_id"], seconds=120)
        return str(edition["edition_id"])

    def events(self, topic: str) -> list[dict[str, Any]]:
        """The events of a topic, duplicates of the relay dropped by id (which must have the same body)."""
        bodies: dict[str, dict[str, Any]] = {}
        for message in log.messages(self.cluster.bootstrap, [topic], self.namespace):
            if not (message.value or b"").startswith(b"{"):
                continue  # a test's own unreadable message
            event = json.loads(message.value or b"")
            known = bodies.setdefault(event["event_id"], event)
            assert known == event, f"{topic}: one id, two bodies"
        return list(bodies.values())

    def edition(self, edition_id: str) -> list[dict[str, Any]]:
        """The scored entities and designations of an edition."""
        found = [e for topic in (EDITIONS, DESIGNATIONS) for e in self.events(topic.name)]
        return [e for e in found if e.get("edition_id") == edition_id]

    def content_fingerprint(self, edition_id: str) -> str:
        """A fingerprint of what an edition says, without the ids that its cut gives it."""
        parts = []
        for event in self.edition(edition_id):
            if event["type"] in ("entity.scored", "school.designated"):
                said = {k: v for k, v in event.items() if k not in ("event_id", "edition_id")}
                parts.append(canonical(said).encode())
        assert parts, f"edition {edition_id} says nothing in {self.namespace}"
        return fingerprint(sorted(parts))

    def positions(self, service: str) -> dict[tuple[str, int], int]:
        """The inbox of a service."""
        return {(r.topic, r.part): r.next_offset for r in self.rows(service, sa.select(inbox.positions))}

    def backlog(self, service: str) -> int:
        """What a service has still to do: facts not yet published, and messages not yet handled."""
        unpublished = self.rows(service, sa.select(sa.func.count()).select_from(outbox.rows))[0][0]
        if service == "ingest":
            return int(unpublished)
        handled = self.positions(service)
        ends = log.ends(self.cluster.bootstrap, sorted({topic for topic, _ in handled}), self.namespace)
        return int(unpublished) + sum(ends[place] - handled.get(place, 0) for place in ends)

    def rows(self, service: str, query: Any) -> list[Any]:
        """Rows of a service's schema."""
        engine = database.engine_for(self.cluster.database_url, service, pool_size=1)
        try:
            with engine.connect() as connection:
                return list(connection.execute(query).all())
        finally:
            engine.dispose()

    def wait(self, what: str, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Waits until a condition holds; fails with what was waited for."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"{what}: not within {seconds:.0f} s"
            time.sleep(0.2)

    def second_scoring_worker(self, folder: Path) -> Supervisor:
        """A second scoring process in the same consumer group (a context manager)."""
        port = free_port()
        second = replace(self.cluster.service_process("scoring", "scoring-1", port), log=folder / "scoring-1.log")
        supervisor = Supervisor([second])
        supervisor.start()
        supervisor.wait_ready({"scoring-1": f"http://127.0.0.1:{port}/readyz"})
        return supervisor

    def metrics(self, url: str) -> str:
        """The metrics text of a process."""
        return httpx.get(f"{url}/metrics", timeout=10).text


@contextmanager
def started(
    folder: Path,
    namespace: str,
    districts: Sequence[str],
    kafka: str | None,
    database_url: str | None,
    state: str = "ms",
) -> Iterator[Line]:
    """A line on given servers (or, with None, on servers of its own that a test may kill)."""
    settings = Settings(
        state=state,
        districts=tuple(districts),
        kafka=kafka,
        database_url=database_url,
        ports=dict.fromkeys(PORTS, 0),
        environment={"SCHOOLMARK_NAMESPACE": namespace},
    )
    with Cluster(folder, settings) as cluster:
        yield Line(cluster, namespace)


def body(path: Path, number: int = 0) -> dict[str, Any]:
    """The record at a line of an NDJSON file."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8").splitlines()[number])
    return found
