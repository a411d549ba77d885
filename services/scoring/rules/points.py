"""Points of a school or district: component shares, maxima, total, rounding, letter (GRADE-2 to GRADE-7). Exact.

Order of the two corrections for missing components: first GRADE-5 (without the component that the law scales away,
every other maximum is divided by its divisor), then GRADE-7 (whatever else is missing: the total is earned over
available maximum times the full scale). Both are the same proportion, so the order changes no total; it decides which
maxima a receipt shows and against what the least available share is held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

HALF_UP = "integer_half_up"
NOT_ROUNDED = "none"
FEWER_THAN_MINIMUM = "FEWER_THAN_MINIMUM"
NOT_YET_COMPUTED = "NOT_YET_COMPUTED"

Letters = tuple[tuple[str, Fraction], ...]  # the best first, each with the least total that earns it


@dataclass(frozen=True)
class Counted:
    """A measure of an entity: `numerator` in parts of which `unit` make one student, `denominator` students."""

    numerator: int
    denominator: int
    unit: int = 1

    def share(self) -> Fraction:
        """The exact share, 0 to 1, or more where weights exceed one student."""
        return Fraction(self.numerator, self.denominator * self.unit)


@dataclass(frozen=True)
class Scale:
    """A points table: the full scale and the maximum of each component, in order."""

    full: Fraction
    maxima: Mapping[str, Fraction]


@dataclass(frozen=True)
class Column:
    """A column of cut scores and the points table it is read with."""

    scale: Scale
    letters: Letters


@dataclass(frozen=True)
class PointsLaw:
    """`scaled_away`: the component whose absence divides the other maxima by `divisor` (GRADE-5), or None.

    `multipliers`: what a component's share is multiplied by, still capped at the maximum (COMP-8).
    `zero_without`: component -> the measure of whom it is asked: 0, not missing, where none of them is in it (COMP-6).
    """

    minimum_n: int
    scaled_away: str | None
    divisor: Fraction
    least_available_share: Fraction
    rounding: str
    multipliers: Mapping[str, Fraction] = field(default_factory=dict)
    zero_without: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Earned:
    """One component. `share` uncapped, `points` capped at the maximum; both None when `dropped` says why."""

    measure: str
    maximum: Fraction
    share: Fraction | None
    points: Fraction | None
    dropped: str | None


@dataclass(frozen=True)
class Total:
    """`exact` before, `rounded` after the one rounding; None when too little of the scale is available."""

    components: tuple[Earned, ...]
    exact: Fraction | None
    rounded: Fraction | None
    is_rescaled: bool


def total(scale: Scale, counts: Mapping[str, Counted], computed: frozenset[str], law: PointsLaw) -> Total:
    """What an entity earns on a scale. `computed`: the measures this edition counts at all."""
    components = earned(scale, counts, computed, law)
    present = [c for c in components if c.dropped is None]
    available = sum((c.maximum for c in present), Fraction(0))
    missing = [c for c in components if c.dropped is not None and c.measure != law.scaled_away]
    if not present or available < law.least_available_share * scale.full:
        return Total(components, None, None, bool(missing))
    points = sum((c.points for c in present if c.points is not None), Fraction(0))
    exact = points * scale.full / available if missing else points
    return Total(components, exact, rounded(exact, law.rounding), bool(missing))


def earned(scale: Scale, counts: Mapping[str, Counted], computed: frozenset[str], law: PointsLaw) -> tuple[Earned, ...]:
    """Each component's share and points, or why it is dropped. Maxima are those after GRADE-5."""
    counts = _with_zeros(counts, law.zero_without)
    why = {measure: dropped(measure, counts, computed, law.minimum_n) for measure in scale.maxima}
    lifted = law.scaled_away in why and why[law.scaled_away] is not None
    divisor = law.divisor if lifted else Fraction(1)
    found = []
    for measure, printed in scale.maxima.items():
        maximum = printed if measure == law.scaled_away else printed / divisor
        if why[measure] is not None:
            found.append(Earned(measure, maximum, None, None, why[measure]))
            continue
        share = counts[measure].share()
        multiplied = share * law.multipliers.get(measure, Fraction(1))
        found.append(Earned(measure, maximum, share, points(maximum, multiplied), None))
    return tuple(found)


def _with_zeros(counts: Mapping[str, Counted], zero_without: Mapping[str, str]) -> Mapping[str, Counted]:
    """The counts, and none of all who are asked for a component that nobody is in."""
    zeros = {
        component: Counted(0, counts[asked].denominator)
        for component, asked in zero_without.items()
        if component not in counts and asked in counts
    }
    return {**counts, **zeros}


def dropped(measure: str, counts: Mapping[str, Counted], computed: frozenset[str], minimum_n: int) -> str | None:
    """Why a component is dropped; None when it has the minimum number of students or more (GEN-4, GRADE-7)."""
    if measure not in computed:
        return NOT_YET_COMPUTED
    if measure not in counts or counts[measure].denominator < minimum_n:
        return FEWER_THAN_MINIMUM
    return None


def points(maximum: Fraction, share: Fraction) -> Fraction:
    """The maximum times the share; no component exceeds its maximum (GRADE-6)."""
    return maximum * min(Fraction(1), share)


def rounded(exact: Fraction, rounding: str) -> Fraction:
    """The total, rounded once (GRADE-6): half-up to an integer, or not at all."""
    return Fraction(floor(exact + Fraction(1, 2))) if rounding == HALF_UP else exact


def letter(points: Fraction, letters: Letters) -> str:
    """The best letter whose least total is reached: "that many or more" (GRADE-2)."""
    return next(name for name, least in letters if points >= least)
