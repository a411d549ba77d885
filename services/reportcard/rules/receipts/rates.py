"""The receipt of a rate or a series: its counts over its students, and the points that a component earns by it.
Source: essa-report-card GEN-1, ASSESS-3, SUPP-1 to SUPP-5."""

from collections.abc import Mapping

from services.reportcard.rules.receipts.paper import (
    JOINT,
    LESS_THAN,
    MORE_THAN,
    Card,
    Chapters,
    Paper,
    Receipt,
    Receipts,
    receipt,
)
from services.reportcard.rules.receipts.points import component_points
from shared.vocabulary.measures import unit_of


def rate(card: Card, chapters: Chapters, receipts: Receipts, told: Card, found: tuple[Card, Card]) -> Receipt:
    """The receipt of one row of a table. Workings stand where every cell of it has counts."""
    block, row = found
    cells = row.get("cells") or [row["cell"]]
    paper, result = Paper(chapters), None
    if all("denominator" in cell for cell in cells):
        result = _shares(paper, cells, block.get("names"))
        part = _component(card, block["measure"]) if row["subgroup"] == "all" else None
        if part and "cells" not in row:
            result = component_points(paper, part, card["rating"], chapters, result) or result
    _thresholds(paper)
    return receipt(
        card,
        chapters,
        told,
        f"{block['label']}, {row['label']}",
        JOINT.join(cell["display"] for cell in cells),
        _sentences(cells, block.get("names"), block["measure"], card["footnotes"]),
        paper,
        result,
        left_out=_left_out(card, block["measure"]) if row["subgroup"] == "all" else [],
        entries=[] if result else list(receipts["masks"]["entries"]),
    )


def share(paper: Paper, what: str, cell: Card, prefix: str = "") -> str:
    """The quotient of a cell's counts."""
    counted = paper.given(f"{prefix}numerator", str(cell["numerator"]))
    students = paper.given(f"{prefix}denominator", str(cell["denominator"]))
    return paper.step(f"{what}: share of the students", "quotient", counted, students)


def _shares(paper: Paper, cells: list[Card], names: list[str] | None) -> str:
    shares = []
    for place, cell in enumerate(cells):
        what = names[place] if names else "rate"
        shares.append(share(paper, what, cell, f"{what}.".lower() if names else ""))
        percent = paper.step(f"{what}: in percent", "product", shares[-1], "100")
        digits = paper.law("reportcard", "percent_decimals") or "1"
        rounded = paper.step(f"{what}: rounded half-up", "rounded", percent, digits)
        paper.show(what, rounded, cell["display"], {"decimals": paper.value(digits), "after": "%"})
    return paper.step("all levels together", "sum", *shares) if names else shares[0]


def _component(card: Card, measure: str) -> Card | None:
    found: Card | None = next((part for part in card["rating"]["components"] if part["measure"] == measure), None)
    return found


def _thresholds(paper: Paper) -> None:
    """What decides whether a number is shown; that it is shown was asked before."""
    for entry, what, boundary in (
        ("minimum_n", "students, withheld", LESS_THAN),
        ("lower_percent", "percent, withheld where the kind of rate is coded", LESS_THAN),
        ("upper_percent", "percent, withheld where the kind of rate is coded", MORE_THAN),
    ):
        if held := paper.law("reportcard", entry):
            paper.threshold(what, held, boundary)
    if "denominator" in paper.inputs and "reportcard.minimum_n" in paper.inputs:
        paper.step("students enough to be shown", "at_least", "$denominator", "$reportcard.minimum_n")


def _sentences(cells: list[Card], names: list[str] | None, measure: str, footnotes: Mapping[str, str]) -> list[str]:
    told = [_sentence(cell, measure, footnotes) for cell in cells]
    return list(dict.fromkeys(f"{name}: {text}" for name, text in zip(names, told, strict=True)) if names else told)


def _sentence(cell: Card, measure: str, footnotes: Mapping[str, str]) -> str:
    shown = cell["display"]
    if "denominator" in cell:
        what = "students" if unit_of(measure) == 1 else "students' credit"
        share = f"{cell['numerator']} ÷ {cell['denominator']} × 100"
        return f"{cell['numerator']} {what} of {cell['denominator']} students: {share} = {shown}, rounded half-up."
    if "percent" in cell:
        return f"{shown}. The counts behind it are withheld, because they would undo a withheld number."
    return f"{shown}: {footnotes.get(shown) or 'a range in place of the exact percentage of its series.'}"


def _left_out(card: Card, measure: str) -> list[Card]:
    return [row for row in card["left_out"] if row["measure"] == measure]
