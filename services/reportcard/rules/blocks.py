"""The tables of a card: a measure, a series, and a component of the points, for each subgroup that is reported."""

from services.reportcard.rules.cells import plain, points_cell, rate_cell, series_cells
from services.reportcard.rules.entities import Part
from services.reportcard.rules.sheets import Card, Presentation, Sheet
from services.reportcard.rules.tables import Table
from shared.vocabulary.measures import SUBJECT_LABELS, test_label, told_test


def measure_block(table: Table, first: int, base: str, sheet: Sheet) -> Card:
    """A measure's rates; `first` is the entity's first cell, `base` the address of its receipts."""
    verdicts, numerators, students = sheet.verdicts.by_table[table.name], table.numerators, table.students
    unit, masking, address = table.unit, sheet.masking, f"{base}/{table.name}/"
    rows = []
    for group, subgroup, text in sheet.groups_of[table.name]:
        cell = first + group
        public = rate_cell(verdicts[cell], numerators[cell][0], students[cell], unit, masking)
        rows.append({"subgroup": subgroup, "label": text, "explain": address + subgroup, "cell": public})
    return {"measure": table.name, "label": sheet.shown.label(table.name), "kind": table.kind, "rows": rows}


def series_block(table: Table, first: int, base: str, sheet: Sheet) -> Card:
    """A series' members."""
    verdicts, numerators, students = sheet.verdicts.by_table[table.name], table.numerators, table.students
    masking, address = sheet.masking, f"{base}/{table.name}/"
    rows = []
    for group, subgroup, text in sheet.groups_of[table.name]:
        cell = first + group
        public = series_cells(verdicts[cell], numerators[cell], students[cell], masking)
        rows.append({"subgroup": subgroup, "label": text, "explain": address + subgroup, "cells": public})
    return {
        "measure": table.name,
        "label": f"{_of_what(table, sheet.shown)}: performance levels",
        "names": [_level_name(rank, table, sheet.shown) for rank in range(1, len(table.measures) + 1)],
        "rows": rows,
    }


def component(part: Part, first: int, base: str, sheet: Sheet) -> Card:
    """A row of the points table."""
    table = sheet.by_name.get(part.measure)
    verdict = sheet.verdicts.by_table[part.measure][first] if table else None
    row: Card = {
        "measure": part.measure,
        "label": sheet.shown.label(part.measure),
        "maximum": {"display": plain(part.maximum)},
        "rate": None,
        "points": None if part.points is None else points_cell(verdict, part.points, sheet.masking),
        "dropped": part.dropped,
        "explain": f"{base}/{part.measure}",
    }
    if table and verdict is not None:
        row["rate"] = rate_cell(verdict, table.numerators[first][0], table.students[first], table.unit, sheet.masking)
    return row


def _of_what(table: Table, shown: Presentation) -> str:
    test = told_test(table.name)
    return test_label(test, shown.words) if test else SUBJECT_LABELS.get(table.subject, table.subject)


def _level_name(rank: int, table: Table, shown: Presentation) -> str:
    test = told_test(table.name)
    names = shown.level_names_of.get(test[1], ()) if test else shown.level_names
    return names[rank - 1] if rank <= len(names) else f"Level {rank}"
