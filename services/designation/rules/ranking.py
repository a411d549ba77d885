"""Who is in the lowest share of a ranked list. Source: essa-report-card GEN-5."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

_FINE = 64  # binary digits


@dataclass(frozen=True)
class Lowest:
    """The lowest share: of how many, how many places, the cut value (None for nobody), each unit's rank, the members.

    Rank 1 is the lowest value; tied units share a rank. `all_tied`: everybody has one value, so a person should look.
    """

    population: int
    places: int
    cut: Fraction | None
    ranks: Mapping[str, int]
    members: frozenset[str]
    all_tied: bool


def places_of(share: Fraction, population: int) -> int:
    """How many places the share gives: rounded up, since the law asks for not less than the share."""
    return ceil(share * population)


def lowest(values: Mapping[str, Fraction], share: Fraction) -> Lowest:
    """Everybody at or below the value of the last place, ties at the cut included; nobody when nobody is ranked."""
    return lowest_places(values, places_of(share, len(values)))


def lowest_places(values: Mapping[str, Fraction], at_most: int) -> Lowest:
    """As `lowest`, with a number of places that does not come from the list; a shorter list fills fewer."""
    ordered = sorted(values.items(), key=_by_value)
    places = min(at_most, len(ordered))
    cut = ordered[places - 1][1] if places else None
    ranks: dict[str, int] = {}
    rank, before, distinct = 0, None, 0
    for place, (unit, value) in enumerate(ordered, start=1):
        if value != before:
            rank, before, distinct = place, value, distinct + 1
        ranks[unit] = rank
    return Lowest(
        population=len(ordered),
        places=places,
        cut=cut,
        ranks=ranks,
        members=frozenset(unit for unit, rank in ranks.items() if rank <= places),
        all_tied=len(ordered) > 1 and distinct == 1,
    )


def _by_value(item: tuple[str, Fraction]) -> tuple[int, Fraction]:
    """Exact order; whole numbers nearly as fine settle almost every comparison, and they are compared faster."""
    return (item[1].numerator << _FINE) // item[1].denominator, item[1]
