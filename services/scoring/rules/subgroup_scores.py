"""What each subgroup earns by itself, with the rates that statuses read. Source: essa-report-card section 9b."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.rules.points import Column, Counted, PointsLaw, total
from shared.vocabulary.measures import GRADUATION, GROWTH, PROFICIENCY, measure

RATES = (
    measure("reading", PROFICIENCY),
    measure("math", PROFICIENCY),
    measure("reading", GROWTH),
    measure("math", GROWTH),
    measure(GRADUATION, "rate"),
)


@dataclass(frozen=True)
class SubgroupPoints:
    """A subgroup's exact points on the entity's own scale, None where too little of it is available, and its rates."""

    subgroup: str
    points: Fraction | None
    possible: Fraction | None
    rates: tuple[tuple[str, int, int], ...]


def subgroup_points(
    counted: Mapping[str, Mapping[str, Counted]], column: Column | None, computed: frozenset[str], law: PointsLaw
) -> Iterable[SubgroupPoints]:
    """Of each subgroup that anyone is in. `counted`: subgroup -> measure -> what is counted of its students.

    `column` None: the entity is not graded, so nobody earns points.
    """
    for subgroup, counts in counted.items():
        earned = total(column.scale, counts, computed, law).exact if column is not None else None
        possible = column.scale.full if column is not None and earned is not None else None
        rates = tuple((m, counts[m].numerator, counts[m].denominator) for m in RATES if m in counts)
        yield SubgroupPoints(subgroup, earned, possible, rates)
