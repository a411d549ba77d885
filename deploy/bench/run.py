"""One run of the bench: which stages, in which order, and what becomes of one that fails."""

import fcntl
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from deploy import show, story
from deploy.bench import floors, year
from deploy.bench.figures import NotMeasured
from deploy.bench.line import Line
from deploy.bench.plan import STATE, Plan, Sample
from deploy.bench.processes import Meter
from deploy.bench.report import Report, Row, costs, spent
from deploy.bench.year import FullYear, Moving
from deploy.client import Refused
from deploy.local.cluster import require_space, telling_a_full_disk

_STAGES = {year.PUSH: "pushed over HTTP", year.DRAIN: "worked off by scoring", year.CARDS: "certified, cards built"}
_FLOORS = {floors.DECODE: "JSON decoded", floors.KAFKA: "Kafka in and out", floors.COPY: "COPY into PostgreSQL"}


def run(plan: Plan, console: Console) -> Report:
    """Measures what the plan names, shows the tables, writes the file. Raises NotMeasured at the end if one failed."""
    require_space(plan.folder)
    bench = _Bench(plan, console, Report(sys.argv))
    with _alone(plan.folder), telling_a_full_disk(plan.folder):
        if set(plan.only) - {"f"}:
            bench.main_line()
    report = bench.report
    report.write(plan.out)
    report.show(console)
    costs(console, bench.cpu, bench.peaks)
    show.say(console, f"written to {plan.out}")
    if report.failed:
        raise NotMeasured(f"not measured: {', '.join(sorted(report.failed))}; the table says why")
    return report


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder, whose line is removed at every start. Raises NotMeasured when another bench has it."""
    with (folder / "bench.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotMeasured(f"another bench runs in {folder}; choose another --folder") from None
        yield


class _Bench:
    """One run's line, its figures so far and the costs of its processes."""

    def __init__(self, plan: Plan, console: Console, report: Report) -> None:
        self.plan, self.report, self._console = plan, report, console
        self.cpu: dict[str, Mapping[str, float]] = {}
        self.peaks: Mapping[str, float] = {}
        self._say: Callable[[str], None] = show.line(console)

    def main_line(self) -> None:
        """Every stage but (f), on one line."""
        sample = self.plan.sample(self.plan.sizes(), self._say)
        with self._line(sample) as (line, meter):
            with self._stage("a"):
                self._full_year(line, meter, sample)
            if "a" not in self.report.failed:
                with self._stage("b"):
                    self._certify(line, meter, sample)
            self.peaks = meter.peak_mb()
            self.report.figures["peak_mb"] = self.peaks

    def _full_year(self, line: Line, meter: Meter, sample: Sample) -> None:
        found = year.first_year(line, meter, sample, self._watch)
        self._note("a", found)
        paths = [*story.directory(sample.folder), *story.year(sample.folder, found.school_year)]
        self._say("the floor of (a): decoding, Kafka and COPY of the same bytes")
        floor = floors.of_year(line, meter, [push.path for push in paths])
        total = sum(each.seconds for each in floor.values())
        self.report.seconds("a", "seconds", f"{found.records:,} records, HTTP to cards", found.seconds, total)
        for name, each in found.stages.items():
            self.report.seconds("a", f"{name}_seconds", f"  {_STAGES[name]}", each.seconds)
        for name, each in floor.items():
            self.report.add(
                Row("a", f"  floor: {_FLOORS[name]}", "", f"{each.seconds:,.2f} s"), **{f"floor_{name}": spent(each)}
            )

    def _certify(self, line: Line, meter: Meter, sample: Sample) -> None:
        for school_year in sample.years[:-1]:
            self._note("b", year.other_year(line, meter, sample, school_year, self._watch), f"load {school_year}")
        self._say("certify with all years in")
        found = year.certify(line, meter, sample)
        self.cpu["b"] = found.cpu_seconds
        self.report.seconds("b", "seconds", f"certify to cards, {len(sample.years)} years in", found.seconds)
        self.report.figures["b"]["certify"] = spent(found)

    def _note(self, stage: str, found: FullYear, name: str = "") -> None:
        self.cpu[name or stage] = found.cpu_seconds
        self._say(f"{found.school_year}: {found.records:,} records in {found.seconds:.1f} s")

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        """What fails is told in the table; the stages after it go on."""
        try:
            yield
        except (NotMeasured, Refused) as error:
            self.report.fail(name, str(error))

    @contextmanager
    def _line(self, sample: Sample) -> Iterator[tuple[Line, Meter]]:
        """An empty line in a folder that is removed after; kept when it failed."""
        folder = self.plan.folder / "line"
        shutil.rmtree(folder, ignore_errors=True)
        self._say("starting a line")
        with Line(folder, STATE, story.districts(sample.folder)) as line, Meter(line.cluster) as meter:
            yield line, meter
        if not self.report.failed:
            shutil.rmtree(folder)

    @contextmanager
    def _watch(self, what: str, total: int) -> Iterator[Moving]:
        with show.progress_bar(self._console) as progress:
            task = progress.add_task(what, total=total)
            yield lambda more: progress.advance(task, more)
