"""How one cell may be shown: exact, coded or masked; how a percentage is written. Source: SUPP-1 to SUPP-3."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

SHOWN, BARE, STARRED, CODED, SMALL = range(5)
"""What a reader gets of a cell. SHOWN: rate and counts. BARE: the rate without counts, or a series in ranges.
STARRED: hidden to protect another cell. CODED: only below or above a bound. SMALL: too few students.
Only SHOWN gives counts."""


@dataclass(frozen=True)
class Masking:
    """The law of showing a cell. Percents are exact; `bins` are whole percents, both ends in, in rising order."""

    minimum_n: int
    lower: Fraction
    upper: Fraction
    small_mask: str
    star_mask: str
    lower_mask: str
    upper_mask: str
    bins: tuple[tuple[int, int], ...]
    coded_kinds: frozenset[str]
    series_kinds: frozenset[str]
    rate_only_kinds: frozenset[str]
    decimals: int

    def is_rate_only(self, name: str, kind: str) -> bool:
        """Whether a measure is published without counts: the law names it, or its kind."""
        return name in self.rate_only_kinds or kind in self.rate_only_kinds

    @cached_property
    def bounds(self) -> tuple[int, int, int]:
        """The lower and the upper bound as whole numbers, and how many of them make one percent."""
        scale = lcm(self.lower.denominator, self.upper.denominator)
        return int(self.lower * scale), int(self.upper * scale), scale

    @cached_property
    def ranges(self) -> tuple[str, ...]:
        """The range of each whole percent, from 0 to the last that has one."""
        last = self.bins[-1][1]
        bins = [next(each for each in self.bins if whole <= each[1]) for whole in range(last + 1)]
        return tuple(f"{lowest}-{highest}%" for lowest, highest in bins)


def is_small(denominator: int, law: Masking) -> bool:
    """Fewer students than the minimum, none included. Source: essa-report-card SUPP-1."""
    return denominator < law.minimum_n


def is_extreme(numerator: int, denominator: int, unit: int, law: Masking) -> bool:
    """Strictly below the lower or strictly above the upper bound; the bounds themselves are shown. Source: SUPP-2."""
    lower, upper, scale = law.bounds
    whole = unit * denominator
    return not lower * whole <= 100 * scale * numerator <= upper * whole


def code_of(numerator: int, denominator: int, unit: int, law: Masking) -> str:
    """The mask of an extreme percentage."""
    lower, _, scale = law.bounds
    return law.lower_mask if 100 * scale * numerator < lower * unit * denominator else law.upper_mask


def range_of(numerator: int, denominator: int, unit: int, law: Masking) -> str:
    """The range a member of a triggered series falls in, after rounding half-up to whole percent. Source: SUPP-3."""
    whole = _half_up(100 * numerator, unit * denominator)
    if whole >= len(law.ranges):
        raise ValueError("a member of a series is above every range; mend `bins` in the reportcard chapter")
    return law.ranges[whole]


def half_up(value: Fraction, decimals: int) -> str:
    """An exact number in decimal form, rounded half-up. Source: essa-report-card GEN-1."""
    text = rounded(abs(value.numerator), value.denominator, decimals)
    return f"-{text}" if value < 0 and text.strip("0.") else text


def rate_text(numerator: int, denominator: int, unit: int, law: Masking) -> str:
    """An exact percent as a reader sees it, without the sign."""
    return rounded(100 * numerator, unit * denominator, law.decimals)


def rounded(dividend: int, divisor: int, decimals: int) -> str:
    """A quotient of whole numbers, not negative, in decimal form, rounded half-up: a card is made of thousands."""
    scale = 10**decimals
    whole = _half_up(scale * dividend, divisor)
    return f"{whole // scale}.{whole % scale:0{decimals}d}" if decimals else str(whole)


def _half_up(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)
