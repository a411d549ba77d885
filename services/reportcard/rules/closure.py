"""Which further cells are hidden so that no line gives a hidden one away: the cheapest, until nothing changes.
Source: essa-report-card SUPP-4 (next smallest; repeat); the costs follow disclosure control practice."""

from collections import deque
from dataclasses import dataclass, field

from services.reportcard.rules.lines import Cover, Reading, gives_away, may_give_away, rest_of
from services.reportcard.rules.masks import BARE, SHOWN, STARRED, Masking
from services.reportcard.rules.tables import INDEX, WIDTH, Frame, Line, Table
from shared.vocabulary.subgroups import ALL


@dataclass(frozen=True)
class Costs:
    """What hiding a cell costs: a weight a level, a weight for "all students", and a fixed part beside its students."""

    levels: dict[str, int]
    all_students: int
    fixed: int


@dataclass
class Sheet:
    """A table with its verdicts so far. Verdicts only ever grow stricter, which is why the closure ends.

    `rests`: the lines that could give something away, by number, with the students whom no part holds.
    `queue`: the lines to look at, by number, each once (`waiting`).
    """

    frame: Frame
    table: Table
    verdicts: list[int]
    told: frozenset[int] = frozenset()
    rests: dict[int, int] = field(default_factory=dict)
    queue: deque[int] = field(default_factory=deque)
    waiting: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.own = tuple(self.verdicts)
        self.reading = Reading(self.table, self.verdicts, self.told)

    def watch(self, law: Masking) -> None:
        """Have every line looked at that could give something away."""
        additive, students = self.table.additive, self.table.students
        for number, line in enumerate(self.frame.lines):
            if students[line.total] and (additive or not line.between_levels):
                rest = rest_of(line, self.table)
                if may_give_away(line, rest, self.table, law):
                    self.rests[number] = rest
                    self.look_at(number)

    def hide(self, cell: int, verdict: int) -> bool:
        """Make a cell at least as hidden as `verdict`, and look at its lines again. True when that changed it."""
        now = self.verdicts[cell]
        if now >= STARRED or now >= verdict:
            return False
        self.verdicts[cell] = verdict
        for number in self.frame.touching[cell]:
            if number in self.rests:
                self.look_at(number)
        return True

    def look_at(self, number: int) -> None:
        """Have a line looked at, when its turn comes."""
        if number not in self.waiting:
            self.waiting.add(number)
            self.queue.append(number)


def close(sheet: Sheet, law: Masking, cover: Cover, costs: Costs) -> bool:
    """Hide what must be hidden for every watched line of the sheet to hold. True when anything changed."""
    changed = False
    while sheet.queue:
        number = sheet.queue.popleft()
        sheet.waiting.discard(number)
        line = sheet.frame.lines[number]
        if gives_away(line, sheet.rests[number], sheet.reading, law, cover) and _cover(line, sheet, costs):
            changed = True
            sheet.look_at(number)
    return changed


def _cover(line: Line, sheet: Sheet, costs: Costs) -> bool:
    """Hide the cheapest part that can be hidden, else the total. False when an earlier edition has told them all."""
    parts = [cell for cell in line.parts if sheet.verdicts[cell] == SHOWN and cell not in sheet.told]
    if parts:
        chosen = min(parts, key=lambda cell: (_cost(cell, sheet, costs), cell))
    elif sheet.verdicts[line.total] == SHOWN and line.total not in sheet.told:
        chosen = line.total
    else:
        return False
    return sheet.hide(chosen, _verdict(line, sheet))


def _verdict(line: Line, sheet: Sheet) -> int:
    """Going without counts is cover enough where the others only go without counts; anything else is starred."""
    hidden = [sheet.verdicts[cell] for cell in sheet.reading.hidden_parts(line)]
    if not sheet.reading.is_public(line.total):
        hidden.append(sheet.verdicts[line.total])
    strict = not hidden or any(verdict != BARE for verdict in hidden)
    return STARRED if strict else BARE


def _cost(cell: int, sheet: Sheet, costs: Costs) -> int:
    level, _ = sheet.frame.keys[cell // WIDTH]
    weight = costs.levels[level] * (costs.all_students if cell % WIDTH == INDEX[ALL] else 1)
    alone = sum(_would_stand_alone(cell, sheet.frame.lines[number], sheet) for number in sheet.frame.touching[cell])
    return weight * (costs.fixed + sheet.table.students[cell]) * (1 + alone)


def _would_stand_alone(cell: int, line: Line, sheet: Sheet) -> bool:
    """Whether this cell would be the only hidden one of a line, so that the line would ask for another."""
    if line.flag or not (cell == line.total or sheet.reading.is_public(line.total)):
        return False
    is_hidden = sheet.reading.is_hidden
    return not any(other != cell and is_hidden(other) for other in line.parts)
