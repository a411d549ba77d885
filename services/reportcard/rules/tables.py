"""The cells of an edition and the lines that tie them: which published numbers add up to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.vocabulary import subgroups
from shared.vocabulary.measures import GROWTH_LOWEST, LEVEL, PARTICIPATION, SUBJECTS, kind_of, subject_of, unit_of
from shared.vocabulary.statuses import DISTRICT, SCHOOL, STATE

WIDTH = len(subgroups.SUBGROUPS)
INDEX = {name: place for place, name in enumerate(subgroups.SUBGROUPS)}

# The lowest quarter is formed again on a district's pooled list, so its counts do not add up over schools (GRADE-9).
NOT_ADDITIVE = frozenset({GROWTH_LOWEST})

Counts = Mapping[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True)
class Place:
    """One entity of the edition, with its counts: (measure, subgroup) -> (numerator, denominator)."""

    level: str
    entity_id: str
    district_id: str | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Line:
    """A sum that a reader can do: `total` = `parts` + whatever is not published. A flag's other side never is."""

    total: int
    parts: tuple[int, ...]
    flag: bool
    between_levels: bool


@dataclass(frozen=True)
class Frame:
    """Where each cell stands: cell = entity's place x WIDTH + subgroup's place. `touching[cell]`: its lines."""

    keys: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    touching: tuple[tuple[int, ...], ...]
    place_of: Mapping[tuple[str, str], int]

    @property
    def size(self) -> int:
        """How many cells a table has."""
        return len(self.keys) * WIDTH

    def cell(self, level: str, entity_id: str, subgroup: str) -> int:
        """The number of one cell."""
        return self.place_of[level, entity_id] * WIDTH + INDEX[subgroup]


@dataclass(frozen=True)
class Table:
    """One measure, or a series of levels of one subject, over every cell. `series`: its members share a denominator."""

    name: str
    measures: tuple[str, ...]
    unit: int
    students: list[int]
    numerators: list[tuple[int, ...]]

    @cached_property
    def kind(self) -> str:
        """The kind of its measures."""
        return kind_of(self.measures[0])

    @cached_property
    def subject(self) -> str:
        """The subject of its measures."""
        return subject_of(self.measures[0])

    @cached_property
    def of_taking_part(self) -> bool:
        """Whether it tells who took part in a test: other areas have a participation of their own."""
        return self.kind == PARTICIPATION and self.subject in SUBJECTS

    @cached_property
    def additive(self) -> bool:
        """Whether a district's counts are the sum of its schools' counts."""
        return self.kind not in NOT_ADDITIVE


def in_order(places: list[Place]) -> list[Place]:
    """State, districts, schools, each by id: the order of cells, which no hidden value decides."""
    rank = {STATE: 0, DISTRICT: 1, SCHOOL: 2}
    return sorted(places, key=lambda place: (rank[place.level], place.entity_id))


def frame_of(places: list[Place]) -> Frame:
    """Every line of an edition whose places are in order."""
    keys = tuple((place.level, place.entity_id) for place in places)
    lines = [line for row in range(len(places)) for line in _within(row * WIDTH)]
    lines += _between(places)
    touching: list[list[int]] = [[] for _ in range(len(places) * WIDTH)]
    for number, line in enumerate(lines):
        for cell in (line.total, *line.parts):
            touching[cell].append(number)
    return Frame(keys, tuple(lines), tuple(map(tuple, touching)), {key: row for row, key in enumerate(keys)})


def tables_of(places: list[Place]) -> list[Table]:
    """One table a measure, the levels of a subject together, in the order of their names. Absent counts are zero."""
    columns = _columns(places)
    groups: dict[str, list[str]] = {}
    for measure in sorted(columns):
        series = kind_of(measure) == LEVEL
        groups.setdefault(f"{subject_of(measure)}.{LEVEL}" if series else measure, []).append(measure)
    return [_table(name, tuple(sorted(group, key=_rank)), columns) for name, group in sorted(groups.items())]


def _columns(places: list[Place]) -> dict[str, tuple[list[int], list[int]]]:
    """Each measure's numerators and denominators, one a cell."""
    size = len(places) * WIDTH
    columns: dict[str, tuple[list[int], list[int]]] = {}
    for row, place in enumerate(places):
        first = row * WIDTH
        for (measure, subgroup), (numerator, denominator) in place.counts.items():
            if measure not in columns:
                columns[measure] = ([0] * size, [0] * size)
            numerators, denominators = columns[measure]
            if subgroup in INDEX:
                cell = first + INDEX[subgroup]
                numerators[cell], denominators[cell] = numerator, denominator
    return columns


def _table(name: str, measures: tuple[str, ...], columns: Mapping[str, tuple[list[int], list[int]]]) -> Table:
    numerators, denominators = zip(*(columns[measure] for measure in measures), strict=True)
    students = list(map(max, zip(*denominators, strict=True)))
    return Table(name, measures, unit_of(measures[0]), students, list(zip(*numerators, strict=True)))


def _rank(measure: str) -> tuple[int, str]:
    last = measure.rsplit(".", 1)[-1]
    return (int(last) if last.isdigit() else 0, measure)


def _within(first: int) -> list[Line]:
    total = first + INDEX[subgroups.ALL]
    return [
        Line(total, tuple(first + INDEX[name] for name in members), len(members) == 1, False)
        for members in subgroups.PARTITIONS.values()
    ]


def _between(places: list[Place]) -> list[Line]:
    children: dict[int, list[int]] = {}
    rows = {(place.level, place.entity_id): row for row, place in enumerate(places)}
    states = [row for (level, _), row in rows.items() if level == STATE]
    for row, place in enumerate(places):
        if place.level == SCHOOL and (DISTRICT, place.district_id) in rows:
            children.setdefault(rows[DISTRICT, str(place.district_id)], []).append(row)
        elif place.level == DISTRICT and states:
            children.setdefault(states[0], []).append(row)
    return [
        Line(parent * WIDTH + group, tuple(row * WIDTH + group for row in rows_below), False, True)
        for parent, rows_below in sorted(children.items())
        for group in range(WIDTH)
    ]
