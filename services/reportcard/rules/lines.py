"""Whether a sum that a reader can do gives away a hidden number. Source: essa-report-card SUPP-4."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from services.reportcard.rules.masks import CODED, SHOWN, SMALL, STARRED, Masking
from services.reportcard.rules.tables import Line, Table

ENDLESS = 10**9


@dataclass(frozen=True)
class Cover:
    """What must stay unknown in a line: at least so many hidden parts, holding at least so many students, and for the
    students of a small part at least `small_values` possible numbers."""

    parts: int
    students: int
    small_values: int


@dataclass(frozen=True)
class Reading:
    """A table as a reader sees it: the verdicts, and the cells an earlier edition has already told."""

    table: Table
    verdicts: Sequence[int]
    told: frozenset[int]

    def is_public(self, cell: int) -> bool:
        """Whether a reader has this cell's counts."""
        return self.verdicts[cell] == SHOWN or cell in self.told

    def hidden_parts(self, line: Line) -> list[int]:
        """Parts with students whose counts a reader lacks. An empty group covers nothing: it may be known."""
        students, verdicts, told = self.table.students, self.verdicts, self.told
        return [cell for cell in line.parts if verdicts[cell] != SHOWN and students[cell] and cell not in told]

    def is_hidden(self, cell: int) -> bool:
        """Whether a part counts among the hidden ones."""
        return self.verdicts[cell] != SHOWN and self.table.students[cell] > 0 and cell not in self.told


def rest_of(line: Line, table: Table) -> int:
    """The students of a line's total whom no part holds."""
    students = table.students
    if line.flag:
        return students[line.total] - students[line.parts[0]]
    return students[line.total] - sum([students[cell] for cell in line.parts])


def may_give_away(line: Line, rest: int, table: Table, law: Masking) -> bool:
    """False when no verdicts could make the line give anything away: nobody in it, overlapping parts, a flag whose
    other side is empty or large enough."""
    if line.flag:
        return 0 < rest < law.minimum_n
    return rest >= 0 and table.students[line.total] > 0


def gives_away(line: Line, rest: int, reading: Reading, law: Masking, cover: Cover) -> bool:
    """True when the line lets a reader find a hidden count, or a group below the minimum that is not published.
    `rest`: the students whom no part holds."""
    if not may_give_away(line, rest, reading.table, law):
        return False
    total_known = reading.is_public(line.total)
    if line.flag:
        return total_known and reading.is_public(line.parts[0])
    if not total_known:
        return rest < law.minimum_n and not any(map(reading.is_hidden, line.parts))
    hidden = reading.hidden_parts(line)
    if not hidden:
        return 0 < rest < law.minimum_n
    if len(hidden) + _is_part(rest, hidden, reading, law) < cover.parts:
        return True
    students = reading.table.students
    left = sum([students[cell] for cell in hidden]) + rest
    return left < cover.students or _pins(hidden, rest, left, line, reading, law, cover)


def _is_part(rest: int, hidden: list[int], reading: Reading, law: Masking) -> bool:
    """Whether the students whom no part holds count as a hidden part: enough of them always; a few only beside cells
    that are hidden for others' sake, for beside a masked one they would leave its number nearly plain."""
    only_cover = all(reading.verdicts[cell] == STARRED for cell in hidden)
    return rest >= law.minimum_n or (rest > 0 and only_cover)


def _pins(hidden: list[int], rest: int, left: int, line: Line, reading: Reading, law: Masking, cover: Cover) -> bool:
    """Whether the remainder fixes a hidden number of students, or a hidden numerator, by integer bounds."""
    table, verdicts, told = reading.table, reading.verdicts, reading.told
    slack = ENDLESS if rest else 0
    small = (1, law.minimum_n - 1)
    boxes = Boxes([small if verdicts[cell] == SMALL else (law.minimum_n, ENDLESS) for cell in hidden], slack)
    bounds = boxes.tightened(left)
    for cell, (low, high) in zip(hidden, bounds, strict=True):
        if high - low + 1 < (cover.small_values if verdicts[cell] == SMALL else 2):
            return True
    students, numerators = table.students, table.numerators
    public = [cell for cell in line.parts if (verdicts[cell] == SHOWN or cell in told) and students[cell]]
    is_coded = any(verdicts[cell] == CODED for cell in hidden)
    for member, total in enumerate(numerators[line.total]):
        remainder = total - sum([numerators[cell][member] for cell in public])
        if remainder in (0, table.unit * left):
            return True
        if is_coded or not member:  # a box without a code is the same for every member of a series
            each = zip(hidden, bounds, strict=True)
            boxes = Boxes([_numerator_box(cell, bound, member, reading, law) for cell, bound in each], slack)
        if boxes.is_pinned(remainder):
            return True
    return False


class Boxes:
    """What a reader knows of each of some hidden numbers, from lowest to highest; up to `slack` of their sum may lie in
    none of them."""

    def __init__(self, boxes: list[tuple[int, int]], slack: int) -> None:
        self._boxes = boxes
        self._lowest = sum([low for low, _ in boxes])
        self._highest = sum([high for _, high in boxes]) + slack

    def tightened(self, left: int) -> list[tuple[int, int]]:
        """Each box cut to what the others leave of the sum `left`."""
        least, most = left - self._highest, left - self._lowest
        return [(max(low, least + high), min(high, most + low)) for low, high in self._boxes]

    def is_pinned(self, left: int) -> bool:
        """Whether a number that may be several has no choice left beside the others."""
        least, most = left - self._highest, left - self._lowest
        return any(low < high and max(low, least + high) >= min(high, most + low) for low, high in self._boxes)


def _numerator_box(cell: int, bound: tuple[int, int], member: int, reading: Reading, law: Masking) -> tuple[int, int]:
    """What the label alone says of a numerator, for a reader who knows the bounds of the students."""
    table, (low, high) = reading.table, bound
    most = high * table.unit * (2 if table.unit > 1 else 1)  # growth may earn more than one per student
    if reading.verdicts[cell] != CODED:
        return (0, most)
    numerator, students = table.numerators[cell][member], table.students[cell]
    if Fraction(numerator, table.unit * students) * 100 < law.lower:
        return (0, ceil(law.lower * high * table.unit / 100) - 1)
    return (floor(law.upper * low * table.unit / 100) + 1, most)
