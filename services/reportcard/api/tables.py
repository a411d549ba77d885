"""A card as CSV: one row a published value, in the order of the card."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from services.reportcard.api.pages import blocks
from services.reportcard.rules.sections import RATING, SUPPORT

HEAD = ("school_year", "level", "entity_id", "name", "section", "measure", "subgroup", "member", "display")
COUNTS = ("numerator", "denominator", "explain", "numbers_of")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
Row = tuple[Any, ...]


def card_csv(card: dict[str, Any]) -> str:
    """The card's values. Counts stand only where the card has them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*HEAD, *COUNTS))
    about = [card["school_year"], card["level"], card["entity_id"], card["name"]]
    for row in _rows(card):
        writer.writerow([_safe(str(value)) for value in (*about, *row)])
    return out.getvalue()


def _rows(card: dict[str, Any]) -> Iterator[Row]:
    named = blocks(card)
    for part in card["sections"]:
        rows = [*_of_holding(part, card)]
        for measure in part["measures"]:
            rows += _of_block(named[measure])
        rows += [
            (row["measure"], "all", "", row["cell"]["display"], *_of_amount(row["cell"]), row["explain"])
            for row in part["amounts"]
        ]
        for row in rows:
            yield part["section"], *row, part["year"]
    for row in card["left_out"]:
        yield "left_out", row["measure"], "all", row["reason"], row["students"]["display"], "", "", "", ""


def _of_holding(part: dict[str, Any], card: dict[str, Any]) -> Iterator[Row]:
    """What a section holds beside its tables: the rating, the support status, goals, samples."""
    if part["holds"] == RATING:
        yield from _of_rating(card["rating"])
    if part["holds"] == SUPPORT and card["designation"]:
        yield from _of_support(card["designation"])
    for goal in part.get("goals", ()):
        for row in goal["rows"]:
            steps = {name: row[name] for name in ("baseline", "interim", "status", "gap")} | {"goal": goal["goal"]}
            for name, told in steps.items():
                yield goal["measure"], row["subgroup"], name, told or "", "", "", goal["explain"]
    for each in part.get("administrations", ()):
        for row in each["rows"]:
            for level, told in row["levels"].items():
                where = f"{row['subject']}.grade_{row['grade']}.{each['school_year']}"
                yield where, row["subgroup"], f"{row['entity']}.{level}", told, "", "", each["explain"]


def _of_rating(rating: dict[str, Any]) -> Iterator[Row]:
    total = rating["points"]["display"] if rating["points"] else rating["status"]
    yield "points", "all", "", total, "", rating["possible"] or "", rating["explain"]
    yield "letter", "all", "", rating["letter"] or "", "", "", rating["explain"]
    for flag in rating["flags"]:
        yield "flag", "all", "", flag, "", "", rating["explain"]
    for row in rating["components"]:
        points = row["points"]["display"] if row["points"] else "not counted"
        yield row["measure"], "all", "points", points, "", "", row["explain"]
        yield row["measure"], "all", "points_possible", row["maximum"]["display"], "", "", row["explain"]


def _of_support(designation: dict[str, Any]) -> Iterator[Row]:
    for status in designation["statuses"]:
        yield "status", "all", "", status["label"], "", "", ""
    for reason in designation["reasons"]:
        yield "reason", reason.get("subgroup", "all"), reason["rule"], reason["decision"], "", "", ""


def _of_block(block: dict[str, Any]) -> Iterator[Row]:
    for row in block["rows"]:
        cells = zip(block["names"], row["cells"], strict=True) if "names" in block else [("", row["cell"])]
        for name, cell in cells:
            yield block["measure"], row["subgroup"], name, *_cell(cell), row["explain"]


def _of_amount(cell: dict[str, Any]) -> tuple[Any, Any]:
    return cell.get("amount", ""), cell.get("divided_by", "")


def _cell(cell: dict[str, Any]) -> tuple[Any, Any, Any]:
    return cell["display"], cell.get("numerator", ""), cell.get("denominator", "")


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    if _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
