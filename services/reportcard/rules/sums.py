"""Tests add up to their subject: where one of both is hidden, no sum or difference of the others may give it away.
Source: essa-report-card ASSESS-1, ASSESS-3, SUPP-4; reading tables together follows disclosure control practice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.reportcard.rules.closure import Costs, Sheet, close
from services.reportcard.rules.lines import Cover
from services.reportcard.rules.masks import Masking
from services.reportcard.rules.tables import Frame, Line, Table
from shared.vocabulary.measures import LEVEL, PROFICIENCY, SUBJECTS, told_test

T = TypeVar("T")
Numerators = list[tuple[int, ...]]


@dataclass(frozen=True)
class Programs:
    """Test programs by the words of their names: the one of the subjects' series, each one's first proficient level."""

    main: str
    proficient_from: Mapping[str, int]


@dataclass
class Sum:
    """Tables that make another's cells, each by itself: the first of `members` is the sum of the others.

    `together` holds all their cells, one table after the other, and a line for each sum.
    """

    members: tuple[Sheet, ...]
    together: Sheet
    seen: list[list[int]]

    def hold(self, law: Masking, cover: Cover, costs: Costs) -> bool:
        """Hide what the sums would give away. True when that changed a table."""
        size = len(self.members[0].verdicts)
        for place, member in enumerate(self.members):
            if member.verdicts != self.seen[place]:
                for cell, (verdict, before) in enumerate(zip(member.verdicts, self.seen[place], strict=True)):
                    if verdict != before:
                        self.together.hide(place * size + cell, verdict)
        changed = close(self.together, law, cover, costs)
        if changed:
            self._pass_on()
        self.seen = [list(member.verdicts) for member in self.members]
        return changed

    def _pass_on(self) -> None:
        size = len(self.members[0].verdicts)
        for place, member in enumerate(self.members):
            found = self.together.verdicts[place * size : (place + 1) * size]
            for cell, verdict in enumerate(found):
                if verdict != member.verdicts[cell]:
                    member.hide(cell, verdict)


def sums_of(frame: Frame, sheets: Mapping[str, Sheet], programs: Programs, law: Masking) -> list[Sum]:
    """Of each subject: the main program's tests make its series; series and other tests make its proficiency."""
    return [
        _sum(frame, members, numerators, first_test, law)
        for subject in SUBJECTS
        for members, numerators, first_test in _of_subject(subject, sheets, programs)
    ]


def _of_subject(
    subject: str, sheets: Mapping[str, Sheet], programs: Programs
) -> Iterator[tuple[tuple[Sheet, ...], list[Numerators], int]]:
    """What adds up, with its numerators and the place of the first test."""
    series, rate = (sheets.get(f"{subject}.{kind}") for kind in (LEVEL, PROFICIENCY))
    tests = [(told[1], sheet) for _, sheet in sorted(sheets.items()) if (told := told_test(sheet.table.name))]
    tests = [(program, sheet) for program, sheet in tests if sheet.table.subject.startswith(f"{subject}:")]
    main = [sheet for program, sheet in tests if program == programs.main]
    beside = [(program, sheet) for program, sheet in tests if program != programs.main]
    if series and main:
        yield (series, *main), [_at_ranks(sheet.table, series.table) for sheet in (series, *main)], 1
    if rate and beside:
        parts = [(programs.main, series), *beside] if series else beside
        proficient = [_proficient(sheet.table, programs.proficient_from[program]) for program, sheet in parts]
        yield (rate, *(sheet for _, sheet in parts)), [rate.table.numerators, *proficient], 2 if series else 1


def _at_ranks(table: Table, series: Table) -> Numerators:
    """A test's numerators at the levels of the series."""
    places = {_rank(measure): place for place, measure in enumerate(table.measures)}
    ranks = [_rank(measure) for measure in series.measures]
    if ranks == list(places):
        return table.numerators
    return [tuple(row[places[rank]] if rank in places else 0 for rank in ranks) for row in table.numerators]


def _proficient(table: Table, proficient_from: int) -> Numerators:
    """The students at the proficient levels."""
    first = sum(_rank(measure) < proficient_from for measure in table.measures)
    return [(sum(row[first:]),) for row in table.numerators]


def _rank(measure: str) -> int:
    return int(measure.rsplit(".", 1)[-1])


def _sum(frame: Frame, members: tuple[Sheet, ...], numerators: list[Numerators], first_test: int, law: Masking) -> Sum:
    first, students = members[0].table, [member.table.students for member in members]
    lines, touching = _lines(students, first_test)
    size = len(first.students)
    table = Table(first.name, first.measures, first.unit, _joined(students), _joined(numerators))
    told = frozenset(place * size + cell for place, member in enumerate(members) for cell in member.told)
    whole = Frame(frame.keys * len(members), lines, touching, frame.place_of)
    sheet = Sheet(whole, table, _joined([member.verdicts for member in members]), told)
    sheet.watch(law)
    return Sum(members, sheet, [list(member.verdicts) for member in members])


def _lines(students: Sequence[Sequence[int]], first: int) -> tuple[tuple[Line, ...], tuple[tuple[int, ...], ...]]:
    """A line for each cell in which a test has students, of the parts that have some; each cell's lines. `first`: the
    place of the first test."""
    size = len(students[0])
    lines: list[Line] = []
    touching: list[tuple[int, ...]] = [()] * (size * len(students))
    for cell, everyone in enumerate(students[0]):
        places = range(1, len(students)) if everyone else ()
        parts = tuple(place * size + cell for place in places if students[place][cell])
        if any(part >= size * first for part in parts):
            for each in (cell, *parts):
                touching[each] = (len(lines),)
            lines.append(Line(cell, parts, False, False))
    return tuple(lines), tuple(touching)


def _joined(lists: Sequence[list[T]]) -> list[T]:
    return [each for one in lists for each in one]
