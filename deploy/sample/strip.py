"""How the schools of a district divide its families among them, grade by grade.

A district is a strip of places on which its families live. Elementary schools divide the strip, middle and high
schools divide it again, so that a child's place says which school teaches it in each grade, and children who start
together mostly stay together.
"""

from deploy.sample.dice import Dice
from deploy.sample.spans import Kind, Level

PLACES = 65536
GRADES = 13  # kindergarten is 0, twelfth grade is 12
Stretch = tuple[int, int]  # from, up to and not including


def stretches(dice: Dice, kinds: list[Kind], overlay: int) -> list[Stretch]:
    """The stretch of each school; `overlay` is the length of a very small school's."""
    found: list[Stretch] = [(0, overlay)] * len(kinds)
    for level in (Level.ELEMENTARY, Level.MIDDLE, Level.HIGH):
        members = [at for at, kind in enumerate(kinds) if kind.level is level]
        weights = [750 + int(extra) for extra in dice.below(len(members), 500)]
        ends = [PLACES * sum(weights[: count + 1]) // sum(weights) for count in range(len(members))]
        for at, start, end in zip(members, [0, *ends], ends, strict=False):
            found[at] = (start, end)
    for at, kind in enumerate(kinds):
        if kind.level is Level.CONTINUES:
            found[at] = found[at - 1]
    return found


def owners(kinds: list[Kind], shares: list[Stretch], grade: int) -> list[tuple[int, int]]:
    """Who teaches the grade: the upper ends of the stretches, ascending, each with its school's place in the list."""
    teaching = [(share, at) for at, (kind, share) in enumerate(zip(kinds, shares, strict=True)) if kind.teaches(grade)]
    edges = sorted({edge for share, _ in teaching for edge in share} - {0})
    # the first in the list wins: an elementary school that goes on to grade 6 or 8 keeps its children
    return [
        (high, next(at for (start, end), at in teaching if start <= low and high <= end))
        for low, high in zip([0, *edges], edges, strict=False)
    ]
