"""An attacker on published cards, written apart from the rules under test: knows only public JSON, the partitions and
who belongs to whom; does every single sum with integer bounds, and says which masked numbers it finds exactly."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.vocabulary.subgroups import ALL, PARTITIONS, SUBGROUPS

FAR = 10**7
Card = Mapping[str, Any]
Box = tuple[int, int]
Cell = tuple[str, str, str, str]  # level, entity, measure (a level's with its rank), subgroup


class Attack:
    """What the public knows of an edition, as boxes for each cell's students and numerator (in units)."""

    def __init__(self, cards: list[Card], units: Mapping[str, int]) -> None:
        self.cards = {(card["level"], card["entity_id"]): card for card in cards}
        self.units = units
        self.students: dict[Cell, Box] = {}
        self.numerators: dict[Cell, Box] = {}
        for card in cards:
            for measure, subgroup, cell in _cells(card):
                self._read((card["level"], card["entity_id"], measure, subgroup), cell)

    def read_together(self, measures: Iterable[str]) -> None:
        """Measures of the same students: what one of them tells of a group's size is known of all of them."""
        names = list(measures)
        for level, entity_id, measure, group in list(self.students):
            if measure == names[0]:
                cells = [(level, entity_id, name, group) for name in names]
                low, high = (list(ends) for ends in zip(*(self.students[cell] for cell in cells), strict=True))
                self.students |= dict.fromkeys(cells, (max(low), min(high)))

    def read_as_one(self, rate: str, series: str, from_rank: int, alike: Iterable[tuple[str, str, str]]) -> None:
        """A rate and a series of the very same students in some places: what either tells is known of both."""
        for level, entity_id, group in alike:
            cell = (level, entity_id, rate, group)
            ranks = [(level, entity_id, f"{series}.{rank}", group) for rank in range(1, 6)]
            if all(each in self.students for each in (cell, *ranks)):
                self.students |= dict.fromkeys((cell, *ranks), _both([self.students[each] for each in (cell, *ranks)]))
                top = [self.numerators[each] for each in ranks[from_rank - 1 :]]
                self.numerators[cell] = _both([self.numerators[cell], (sum(x for x, _ in top), sum(y for _, y in top))])

    def found_by_tests(self, subject: str) -> dict[str, dict[Cell, int]]:
        """Masked numbers that one sum over the tests of a subject gives, of an entity and subgroup."""
        result: dict[str, dict[Cell, int]] = {"students": {}, "numerators": {}}
        for level, entity_id in self.cards:
            for group in SUBGROUPS:
                here = [cell for cell in self.students if (cell[0], cell[1], cell[3]) == (level, entity_id, group)]
                main = [cell for cell in here if cell[2].startswith(f"{subject}:maap:")]
                for rank in range(1, 6):
                    of_rank = tuple(cell for cell in main if cell[2].endswith(f".{rank}"))
                    total = (level, entity_id, f"{subject}.level.{rank}", group)
                    self._note(result, total, of_rank)
                self._note_proficient(result, (level, entity_id, f"{subject}.proficiency", group), here)
        return result

    def _note(self, result: dict[str, dict[Cell, int]], total: Cell, parts: tuple[Cell, ...]) -> None:
        for kind, boxes in (("students", self.students), ("numerators", self.numerators)):
            if parts and total in boxes:
                result[kind] |= dict(_pinned(total, parts, False, boxes))

    def _note_proficient(self, result: dict[str, dict[Cell, int]], total: Cell, here: list[Cell]) -> None:
        """Proficiency is the sum of the series and the alternate tests: its numerator, of their proficient levels."""
        subject = total[2].split(".")[0]
        last = tuple(cell for cell in here if cell[2].startswith(f"{subject}:maap-a:") and cell[2].endswith(".3"))
        top = tuple((*total[:2], f"{subject}.level.{rank}", total[3]) for rank in (4, 5))
        if last and total in self.students and top[0] in self.students:
            result["students"] |= dict(_pinned(total, (top[0], *last), False, self.students))
            result["numerators"] |= dict(_pinned(total, (*top, *last), False, self.numerators))

    def found(self) -> dict[str, dict[Cell, int]]:
        """Masked numbers that one sum gives exactly: kind -> cell -> value."""
        result: dict[str, dict[Cell, int]] = {"students": {}, "numerators": {}}
        for total, parts, is_open in self._lines():
            for kind, boxes in (("students", self.students), ("numerators", self.numerators)):
                for cell, value in _pinned(total, parts, is_open, boxes):
                    result[kind][cell] = value
        return result

    def groups_left(self) -> dict[tuple[Cell, tuple[Cell, ...]], int]:
        """Students of a published total whom no published part holds, where 1 to 9 of them follow exactly."""
        left = {}
        for total, parts, _ in self._lines():
            boxes = [self.students[cell] for cell in (total, *parts)]
            if all(low == high for low, high in boxes):
                rest = boxes[0][0] - sum(low for low, _ in boxes[1:])
                if 0 < rest < 10:
                    left[total, parts] = rest
        return left

    def _read(self, cell: Cell, public: Card) -> None:
        unit = self.units[cell[2]]
        if "denominator" in public:
            numerator = round(float(public["numerator"]) * unit)
            self.students[cell] = (public["denominator"],) * 2
            self.numerators[cell] = (numerator, numerator)
        else:
            self.students[cell] = (0, 9) if public["display"] == "<10" else (10, FAR)
            self.numerators[cell] = (0, 9 * 2 * unit if public["display"] == "<10" else FAR)

    def _lines(self) -> Iterator[tuple[Cell, tuple[Cell, ...], bool]]:
        """(total, parts, whether an unpublished part of any size may stand beside them)."""
        for total, parts, is_open in self._every_line():
            if total in self.students:  # a card without a table has nobody in it
                yield total, tuple(part for part in parts if part in self.students), is_open

    def _every_line(self) -> Iterator[tuple[Cell, tuple[Cell, ...], bool]]:
        measures = sorted({cell[2] for cell in self.students})
        for (level, entity_id), card in self.cards.items():
            for measure in measures:
                for members in PARTITIONS.values():
                    parts = tuple((level, entity_id, measure, member) for member in members)
                    yield (level, entity_id, measure, ALL), parts, len(members) == 1
            below = [key for key, other in self.cards.items() if _is_below(other, card)]
            for measure in measures:
                if below and not measure.endswith("growth_lowest"):
                    for group in SUBGROUPS:
                        yield (level, entity_id, measure, group), tuple((*k, measure, group) for k in below), False


