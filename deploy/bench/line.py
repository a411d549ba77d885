"""A line of its own for the bench, on free ports: pushes as real clients do, and sees when it has worked all off."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy.engine import make_url

from deploy import story
from deploy.bench.figures import NotMeasured
from deploy.client import Api
from deploy.local.cluster import PORTS, Cluster, Settings
from deploy.local.keys import STATE_CLIENT
from deploy.local.processes import SERVICES
from shared.events.sis import SIS

AT_ONCE = 4  # districts that push at the same time: as many files as ingest reads at once
LONGEST_SECONDS = 3600.0
_LOOK_SECONDS = 0.05
_OUTCOMES = ("received", "new", "changed", "unchanged", "parked", "refused")
Moved = Callable[[int], None]


class Line:
    """`with Line(folder, state, districts) as line:` gives an empty line, and ends it after."""

    def __init__(self, folder: Path, state: str, districts: Sequence[str]) -> None:
        given = Settings.from_environment(state, districts)  # workers and partitions; servers and ports are its own
        own = replace(given, kafka=None, database_url=None, ports=dict.fromkeys(PORTS, 0))
        self.cluster = Cluster(folder, own)
        self.clients: dict[str, Api] = {}

    @property
    def state(self) -> Api:
        """The state's client."""
        return self.clients[STATE_CLIENT]

    def token(self, client: str) -> str:
        """A new access token, good for as long as one can be."""
        return Api({"ingest": self.cluster.url("ingest")}, client, self.cluster.secrets[client]).token()

    def push(self, pushes: Sequence[story.Push], moved: Moved) -> dict[str, int]:
        """Pushes files in the story's order, some districts at once; the totals of the reports."""
        totals = dict.fromkeys(_OUTCOMES, 0)
        with ThreadPoolExecutor(AT_ONCE, "bench-push") as pool:
            for side_by_side in _phases(pushes):
                for found in pool.map(lambda each: self._push_in_order(each, moved), side_by_side):
                    for name, count in found.items():
                        totals[name] += count
        return totals

    def _push_in_order(self, pushes: Sequence[story.Push], moved: Moved) -> dict[str, int]:
        totals = dict.fromkeys(_OUTCOMES, 0)
        for push in pushes:
            report = self.clients[push.client].submit(push.resource, push.path, _onwards(moved))
            for name in totals:
                totals[name] += int(report.get(name, 0))
        return totals

    def wait_drained(self) -> None:
        """Waits until ingest has published all, and scoring has read all."""
        wait("the line did not work off what it was given", self._is_drained)

    def wait_settled(self) -> None:
        """Waits until, beyond that, every touched school was scored and every fact published."""
        self.wait_drained()
        wait("touched schools were not all scored", self._is_settled)

    def certify(self, school_year: str) -> str:
        """Certifies and waits until every card is built; the edition's id."""
        edition_id = self.state.certify(school_year, f"{school_year[:2]}{school_year[-2:]}-09-15")["edition_id"]

        def is_built() -> bool:
            listed = self.state.get("reportcard", "/api/editions")
            return any(each["edition_id"] == edition_id and each["state"] in ("built", "released") for each in listed)

        wait(f"the cards of {school_year} were not built", is_built)
        return str(edition_id)

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to the line's database, each statement its own transaction."""
        return psycopg.connect(dsn(self.cluster.database_url), autocommit=True)

    def _is_drained(self) -> bool:
        if self._sql.execute("select exists (select from ingest.outbox)").fetchone() != (False,):
            return False
        names = [topic.name for topic in SIS]
        places = [TopicPartition(name, part) for name in names for part in self._kafka.partitions_for_topic(name) or ()]
        ends = self._kafka.end_offsets(places)
        read = {(t, p): at for t, p, at in self._sql.execute("select topic, part, next_offset from scoring.inbox")}
        return all(read.get((place.topic, place.partition), 0) >= end for place, end in ends.items())

    def _is_settled(self) -> bool:
        queues = " union all ".join(
            f"(select 1 from {table} limit 1)"
            for table in ("scoring.touched_schools", *(f"{service}.outbox" for service in SERVICES))
        )
        return self._sql.execute(queues).fetchone() is None

    def __enter__(self) -> Self:
        self.cluster.start()
        urls = {name: self.cluster.url(name) for name in SERVICES}
        self.clients = {name: Api(urls, name, secret) for name, secret in self.cluster.secrets.items()}
        self._sql = self.connect()
        self._kafka = KafkaConsumer(bootstrap_servers=self.cluster.bootstrap, enable_auto_commit=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sql.close()
        self._kafka.close()
        self.cluster.stop()


def dsn(database_url: str) -> str:
    """A database address as the driver itself takes it."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _phases(pushes: Sequence[story.Push]) -> Iterator[list[list[story.Push]]]:
    """What may go side by side: each district's files in order. The state's, and who is late, wait for those before."""
    by_place = itertools.groupby(pushes, key=lambda push: (push.path.parents[2].name, push.client == STATE_CLIENT))
    for _, phase in by_place:
        yield [list(files) for _, files in itertools.groupby(phase, key=lambda push: push.client)]


def _onwards(moved: Moved) -> Callable[[int, int], None]:
    """Tells how many more of a file are done, of a client that tells how many are."""
    before = 0

    def told(done: int, _: int) -> None:
        nonlocal before
        if done > before:
            moved(done - before)
            before = done

    return told


def wait(what: str, is_done: Callable[[], bool]) -> None:
    """Waits until something is done. Raises NotMeasured with what was waited for when it takes an hour."""
    until = time.monotonic() + LONGEST_SECONDS
    while not is_done():
        if time.monotonic() > until:
            raise NotMeasured(f"{what} within {LONGEST_SECONDS:.0f} s; see the logs of the services")
        time.sleep(_LOOK_SECONDS)
