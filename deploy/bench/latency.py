"""(c): how long a single push takes until a committed provisional score is made from it, at a steady rate."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.bench import pushes
from deploy.bench.figures import percentile
from deploy.bench.job import Job, Result
from deploy.bench.line import Line, dsn
from deploy.bench.load import Load
from deploy.bench.plan import Sample
from deploy.bench.processes import LOAD, Meter, Spent
from deploy.local.keys import STATE_CLIENT

RATES = (20, 200)  # pushes a second
CONNECTIONS = 32
_RESULTS = 6000  # other ones before one is pushed again
_WHOLE_YEAR_SECONDS = 7200.0  # a load that ends with the year it accompanies


@dataclass
class Latency:
    """Of one load: pushes, and percentiles in milliseconds; `late_ms`: how late the generator itself was, at worst."""

    rate: int
    pushes: int
    visible_p50_ms: float
    visible_p99_ms: float
    answered_p50_ms: float
    answered_p99_ms: float
    late_ms: float


class Pushing:
    """Steady loads of changed results on a line; each changes other values than the ones before."""

    def __init__(self, line: Line, meter: Meter, sample: Sample) -> None:
        self._line, self._meter, self._year = line, meter, sample.years[-1]
        self._results = pushes.results(sample, _RESULTS)
        self._rounds = 0

    def steady(self, rate: int, seconds: float) -> tuple[Latency, Spent]:
        """On a line at rest, for some time."""
        self._line.wait_settled()
        with self._meter.stage() as spent, Load(self._job(rate, seconds)) as load:
            found = self._told(rate, load)
        return found, spent

    @contextmanager
    def during(self, rate: int) -> Iterator[list[Latency]]:
        """While what is inside is done; the figures are there after it."""
        found: list[Latency] = []
        with Load(self._job(rate, _WHOLE_YEAR_SECONDS)) as load:
            yield found
            load.stop()
            found.append(self._told(rate, load))

    def _job(self, rate: int, seconds: float) -> Job:
        self._rounds += 1
        cluster = self._line.cluster
        schools = [push.school_id for push in self._results]
        return Job(
            url=cluster.url("ingest"),
            requests=pushes.changed(self._results, self._line.token(STATE_CLIENT), self._rounds),
            connections=CONNECTIONS,
            seconds=seconds,
            status=frozenset({200}),
            rate=rate,
            outcome="changed",
            schools=[*schools, *schools],
            database=dsn(cluster.database_url),
            school_year=self._year,
        )

    def _told(self, rate: int, load: Load) -> Latency:
        result = load.result()
        self._meter.add(LOAD, result.cpu_seconds, result.peak_mb)
        return latency(rate, result)


def latency(rate: int, result: Result) -> Latency:
    """The percentiles of a load."""

    def ms(times: list[float], share: float) -> float:
        return round(percentile(times, share) * 1000, 1)

    return Latency(
        rate,
        len(result.visible),
        ms(result.visible, 0.5),
        ms(result.visible, 0.99),
        ms(result.answered, 0.5),
        ms(result.answered, 0.99),
        round(result.latest_start * 1000, 1),
    )