def _cells(card: Card) -> Iterator[tuple[str, str, Card]]:
    for block in card["measures"]:
        for row in block["rows"]:
            yield block["measure"], row["subgroup"], row["cell"]
    for block in card["levels"]:
        for row in block["rows"]:
            for rank, cell in enumerate(row["cells"], 1):
                yield f"{block['measure']}.{rank}", row["subgroup"], cell


def _both(boxes: list[Box]) -> Box:
    return max(low for low, _ in boxes), min(high for _, high in boxes)


def _is_below(card: Card, parent: Card) -> bool:
    if parent["level"] == "district":
        return card["level"] == "school" and card["district"]["district_id"] == parent["entity_id"]
    return parent["level"] == "state" and card["level"] == "district"


def _pinned(
    total: Cell, parts: tuple[Cell, ...], is_open: bool, boxes: Mapping[Cell, Box]
) -> Iterator[tuple[Cell, int]]:
    """Cells that were not known and that the sum leaves one value for."""
    lows, highs = [boxes[cell][0] for cell in parts], [boxes[cell][1] for cell in parts]
    low, high = boxes[total]
    upper = FAR if is_open else min(high, sum(highs))
    if low != high and max(low, sum(lows)) == upper:
        yield total, upper
    for place, cell in enumerate(parts):
        before = boxes[cell]
        others_low, others_high = sum(lows) - lows[place], sum(highs) - highs[place]
        smallest = 0 if is_open else low - others_high
        new = max(before[0], smallest), min(before[1], high - others_low)
        if before[0] != before[1] and new[0] == new[1]:
            yield cell, new[0]
