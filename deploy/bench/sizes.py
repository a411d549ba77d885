"""(f): a full year and certify at several sizes, each on an empty line, and how the time grows with the records."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.bench import year
from deploy.bench.figures import exponent
from deploy.bench.line import Line
from deploy.bench.plan import Sample
from deploy.bench.processes import Meter, Spent


@dataclass(frozen=True)
class Point:
    """One size: records and seconds of the year (a); records of all years and seconds of certify (b)."""

    districts: int
    schools: int
    records: int
    seconds: float
    records_of_all_years: int
    certify_seconds: float


def point(line: Line, meter: Meter, sample: Sample, watch: year.Watch) -> Point:
    """Both measured on an empty line."""
    first = year.first_year(line, meter, sample, watch)
    others = [year.other_year(line, meter, sample, each, watch) for each in sample.years[:-1]]
    every = first.records + sum(each.records for each in others)
    return of(sample, first, every, year.certify(line, meter, sample))


def of(sample: Sample, first: year.FullYear, every: int, certified: Spent) -> Point:
    """A point from a full year, the records of all years, and certify."""
    made = sample.manifest
    return Point(made.districts, made.schools, first.records, first.seconds, every, certified.seconds)


def exponents(points: Sequence[Point]) -> tuple[float, float]:
    """Of the year's seconds against its records, and of certify's against those of all years."""
    return (
        exponent([each.records for each in points], [each.seconds for each in points]),
        exponent([each.records_of_all_years for each in points], [each.certify_seconds for each in points]),
    )
