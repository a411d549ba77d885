"""(d) single durable pushes and (e) a cached card, as many as a door answers, and beside each the barest server."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx
import psycopg

from deploy.bench import pushes
from deploy.bench.figures import NotMeasured, percentile
from deploy.bench.job import Job, Result, request
from deploy.bench.line import Line, dsn
from deploy.bench.load import Load
from deploy.bench.plan import Sample
from deploy.bench.processes import LOAD, Meter, Spent
from deploy.local import child, ports

CONNECTIONS = 32
LONGEST_SECONDS = 30.0  # a rate needs no minutes
_MOST_A_SECOND = 4000  # so many new records are made ready for each second


@dataclass(frozen=True)
class Rate:
    """Requests (or commits) a second, and percentiles of the answers in milliseconds."""

    a_second: float
    p50_ms: float
    p99_ms: float
    count: int


def single_pushes(line: Line, meter: Meter, sample: Sample, seconds: float) -> tuple[Rate, Spent]:
    """(d): new absences, one a request, over 32 connections; each answer comes after its commit."""
    line.wait_settled()
    tokens = {name: line.token(name) for name in line.clients}
    made = pushes.absences(sample, tokens, int(seconds * _MOST_A_SECOND))
    url = line.cluster.url("ingest")
    return _driven(meter, Job(url, made, CONNECTIONS, seconds, frozenset({201}), outcome="new"))


def commits(line: Line, connections: int, seconds: float) -> Rate:
    """The floor of (d): a small row and its commit, again and again, over some connections."""
    with line.connect() as connection:
        connection.execute("create table public.bench_commits (at double precision)")
        try:
            times = asyncio.run(_committed(dsn(line.cluster.database_url), connections, seconds))
        finally:
            connection.execute("drop table public.bench_commits")
    return _rate(times, seconds)


def card(line: Line, meter: Meter, school_id: str, seconds: float) -> tuple[Rate, Spent, Rate, Spent]:
    """(e): one school's page over connections that stay open; then its bytes from a bare application."""
    path = f"/schools/{school_id}"
    url = line.cluster.url("reportcard")
    page = httpx.get(url + path, headers={"Accept-Encoding": "identity"})
    if page.status_code != 200:
        raise NotMeasured(f"the card of a school answered {page.status_code}")
    asked = [request("GET", path, {"Accept": "text/html"})]
    job = Job(url, asked, CONNECTIONS, seconds, frozenset({200}), again=True)
    found, spent = _driven(meter, job)
    with _static(line.cluster.folder / "static", page) as (static, pid), meter.also("static", pid):
        floor, floor_spent = _driven(meter, Job(static, asked, CONNECTIONS, seconds, frozenset({200}), again=True))
    return found, spent, floor, floor_spent


def a_school(sample: Sample) -> str:
    """A school from the middle of the directory."""
    lines = (sample.folder / "state" / "schools.ndjson").read_text("utf-8").splitlines()
    return str(json.loads(lines[len(lines) // 2])["schoolId"])


def _driven(meter: Meter, job: Job) -> tuple[Rate, Spent]:
    with meter.stage() as spent, Load(job) as load:
        result: Result = load.result()
        meter.add(LOAD, result.cpu_seconds, result.peak_mb)
    return _rate(result.answered, result.seconds), spent


def _rate(times: Sequence[float], seconds: float) -> Rate:
    p50, p99 = (round(percentile(times, share) * 1000, 2) for share in (0.5, 0.99))
    return Rate(round(len(times) / seconds, 1), p50, p99, len(times))


async def _committed(database: str, connections: int, seconds: float) -> list[float]:
    times: list[float] = []

    async def commit(until: float) -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            began = monotonic()
            while began < until:
                await connection.execute("insert into public.bench_commits values (%s)", (began,))
                ended = monotonic()
                times.append(ended - began)
                began = ended

    await asyncio.gather(*(commit(monotonic() + seconds) for _ in range(connections)))
    return times


@contextmanager
def _static(folder: Path, page: httpx.Response) -> Iterator[tuple[str, int]]:
    """The same bytes and headers from a bare application, served as every service is; its address and process."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "body").write_bytes(page.content)
    (folder / "headers.json").write_text(json.dumps([*page.headers.items()]))
    port = ports.free_port()
    command = [sys.executable, "-m", "deploy.bench.static", str(folder), str(port)]
    process = child.spawn(command, folder / "static.log")
    try:
        until = monotonic() + 30
        while not ports.is_listening(port):
            sleep(0.1)
            if process.poll() is not None or monotonic() > until:
                raise NotMeasured(f"the bare application did not start. {child.said(folder / 'static.log')}")
        yield f"http://{ports.HOST}:{port}", process.pid
    finally:
        child.end(process)
