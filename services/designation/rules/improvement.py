"""Whether a school improved enough to leave: its letter rose, or its score crossed the midpoint. Source: IMP-1."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

# A letter → the lowest score that earns it. The lowest letter may stand in it with 0, or not at all.
Cuts = Mapping[str, Fraction]


@dataclass(frozen=True)
class Graded:
    """A score with the scale it was graded on: each year is compared with its own cuts."""

    letter: str
    points: Fraction
    possible: Fraction
    cuts: Cuts

    @classmethod
    def of(cls, letter: str, points: str, possible: str, cuts: Cuts) -> "Graded":
        """From a rating's exact text."""
        return cls(letter, Fraction(points), Fraction(possible), cuts)


def midpoint(graded: Graded) -> Fraction:
    """Halfway between the letter's own cut and the next; the lowest starts at 0, the highest ends at the top."""
    own = graded.cuts.get(graded.letter, Fraction(0))
    above = [cut for cut in graded.cuts.values() if cut > own]
    return (own + min(above, default=graded.possible)) / 2


def letter_rose(baseline: Graded, now: Graded) -> bool:
    """Whether the letter is a better one than in the baseline year."""
    return _rung(now) > _rung(baseline)


def crossed_midpoint(baseline: Graded, now: Graded) -> bool:
    """Whether, within the same letter, the score went from below the midpoint to the midpoint or more."""
    same = _rung(now) == _rung(baseline)
    return same and baseline.points < midpoint(baseline) and now.points >= midpoint(now)


def _rung(graded: Graded) -> int:
    """How many cuts stand between nothing and the letter: 0 for the lowest."""
    own = graded.cuts.get(graded.letter, Fraction(0))
    return sum(1 for cut in graded.cuts.values() if 0 < cut <= own)
