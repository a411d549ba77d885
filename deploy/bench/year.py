"""(a) a full year from HTTP to cards on an empty line, and (b) certify until every card is built with all years in."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from deploy import story
from deploy.bench.figures import NotMeasured
from deploy.bench.line import Line
from deploy.bench.plan import Sample
from deploy.bench.processes import Meter, Spent

PUSH, DRAIN, CARDS = "push", "drain", "cards"


class Watch(Protocol):
    """Shows how far a push is."""

    def __call__(self, what: str, total: int) -> "AbstractContextManager[Moving]": ...


class Moving(Protocol):
    """Moves on by some records."""

    def __call__(self, more: int) -> None: ...


@dataclass(frozen=True)
class FullYear:
    """A year's records and the stages they went through; `edition_id` is empty where none was certified."""

    school_year: str
    records: int
    bytes: int
    stages: dict[str, Spent]
    edition_id: str = ""

    @property
    def seconds(self) -> float:
        """From the first byte to the last stage's end."""
        return sum(spent.seconds for spent in self.stages.values())

    @property
    def cpu_seconds(self) -> dict[str, float]:
        """Processor seconds by process, over all stages."""
        return summed(spent.cpu_seconds for spent in self.stages.values())


def first_year(line: Line, meter: Meter, sample: Sample, watch: Watch) -> FullYear:
    """(a): the directory and the newest year, pushed, worked off and certified on an empty line."""
    school_year = sample.years[-1]
    pushes = [*story.directory(sample.folder), *story.year(sample.folder, school_year)]
    taken = _pushed(line, meter, sample, school_year, pushes, watch)
    with meter.stage() as cards:
        edition_id = line.certify(school_year)
    return FullYear(school_year, taken.records, taken.bytes, {**taken.stages, CARDS: cards}, edition_id)


def other_year(line: Line, meter: Meter, sample: Sample, school_year: str, watch: Watch) -> FullYear:
    """One more year, pushed and worked off."""
    return _pushed(line, meter, sample, school_year, list(story.year(sample.folder, school_year)), watch)


def certify(line: Line, meter: Meter, sample: Sample) -> Spent:
    """(b): certify the newest year until every card is built, on a line at rest."""
    line.wait_settled()
    with meter.stage() as spent:
        line.certify(sample.years[-1])
    return spent


def summed(costs: Iterable[dict[str, float]]) -> dict[str, float]:
    """Processor seconds by process, added."""
    totals: dict[str, float] = {}
    for each in costs:
        for name, seconds in each.items():
            totals[name] = round(totals.get(name, 0.0) + seconds, 2)
    return totals


def _pushed(
    line: Line, meter: Meter, sample: Sample, school_year: str, pushes: list[story.Push], watch: Watch
) -> FullYear:
    paths = [push.path for push in pushes]
    records = sample.lines(paths)
    with watch(school_year, records) as moving, meter.stage() as push:
        totals = line.push(pushes, moving)
    if totals["received"] != records:
        raise NotMeasured(f"{school_year}: ingest answered for {totals['received']:,} of {records:,} records")
    with meter.stage() as drain:
        line.wait_drained()
    size = sum(path.stat().st_size for path in paths)
    return FullYear(school_year, records, size, {PUSH: push, DRAIN: drain})
