"""One run of the bench: which stages, in which order, and what becomes of one that fails."""

import fcntl
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import httpx
import psycopg
from kafka.errors import KafkaError
from rich.console import Console

from deploy import show, story
from deploy.bench import sizes
from deploy.bench.figures import NotMeasured
from deploy.bench.line import Line
from deploy.bench.plan import STATE, Plan, Sample
from deploy.bench.processes import Meter
from deploy.bench.report import Report
from deploy.bench.stages import Stages
from deploy.bench.year import Moving
from deploy.client import Refused
from deploy.local.cluster import require_space, telling_a_full_disk
from deploy.local.errors import CannotStart


def run(plan: Plan, console: Console) -> Report:
    """Measures what the plan names, shows the tables, writes the file. Raises NotMeasured at the end if one failed."""
    require_space(plan.folder)
    bench = _Bench(plan, console)
    with _alone(plan.folder), telling_a_full_disk(plan.folder):
        try:
            if set(plan.only) - {"f"}:
                bench.main_line()
            if "f" in plan.only:
                bench.all_sizes()
        finally:
            bench.report.write(plan.out)  # whatever ends it: half an hour's figures are not lost
    bench.report.show(console)
    show.say(console, f"written to {plan.out}")
    if bench.report.failed:
        raise NotMeasured(f"not measured: {', '.join(sorted(bench.report.failed))}; the table says why")
    return bench.report


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
    """One run, and what it found so far."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.report = Report(sys.argv)
        self._plan, self._console = plan, console
        self._say: Callable[[str], None] = show.line(console)
        self._points: list[sizes.Point] = []

    def main_line(self) -> None:
        """Every stage but (f), on one line; what a stage needs is done, though not told, when only others are asked."""
        sample, only = self._plan.sample(self._plan.sizes(), self._say), set(self._plan.only)
        with self._line(sample) as (line, meter):
            stages = Stages(self._plan, self.report, line, meter, sample, self._watch)
            self._measure(stages, only)
            self.report.peak_mb = meter.peak_mb()
            if stages.point:
                self._points.append(stages.point)

    def _measure(self, stages: Stages, only: set[str]) -> None:
        if not self._done("a", "a full year, and its floor", stages.full_year):
            return
        if only & {"b", "c"} and not self._done("b", "the years before it", stages.other_years):
            return
        for name, what, measure in (
            ("b", "certify with all years in, and an analyst's ways", stages.certify),
            ("c", "single pushes at a steady rate", stages.steady_pushes),
            ("d", "single pushes, as many as it takes, and bare commits", stages.single_pushes),
            ("e", "a cached card, and static bytes", stages.cached_card),
            ("g", "a backlog, drained by one, two and four workers", stages.several_workers),
        ):
            if name in only:
                self._done(name, what, measure)

    def all_sizes(self) -> None:
        """(f): lines of their own, and the main line where (a) and (b) were measured on it."""
        if not all(
            self._done("f", f"{each:g}/16 of the state", partial(self._size, each)) for each in self._plan.multiples()
        ):
            return
        points = sorted(self._points, key=lambda each: each.records)
        for each in points:
            what = f"{each.districts} districts, {each.schools} schools: {each.records:,} records"
            told = f"{each.seconds:,.1f} s, certify {each.certify_seconds:,.1f} s"
            self.report.figure("f", what, told)
        self._done("f", "the exponents", lambda: self._exponents(points))

    def _size(self, multiple: float) -> None:
        sample = self._plan.sample(self._plan.part(multiple), self._say)
        with self._line(sample) as (line, meter):
            self._points.append(sizes.point(line, meter, sample, self._watch))

    def _exponents(self, points: list[sizes.Point]) -> None:
        of_year, of_certify = sizes.exponents(points)
        self.report.figure("f", "exponent of (a) and of (b)", f"{of_year:.2f}, {of_certify:.2f}")
        self.report.note("f", exponent_a=of_year, exponent_b=of_certify, points=[asdict(each) for each in points])

    def _done(self, name: str, what: str, measure: Callable[[], object]) -> bool:
        """Does a stage; what fails is told in the table, in a sentence."""
        self._say(f"({name}) {what}")
        try:
            with telling_a_full_disk(self._plan.folder):
                measure()
        except (NotMeasured, Refused, CannotStart) as error:
            self.report.fail(name, str(error))
        except (psycopg.Error, KafkaError, httpx.HTTPError, OSError) as error:
            self.report.fail(name, f"a server of the line did not answer ({type(error).__name__}); see its logs")
        return name not in self.report.failed

    @contextmanager
    def _line(self, sample: Sample) -> Iterator[tuple[Line, Meter]]:
        """An empty line, whose folder is removed after it; kept when something failed on it."""
        folder = self._plan.folder / "line"
        shutil.rmtree(folder, ignore_errors=True)
        with Line(folder, STATE, story.districts(sample.folder)) as line, Meter(line.cluster) as meter:
            yield line, meter
        if not self.report.failed:
            shutil.rmtree(folder)

    @contextmanager
    def _watch(self, what: str, total: int) -> Iterator[Moving]:
        with show.progress_bar(self._console) as progress:
            task = progress.add_task(what, total=total)
            yield lambda more: progress.advance(task, more)
