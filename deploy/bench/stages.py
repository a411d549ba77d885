"""Stages (a) to (e) and (g) on one line, in the order in which records come in; each adds its figures to the report."""

from contextlib import nullcontext
from dataclasses import asdict

from deploy import story
from deploy.bench import analyst, doors, floors, latency, sizes, workers, year
from deploy.bench.line import Line
from deploy.bench.plan import Plan, Sample
from deploy.bench.processes import Meter, Spent
from deploy.bench.report import Report
from deploy.bench.year import FullYear, Watch

_STAGES = {year.PUSH: "pushed over HTTP", year.DRAIN: "worked off by scoring", year.CARDS: "certified, cards built"}
_FLOORS = {floors.DECODE: "JSON decoded", floors.KAFKA: "Kafka in and out", floors.COPY: "COPY into PostgreSQL"}
_WAYS = {analyst.SQL_WAY: "plain SQL", analyst.POLARS_WAY: "Polars"}


class Stages:
    """A line and what was found on it so far."""

    def __init__(self, plan: Plan, report: Report, line: Line, meter: Meter, sample: Sample, watch: Watch) -> None:
        self._plan, self._report, self._line, self._meter = plan, report, line, meter
        self._sample, self._watch = sample, watch
        self.point: sizes.Point | None = None  # for (f), once (a) and (b) are measured
        self._first: FullYear | None = None
        self._records = 0
        self._pushing: latency.Pushing | None = None

    def full_year(self) -> FullYear:
        """(a), its parts, and the floor on the same bytes."""
        found = self._first = year.first_year(self._line, self._meter, self._sample, self._watch)
        self._records = found.records
        if "a" not in self._plan.only:
            return found
        pushed = [*story.directory(self._sample.folder), *story.year(self._sample.folder, found.school_year)]
        parts = floors.of_year(self._line, self._meter, [push.path for push in pushed])
        floor = sum(spent.seconds for spent in parts.values())
        self._report.seconds(
            "a", "seconds", f"{found.records:,} records, from the first byte to cards", found.seconds, floor
        )
        for name, spent in found.stages.items():
            self._report.seconds("a", f"{name}_seconds", f"  {_STAGES[name]}", spent.seconds)
        for name, spent in parts.items():
            self._report.floor("a", f"floor_{name}", f"  floor: {_FLOORS[name]}", spent)
        floor_cpu = year.summed(spent.cpu_seconds for spent in parts.values())
        cpu = sum(found.cpu_seconds.values()), sum(floor_cpu.values())
        self._report.seconds("a", "cpu_seconds", "  processor seconds of all processes", *cpu)
        rate = found.records / found.seconds
        self._report.figure("a", f"  {found.bytes / 2**20:,.0f} MB", f"{rate:,.0f} records/s", records_per_second=rate)
        self._report.note("a", records=found.records, bytes=found.bytes)
        self._report.cost("a", found.cpu_seconds)
        self._report.cost("a floor", floor_cpu)
        return found

    def other_years(self) -> None:
        """The years before, one after the other; with (c) each under a steady load of single pushes."""
        rates = list(latency.RATES) if "c" in self._plan.only else []
        for school_year in self._sample.years[:-1]:
            rate = rates.pop(0) if rates else 0
            loaded = self._pushes().during(rate) if rate else nullcontext(list[latency.Latency]())
            with loaded as beside:
                found = year.other_year(self._line, self._meter, self._sample, school_year, self._watch)
            self._records += found.records
            what = f"{found.records:,} more of {school_year}" + (f", beside {rate} pushes/s" if rate else "")
            self._report.seconds("b", f"load_{school_year}_seconds", what, found.seconds)
            self._report.cost(school_year, found.cpu_seconds)
            for each in beside:
                self._latency(each, f"during {school_year}")

    def certify(self) -> Spent:
        """(b), beside an analyst's two ways."""
        found = year.certify(self._line, self._meter, self._sample)
        ways = analyst.ways(self._line, self._meter, *self._sample.years[-2:])
        years = len(self._sample.years)
        for name, spent in ways.items():
            what = f"certify to cards, {years} years in; floor: {_WAYS[name]}"
            self._report.seconds("b", f"{name}_way", what, found.seconds, spent.seconds)
            self._report.cost(f"b {name}", spent.cpu_seconds)
        if self._first:
            self.point = sizes.of(self._sample, self._first, self._records, found)
        self._report.note("b", seconds=found.seconds, years=years)
        self._report.cost("b", found.cpu_seconds)
        return found

    def steady_pushes(self) -> None:
        """(c) on a line at rest."""
        for rate in latency.RATES:
            found, spent = self._pushes().steady(rate, self._plan.seconds)
            self._latency(found, "at rest")
            self._report.cost(f"c {rate}", spent.cpu_seconds)

    def single_pushes(self) -> None:
        """(d), beside bare commits."""
        seconds = min(self._plan.seconds, doors.LONGEST_SECONDS)
        found, spent = doors.single_pushes(self._line, self._meter, self._sample, seconds)
        for connections in (doors.CONNECTIONS, 1):
            floor = doors.commits(self._line, connections, seconds / 2)
            what = f"single pushes, {doors.CONNECTIONS} connections; floor: commits over {connections}"
            self._report.rate("d", f"commits_{connections}", what, found.a_second, floor.a_second)
            self._report.note("d", **{f"floor_commits_{connections}": asdict(floor)})
        self._report.percentiles("d", "  until answered", found.p50_ms, found.p99_ms)
        self._report.note("d", pushes=asdict(found))
        self._report.each("d", "ingest", "  processor time of ingest a push", _each(spent, "ingest", found))
        self._report.cost("d", spent.cpu_seconds)

    def cached_card(self) -> None:
        """(e), beside the same bytes from a bare application."""
        assert self._first is not None
        self._line.state.release(self._first.edition_id)
        seconds = min(self._plan.seconds, doors.LONGEST_SECONDS)
        school = doors.a_school(self._sample)
        found, spent, floor, floor_spent = doors.card(self._line, self._meter, school, seconds)
        self._report.rate("e", "card", "one card over HTTP; floor: static bytes", found.a_second, floor.a_second)
        costs = _each(spent, "reportcard", found), _each(floor_spent, "static", floor)
        self._report.each("e", "reportcard", "  processor time of the server a card", *costs)
        self._report.note("e", card=asdict(found), floor=asdict(floor))
        self._report.cost("e", spent.cpu_seconds)
        self._report.cost("e static", floor_spent.cpu_seconds)

    def several_workers(self) -> None:
        """(g), beside one process that reads and copies the same messages raw."""
        work = workers.backlog(self._line)
        floor = workers.floor(self._line, self._meter, work)
        for count in workers.COUNTS:
            found = workers.drained(self._line, self._meter, work, count)
            what = f"{work.records:,} records worked off by {count} scoring worker(s); floor: read and copied raw"
            rate, messages = work.records / found.spent.seconds, ", ".join(f"{n:,}" for n in found.messages.values())
            self._report.rate("g", f"workers_{count}", what, rate, work.records / floor.seconds)
            self._report.figure("g", "  messages of each worker", messages)
            self._report.note("g", **{f"messages_{count}": found.messages, f"seconds_{count}": found.spent.seconds})
            self._report.cost(f"g {count}", found.spent.cpu_seconds)
        self._report.note("g", records=work.records)
        self._report.cost("g floor", floor.cpu_seconds)

    def _pushes(self) -> latency.Pushing:
        if self._pushing is None:
            self._pushing = latency.Pushing(self._line, self._meter, self._sample)
        return self._pushing

    def _latency(self, found: latency.Latency, when: str) -> None:
        what = f"{found.pushes:,} pushes, {found.rate} a second, {when}: until visible"
        self._report.percentiles("c", what, found.visible_p50_ms, found.visible_p99_ms)
        self._report.percentiles("c", "  until answered", found.answered_p50_ms, found.answered_p99_ms)
        self._report.note("c", **{f"{when} {found.rate}": asdict(found)})


def _each(spent: Spent, process: str, found: doors.Rate) -> float:
    """Processor milliseconds of a process for each request."""
    return spent.cpu_seconds.get(process, 0.0) * 1000 / found.count
