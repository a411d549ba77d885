"""Whether a school improved enough to leave: its letter rose, or its score crossed the midpoint. Source: IMP-1."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from shared.vocabulary import school_years

IDENTIFICATION_YEAR, PREVIOUS_YEAR = "identification_year", "previous_year"
BASELINES = (IDENTIFICATION_YEAR, PREVIOUS_YEAR)
OR_MORE, MORE_THAN = "or_more", "more_than"
BOUNDARIES = (OR_MORE, MORE_THAN)

LETTER_ROSE, MIDPOINT_CROSSED = "letter_rose", "midpoint_crossed"
NOT_IMPROVED, NO_BASELINE = "not_improved", "no_baseline"
IMPROVED = (LETTER_ROSE, MIDPOINT_CROSSED)

# A letter → the lowest score that earns it. The lowest letter may stand in it with 0, or not at all.
Cuts = Mapping[str, Fraction]


@dataclass(frozen=True)
class Improvement:
    """The law of improving. `baseline`: the year to compare with; `boundary`: whether the midpoint itself is across."""

    baseline: str
    boundary: str


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


def crossed_midpoint(baseline: Graded, now: Graded, boundary: str) -> bool:
    """Whether, within one letter, the score went from the lower half to the upper. `boundary`: where that begins."""
    same = _rung(now) == _rung(baseline)
    return same and not _is_across(baseline, boundary) and _is_across(now, boundary)


def baseline_year(since: str, school_year: str, law: Improvement) -> str:
    """The school year that a score is compared with."""
    return since if law.baseline == IDENTIFICATION_YEAR else school_years.previous(school_year)


def finding(baseline: Graded | None, now: Graded | None, boundary: str) -> str:
    """How a school improved, or that it did not, or that a score is missing."""
    if baseline is None or now is None:
        return NO_BASELINE
    if letter_rose(baseline, now):
        return LETTER_ROSE
    return MIDPOINT_CROSSED if crossed_midpoint(baseline, now, boundary) else NOT_IMPROVED


def _is_across(graded: Graded, boundary: str) -> bool:
    middle = midpoint(graded)
    return graded.points > middle or (boundary == OR_MORE and graded.points == middle)


def _rung(graded: Graded) -> int:
    """How many cuts stand between nothing and the letter: 0 for the lowest."""
    own = graded.cuts.get(graded.letter, Fraction(0))
    return sum(1 for cut in graded.cuts.values() if 0 < cut <= own)
