"""The public card of a school, district or the state: only what suppression has passed. Source: SUPP-5."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any
from urllib.parse import quote

from services.reportcard.rules.cells import Cell, plain, points_cell, rate_cell, series_cells
from services.reportcard.rules.entities import Designation, Entity, Head, Part
from services.reportcard.rules.masks import BARE, CODED, SHOWN, Masking
from services.reportcard.rules.suppression import Protection, Verdicts, decide
from services.reportcard.rules.tables import INDEX, WIDTH, Table
from shared.vocabulary.measures import KIND_LABELS, LEVEL, PARTICIPATION, SUBJECT_LABELS, SUBJECTS, kind_of, label
from shared.vocabulary.statuses import STATUS_LABELS
from shared.vocabulary.subgroups import LABELS

Card = dict[str, Any]


@dataclass(frozen=True)
class Participation:
    """The flag that scoring sets when fewer than `share` of the expected took part in one of `subjects` (GRADE-8)."""

    flag: str
    share: Fraction
    subjects: frozenset[str]


@dataclass(frozen=True)
class Presentation:
    """What a state shows: its name, subgroups, names of levels, which reasons' numbers and left-out groups are public.

    `bands`: lowest students of each band of left-out students, rising. `banded`: reasons shown in bands.
    `guarded`: reasons that would undo a coded participation, banded only beside an exact one.
    """

    state_name: str
    subgroups: tuple[str, ...]
    level_names: tuple[str, ...]
    open_statuses: frozenset[str]
    bands: tuple[int, ...]
    banded: frozenset[str]
    guarded: frozenset[str]
    reason_labels: Mapping[str, str]
    footnotes: Mapping[str, str]
    support_link: str | None
    participation: Participation


@dataclass(frozen=True)
class LeftOut:
    """A row of left-out students: its measure and reason, what a card calls them, the subject's participation."""

    measure: str
    reason: str
    name: str
    label: str
    participation: tuple[int, ...] | None


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
    def rates(self) -> tuple[Table, ...]:
        """The tables of single measures, in the order in which a card tells them."""
        single = [table for table in self.verdicts.tables if len(table.measures) == 1 and not self._is_series(table)]
        return tuple(sorted(single, key=lambda table: _measure_order(table.measures[0])))

    @cached_property
    def series(self) -> tuple[Table, ...]:
        """The tables whose measures are told as one series."""
        return tuple(table for table in self.verdicts.tables if self._is_series(table))

    @cached_property
    def by_name(self) -> Mapping[str, Table]:
        """Every table by its name."""
        return {table.name: table for table in self.verdicts.tables}

    @cached_property
    def groups(self) -> tuple[tuple[int, str, str], ...]:
        """The subgroups of a card: place within an entity's cells, name, label."""
        return tuple((INDEX[name], name, LABELS[name]) for name in self.shown.subgroups)

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The rows of left-out students, each with what is the same on every card."""
        return tuple(self._left_out(measure, reason) for measure, reason in self.left_out_rows)

    def _left_out(self, measure: str, reason: str) -> LeftOut:
        name = measure.removesuffix(".1") if kind_of(measure) == LEVEL else measure
        text = self.shown.reason_labels.get(reason, reason.replace("_", " "))
        participation = self.verdicts.by_table.get(f"{measure.split('.', 1)[0]}.{PARTICIPATION}")
        return LeftOut(measure, reason, name, text, participation)

    def _is_series(self, table: Table) -> bool:
        return table.kind in self.masking.series_kinds


def cards_of(sheet: Sheet, entities: list[Entity]) -> Iterator[tuple[Entity, Card]]:
    """Each entity's card: state, districts, schools, each by id."""
    for entity in sorted(entities, key=lambda one: sheet.verdicts.frame.place_of[one.key]):
        yield entity, card_of(entity, sheet)


def judged(entities: list[Entity], law: Protection, former: Any = None) -> Verdicts:
    """The verdicts on all cells of an edition."""
    return decide([entity.place() for entity in entities], [entity.earned() for entity in entities], law, former)


