"""A card as CSV: one row a published value, in the order of the card."""

import csv
import io
from collections.abc import Iterator
from typing import Any

HEAD = ("school_year", "level", "entity_id", "name", "section", "measure", "subgroup", "member", "display")
COUNTS = ("numerator", "denominator", "explain")


def card_csv(card: dict[str, Any]) -> str:
    """The card's values. Counts stand only where the card has them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*HEAD, *COUNTS))
    about = [card["school_year"], card["level"], card["entity_id"], card["name"]]
    for row in _rows(card):
        writer.writerow([_safe(str(value)) for value in (*about, *row)])
    return out.getvalue()


def _rows(card: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    rating = card["rating"]
    total = rating["points"]["display"] if rating["points"] else rating["status"]
    yield "rating", "points", "all", "", total, "", "", rating["explain"]
    yield "rating", "letter", "all", "", rating["letter"] or "", "", "", rating["explain"]
    for part in rating["components"]:
        points = part["points"]["display"] if part["points"] else "not counted"
        yield "points", part["measure"], "all", "", points, "", "", part["explain"]
    for section in ("measures", "participation"):
        for block in card[section]:
            for row in block["rows"]:
                yield section, block["measure"], row["subgroup"], "", *_cell(row["cell"]), row["explain"]
    for block in card["levels"]:
        for row in block["rows"]:
            for name, cell in zip(block["names"], row["cells"], strict=True):
                yield "levels", block["measure"], row["subgroup"], name, *_cell(cell), row["explain"]


def _cell(cell: dict[str, Any]) -> tuple[Any, Any, Any]:
    return cell["display"], cell.get("numerator", ""), cell.get("denominator", "")


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
