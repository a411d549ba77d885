"""Everything the cards of one edition are drawn from, and what a state shows of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any
from urllib.parse import quote

from services.reportcard.rules.amounts import Form
from services.reportcard.rules.entities import Entity, Head
from services.reportcard.rules.goals import Goal, Step, baseline_of, step_of
from services.reportcard.rules.left_out import Bands, LeftOut
from services.reportcard.rules.masks import Masking
from services.reportcard.rules.naep import Administration
from services.reportcard.rules.sections import Section, label_of, placed
from services.reportcard.rules.suppression import Verdicts
from services.reportcard.rules.tables import INDEX, Table
from shared.vocabulary.measures import KIND_LABELS, LEVEL, PARTICIPATION, SUBJECTS, kind_of, told_test
from shared.vocabulary.subgroups import ALL, LABELS

Card = dict[str, Any]


@dataclass(frozen=True)
class Participation:
    """The flag that scoring sets when fewer than `share` of the expected took part in one of `subjects` (GRADE-8)."""

    flag: str
    share: Fraction
    subjects: frozenset[str]


@dataclass(frozen=True)
class Presentation:
    """What a state shows: its name, sections, subgroups, names of levels, which reasons' numbers and left-out groups
    are public.

    `level_names_of`: those of a test program, by its word. `numbers_rest_on`: rule -> the measure whose counts its
    numbers would tell.
    """

    state_name: str
    subgroups: tuple[str, ...]
    level_names: tuple[str, ...]
    level_names_of: Mapping[str, tuple[str, ...]]
    open_statuses: frozenset[str]
    bands: Bands
    reason_labels: Mapping[str, str]
    footnotes: Mapping[str, str]
    support_link: str | None
    participation: Participation
    sections: tuple[Section, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    numbers_rest_on: Mapping[str, str] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    administrations: tuple[Administration, ...] = ()

    def label(self, measure: str) -> str:
        """What a reader sees for a measure."""
        return label_of(measure, self.labels, self.words)


@dataclass(frozen=True)
class Held:
    """A subgroup's row of a goal: its place within an entity's cells, what it is held to, what all cards tell."""

    place: int
    step: Step | None
    about: Card


@dataclass(frozen=True)
class Sheet:
    """Everything the cards of one edition are drawn from. `left_out_rows`: the same (measure, reason) rows on every
    card, so that a missing row never tells a zero from a masked number."""

    head: Head
    verdicts: Verdicts
    masking: Masking
    shown: Presentation
    left_out_rows: tuple[tuple[str, str], ...] = ()

    @cached_property
    def placed(self) -> Mapping[str, tuple[str, ...]]:
        """The tables of each section, by name, in the order of a card."""
        names = sorted((table.name for table in self.verdicts.tables), key=_order)
        return placed(self.shown.sections, names)

    @cached_property
    def ordered(self) -> tuple[Table, ...]:
        """Every table, in the order of the card."""
        return tuple(self.by_name[name] for names in self.placed.values() for name in names)

    @cached_property
    def rates(self) -> tuple[Table, ...]:
        """The tables of single measures, but for those of who took part in tests."""
        return tuple(table for table in self.ordered if not self._is_series(table) and not table.of_taking_part)

    @cached_property
    def taking_part(self) -> tuple[Table, ...]:
        """The tables of who took part in tests."""
        return tuple(table for table in self.ordered if table.of_taking_part)

    @cached_property
    def series(self) -> tuple[Table, ...]:
        """The tables whose measures are told as one series."""
        return tuple(table for table in self.ordered if self._is_series(table))

    def given(self, names: Iterable[str], first: int) -> list[str]:
        """Of these tables those of an entity whose first cell this is: of tests only those that anyone there took.

        A test stands for all its programs or for none, so that no card tells whether an alternate one is empty.
        """
        return [name for name in names if name not in self._programs or self._is_taken(name, first)]

    def _is_taken(self, name: str, first: int) -> bool:
        return any(table.students[first + INDEX[ALL]] for table in self._programs[name])

    @cached_property
    def _programs(self) -> Mapping[str, tuple[Table, ...]]:
        """Name of each test's table -> the tables of that test in every program."""
        told = {name: test for name in self.by_name if (test := told_test(name))}
        return {
            name: tuple(self.by_name[one] for one, test in told.items() if test[::2] == (subject, named))
            for name, (subject, _, named) in told.items()
        }

    @cached_property
    def by_name(self) -> Mapping[str, Table]:
        """Every table by its name."""
        return {table.name: table for table in self.verdicts.tables}

    @cached_property
    def groups_of(self) -> Mapping[str, tuple[tuple[int, str, str], ...]]:
        """The subgroups that a table's section reports: place within an entity's cells, name, label (SUBG-10)."""
        reported = {section.name: section.subgroups for section in self.shown.sections}
        return {
            name: tuple(
                (INDEX[group], group, LABELS[group])
                for group in self.shown.subgroups
                if reported.get(section) is None or group in (reported[section] or ())
            )
            for section, names in self.placed.items()
            for name in names
        }

    def held(self, goal: Goal, section: Section) -> tuple[Held, ...]:
        """The rows of a goal, for the subgroups of the section that its table has."""
        if goal.measure not in self._held:
            groups = [
                group for group in self.shown.subgroups if section.subgroups is None or group in section.subgroups
            ]
            named = [group for group in groups if not goal.years or group in goal.percents]
            self._held[goal.measure] = tuple(self._row_of(goal, group) for group in named)
        return self._held[goal.measure]

    @cached_property
    def _held(self) -> dict[str, tuple[Held, ...]]:
        return {}

    def _row_of(self, goal: Goal, group: str) -> Held:
        step = step_of(goal, group, self.head.school_year)
        about = {"subgroup": group, "label": LABELS[group], "baseline": baseline_of(goal, group)}
        held_to = {"interim": step.percent if step else None, "interim_year": step.year if step else None}
        return Held(INDEX[group], step, about | held_to)

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The rows of left-out students, each with what is the same on every card."""
        return tuple(self._left_out(measure, reason) for measure, reason in self.left_out_rows)

    def _left_out(self, measure: str, reason: str) -> LeftOut:
        name = measure.removesuffix(".1") if kind_of(measure) == LEVEL else measure
        text = self.shown.reason_labels.get(reason, reason.replace("_", " "))
        subject = measure.split(".", 1)[0]
        table = self.by_name.get(f"{subject}.{PARTICIPATION}")
        guard = self.verdicts.by_table[table.name] if table and table.of_taking_part else None
        return LeftOut(measure, reason, name, text, guard)

    def _is_series(self, table: Table) -> bool:
        return table.kind in self.masking.series_kinds


def explain_base(edition_id: str, entity: Entity) -> str:
    """The address under which an entity's numbers are explained."""
    return f"/explain/{edition_id}/{entity.level}/{quote(entity.entity_id, safe='')}"


def _order(name: str) -> tuple[int, int, int, str]:
    """Subjects before other areas; tests last, those of grades before courses."""
    subject, kind = name.split(".", 1)
    kinds, test = list(KIND_LABELS), told_test(name)
    if test:
        return (len(SUBJECTS) + 1, not test[2].startswith("grade-"), len(name), name)
    return (
        SUBJECTS.index(subject) if subject in SUBJECTS else len(SUBJECTS),
        kinds.index(kind) if kind in kinds else len(kinds),
        0,
        name,
    )