def card_of(entity: Entity, sheet: Sheet) -> Card:
    """One card. The order of everything in it is that of names and ids, never that of a value."""
    first = sheet.verdicts.frame.place_of[entity.key] * WIDTH
    base = explain_base(sheet.head.edition_id, entity)
    return {
        "edition_id": sheet.head.edition_id,
        "state": sheet.head.state,
        "state_name": sheet.shown.state_name,
        "school_year": sheet.head.school_year,
        "level": entity.level,
        "entity_id": entity.entity_id,
        "name": entity.name,
        "district": {"district_id": entity.district_id, "name": entity.district_name} if entity.district_id else None,
        "grades": list(entity.grades),
        "title_i": entity.title_i,
        "rating": _rating(entity, first, base, sheet),
        "measures": [_measure(table, first, base, sheet) for table in sheet.rates if table.kind != PARTICIPATION],
        "participation": [_measure(table, first, base, sheet) for table in sheet.rates if table.kind == PARTICIPATION],
        "levels": [_series(table, first, base, sheet) for table in sheet.series],
        "left_out": _left_out(entity, first, sheet),
        "designation": _designation(entity, sheet),
        "footnotes": dict(sheet.shown.footnotes),
    }


def explain_base(edition_id: str, entity: Entity) -> str:
    """The address under which an entity's numbers are explained."""
    return f"/explain/{edition_id}/{entity.level}/{quote(entity.entity_id, safe='')}"


def _measure_order(measure: str) -> tuple[int, int]:
    subject, kind = measure.split(".", 1)
    kinds = list(KIND_LABELS)
    return (
        SUBJECTS.index(subject) if subject in SUBJECTS else len(SUBJECTS),
        kinds.index(kind) if kind in kinds else len(kinds),
    )


def _measure(table: Table, first: int, base: str, sheet: Sheet) -> Card:
    verdicts, numerators, students = sheet.verdicts.by_table[table.name], table.numerators, table.students
    unit, masking, address = table.unit, sheet.masking, f"{base}/{table.name}/"
    rows = []
    for group, subgroup, text in sheet.groups:
        cell = first + group
        public = rate_cell(verdicts[cell], numerators[cell][0], students[cell], unit, masking)
        rows.append({"subgroup": subgroup, "label": text, "explain": address + subgroup, "cell": public})
    return {"measure": table.name, "label": label(table.name), "kind": table.kind, "rows": rows}


def _series(table: Table, first: int, base: str, sheet: Sheet) -> Card:
    verdicts, numerators, students = sheet.verdicts.by_table[table.name], table.numerators, table.students
    masking, address = sheet.masking, f"{base}/{table.name}/"
    rows = []
    for group, subgroup, text in sheet.groups:
        cell = first + group
        public = series_cells(verdicts[cell], numerators[cell], students[cell], masking)
        rows.append({"subgroup": subgroup, "label": text, "explain": address + subgroup, "cells": public})
    names = [_level_name(rank, sheet.shown) for rank in range(1, len(table.measures) + 1)]
    return {
        "measure": table.name,
        "label": f"{SUBJECT_LABELS.get(table.subject, table.subject)}: performance levels",
        "names": names,
        "rows": rows,
    }


def _level_name(rank: int, shown: Presentation) -> str:
    return shown.level_names[rank - 1] if rank <= len(shown.level_names) else f"Level {rank}"


def _rating(entity: Entity, first: int, base: str, sheet: Sheet) -> Card:
    withheld = entity.key in sheet.verdicts.totals_withheld
    points: Cell | None = None
    if entity.points is not None:
        points = {"display": sheet.masking.star_mask if withheld else entity.points}
    return {
        "status": entity.status,
        "letter": entity.letter,
        "points": points,
        "possible": plain(entity.possible) if entity.possible else None,
        "column": entity.column,
        "components": [_component(part, first, base, sheet) for part in entity.parts],
        "flags": [flag for flag in entity.flags if flag != sheet.shown.participation.flag or _follows(first, sheet)],
        "explain": f"{base}/points",
    }


