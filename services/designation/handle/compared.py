"""What an edition's schools are held against, each once for the whole state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.designation.policy import Law
from services.designation.rules import statewide
from services.designation.rules.cases import Case
from services.designation.rules.long_additional import Bar
from services.designation.rules.ranking import Lowest
from services.designation.rules.targeted import Ranks


@dataclass(frozen=True)
class Compared:
    """The lowest share of schools and what is made of it, and each subgroup's ranks. Empty where no rule asks.

    `run`: the tested years, newest first; `comparison` and `bar`: of the lowest share's schools.
    """

    run: tuple[str, ...]
    lowest: Lowest
    comparison: Fraction | None
    bar: Bar
    ranks: Mapping[str, Ranks]


def compared_of(cases: Sequence[Case], run: tuple[str, ...], law: Law) -> Compared:
    """The comparisons that the law's rules ask for."""
    lowest, comparison, bar, ranks = statewide.lowest_share(cases, law.lowest), None, Bar((), {}), {}
    if law.additional:
        averages = statewide.averages_of(cases, lowest.members)
        comparison = statewide.comparison(averages, law.additional.comparison)
    if law.long_additional and law.grouping:
        bar = statewide.bar_of(cases, lowest.members, run, law.long_additional, law.grouping.minimum_n)
    if law.targeted and law.grouping:
        ranks = statewide.ranks_of(cases, run, law.targeted, law.grouping)
    return Compared(run, lowest, comparison, bar, ranks)
