"""Measures that share their students hold to each other: what one tells of a group's size, no other may have hidden.
Source: essa-report-card SUPP-1, SUPP-4; that several tables are read together follows disclosure control practice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import eq

from services.reportcard.rules.closure import Costs, Sheet, close
from services.reportcard.rules.lines import Cover
from services.reportcard.rules.masks import BARE, CODED, SHOWN, Masking
from services.reportcard.rules.tables import Frame, Table
from shared.vocabulary.measures import LEVEL, PROFICIENCY, SUBJECTS


@dataclass
class Family:
    """Measures of the very same students, such as three rates of discipline. `students`: the sizes of the groups as a
    reader has them who takes each from the measure that tells most."""

    students: Sheet
    members: tuple[Sheet, ...]
    seen: list[list[int]] = field(default_factory=list)

    def hold(self, law: Masking, cover: Cover, costs: Costs) -> bool:
        """Hide what all members together would give away. True when that changed one of them."""
        if self.seen == [member.verdicts for member in self.members]:
            return False
        changed = not self.seen and self._guard_codes(law, cover)  # a code is there from the start or never
        self._read()
        close(self.students, law, cover, costs)
        for cell, verdict in enumerate(self.students.verdicts):
            if verdict != SHOWN:
                for member in self.members:
                    if member.verdicts[cell] == SHOWN:
                        changed |= member.hide(cell, verdict)
        self.seen = [list(member.verdicts) for member in self.members]
        return changed

    def _read(self) -> None:
        """What is public by now; lines are looked at again where that is less than it was."""
        known = list(map(min, *(member.verdicts for member in self.members)))
        for cell, (verdict, before) in enumerate(zip(known, self.students.verdicts, strict=True)):
            if verdict != before:
                self.students.hide(cell, verdict)

    def _guard_codes(self, law: Masking, cover: Cover) -> bool:
        """Less than 5 percent of 15 students is nobody: a code beside the size of so small a group would be exact."""
        changed = False
        for coded in self.members:
            for cell, verdict in enumerate(coded.verdicts):
                if verdict == CODED and _possible(coded.table, cell, law) < cover.small_values:
                    changed |= sum(one.hide(cell, BARE) for one in self.members if one is not coded) > 0
        return changed


@dataclass
class Twins:
    """A subject's rate and its levels: where every student is in the series (`is_same`), the counts of one are the
    other's. `known`: the rate as a reader has it who takes each cell from the table that tells it."""

    rate: Sheet
    series: Sheet
    is_same: list[bool]
    known: Sheet

    def hold(self, law: Masking, cover: Cover, costs: Costs) -> bool:
        """Hide what both together would give away. True when that changed one of them."""
        for cell, verdict in enumerate(_told(self.rate, self.series, self.is_same)):
            if verdict != self.known.verdicts[cell]:
                self.known.hide(cell, verdict)
        changed = False
        if close(self.known, law, cover, costs):
            for cell, verdict in enumerate(self.known.verdicts):
                if verdict != SHOWN:
                    for sheet in (self.rate, self.series) if self.is_same[cell] else (self.rate,):
                        changed |= sheet.verdicts[cell] == SHOWN and sheet.hide(cell, verdict)
        return changed


@dataclass
class Link:
    """A measure and another whose students are those that the first one counts, such as who took part and who did
    well: the size of the second gives the first one's numerator, and the reverse."""

    whole: Sheet
    part: Sheet

    def hold(self, law: Masking, cover: Cover, costs: Costs) -> bool:
        """Where one is without counts, so is the other."""
        changed = False
        for cell, (whole, part) in enumerate(zip(self.whole.verdicts, self.part.verdicts, strict=True)):
            if whole == SHOWN != part:
                changed |= self.whole.hide(cell, BARE)
            elif part == SHOWN != whole:
                changed |= self.part.hide(cell, BARE)
        return changed


def families_of(frame: Frame, sheets: Mapping[str, Sheet], law: Masking) -> list[Family]:
    """The measures of each set of students that more than one counts."""
    alike = _by_students(_with_counts(sheets, law))
    return [_family(frame, members, law) for members in alike.values() if len(members) > 1]


def twins_of(frame: Frame, sheets: Mapping[str, Sheet], law: Masking) -> list[Twins]:
    """Each subject that has both tables."""
    found = [(sheets.get(f"{subject}.{PROFICIENCY}"), sheets.get(f"{subject}.{LEVEL}")) for subject in SUBJECTS]
    return [_twins(frame, rate, series, law) for rate, series in found if rate and series]


def links_of(sheets: Mapping[str, Sheet], law: Masking) -> list[Link]:
    """The measures whose students another one counts."""
    found = _with_counts(sheets, law)
    alike = _by_students(found)
    return [
        Link(whole, part)
        for whole in found
        if whole.table.unit == 1
        for part in alike.get((_area(whole), tuple(each for (each,) in whole.table.numerators)), ())
        if part is not whole
    ]


def _by_students(found: list[Sheet]) -> dict[tuple[str, tuple[int, ...]], list[Sheet]]:
    alike: dict[tuple[str, tuple[int, ...]], list[Sheet]] = {}
    for sheet in found:
        alike.setdefault((_area(sheet), tuple(sheet.table.students)), []).append(sheet)
    return alike


def _area(sheet: Sheet) -> str:
    """A test's subject; that two subjects have the same students is chance, and no reader can count on it."""
    return sheet.table.subject if sheet.table.subject in SUBJECTS else ""


def _with_counts(sheets: Mapping[str, Sheet], law: Masking) -> list[Sheet]:
    """The single measures that are published with counts, by name; a series holds to its rate elsewhere."""
    named = [sheets[name] for name in sorted(sheets)]
    return [
        sheet
        for sheet in named
        if sheet.table.kind not in law.series_kinds and not law.is_rate_only(sheet.table.name, sheet.table.kind)
    ]


def _family(frame: Frame, members: list[Sheet], law: Masking) -> Family:
    first = members[0].table
    table = Table(first.name, first.measures, first.unit, first.students, [()] * len(first.students))
    verdicts = list(map(min, *(member.verdicts for member in members)))
    sheet = Sheet(frame, table, verdicts, frozenset.union(*(member.told for member in members)))
    sheet.watch(law)
    return Family(sheet, tuple(members))


def _twins(frame: Frame, rate: Sheet, series: Sheet, law: Masking) -> Twins:
    is_same = list(map(eq, rate.table.students, series.table.students))
    told = frozenset(cell for cell in series.told if is_same[cell])
    known = Sheet(frame, rate.table, _told(rate, series, is_same), rate.told | told)
    known.watch(law)
    return Twins(rate, series, is_same, known)


def _told(rate: Sheet, series: Sheet, is_same: list[bool]) -> list[int]:
    cells = zip(rate.verdicts, series.verdicts, is_same, strict=True)
    return [SHOWN if same and of_series == SHOWN else of_rate for of_rate, of_series, same in cells]


def _possible(table: Table, cell: int, law: Masking) -> int:
    """How many numbers of students a coded rate may stand for, to a reader who knows the size of the group."""
    students, (numerator,) = table.students[cell], table.numerators[cell]
    lower, upper, scale = law.bounds
    is_low = 100 * scale * numerator < lower * table.unit * students
    return -(-(lower if is_low else 100 * scale - upper) * students // (100 * scale))