def _follows(first: int, sheet: Sheet) -> bool:
    """Whether too little participation follows from what the card shows: else the flag would tell of a masked rate."""
    rule = sheet.shown.participation
    for table in sheet.verdicts.tables:
        if table.kind == PARTICIPATION and table.subject in rule.subjects:
            verdict, students = sheet.verdicts.by_table[table.name][first], table.students[first]
            if verdict in (SHOWN, BARE, CODED) and Fraction(table.numerators[first][0], students) < rule.share:
                return True
    return False


def _component(part: Part, first: int, base: str, sheet: Sheet) -> Card:
    table = sheet.by_name.get(part.measure)
    verdict = sheet.verdicts.by_table[part.measure][first] if table else None
    row: Card = {
        "measure": part.measure,
        "label": label(part.measure),
        "maximum": {"display": plain(part.maximum)},
        "rate": None,
        "points": None if part.points is None else points_cell(verdict, part.points, sheet.masking),
        "dropped": part.dropped,
        "explain": f"{base}/{part.measure}",
    }
    if table and verdict is not None:
        row["rate"] = rate_cell(verdict, table.numerators[first][0], table.students[first], table.unit, sheet.masking)
    return row


def left_out_rows(entities: list[Entity]) -> tuple[tuple[str, str], ...]:
    """The (measure, reason) rows of an edition's cards; of a series its first member's, which are the same for all."""
    found = {(measure, reason) for entity in entities for measure, reason, _ in entity.left_out}
    return tuple(sorted(row for row in found if kind_of(row[0]) != LEVEL or row[0].endswith(f"{LEVEL}.1")))


def _left_out(entity: Entity, first: int, sheet: Sheet) -> list[Card]:
    """Who is not counted and why, in bands of students: an exact number would undo a neighbour's mask."""
    students = {(measure, reason): count for measure, reason, count in entity.left_out}
    return [
        {
            "measure": row.name,
            "reason": row.reason,
            "label": row.label,
            "students": {"display": _band(row, students.get((row.measure, row.reason), 0), first, sheet)},
        }
        for row in sheet.left_out
    ]


def _band(row: LeftOut, students: int, first: int, sheet: Sheet) -> str:
    exact = row.participation is not None and row.participation[first] in (SHOWN, BARE)
    if row.reason not in sheet.shown.banded and not (row.reason in sheet.shown.guarded and exact):
        return sheet.masking.star_mask
    if students < sheet.masking.minimum_n:
        return sheet.masking.small_mask
    bands = sheet.shown.bands
    place = max(index for index, lowest in enumerate(bands) if lowest <= students)
    return f"{bands[place]}-{bands[place + 1] - 1}" if place + 1 < len(bands) else f"{bands[place]} or more"


def _designation(entity: Entity, sheet: Sheet) -> Card | None:
    found = entity.designation
    if found is None:
        return None
    withheld = entity.key in sheet.verdicts.totals_withheld
    return {
        "statuses": [{"status": status, "label": STATUS_LABELS.get(status, status)} for status in found.after],
        "before": list(found.before),
        "starts_on": found.starts_on,
        "reasons": _reasons(found, withheld, sheet),
        "support_link": sheet.shown.support_link if found.after else None,
    }


def _reasons(found: Designation, withheld: bool, sheet: Sheet) -> list[Card]:
    """Rule and decision always; numbers and sentence only of statuses that rest on published totals."""
    rows = []
    for reason in found.reasons:
        row: Card = {"rule": reason.rule, "status": reason.status, "decision": reason.decision}
        row["label"] = STATUS_LABELS.get(reason.status, reason.status)
        if reason.status in sheet.shown.open_statuses and not withheld:
            row |= {"numbers": dict(reason.numbers), "sentence": reason.sentence}
        rows.append(row)
    return rows
