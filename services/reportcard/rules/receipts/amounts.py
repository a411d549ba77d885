"""The receipt of an amount: the two numbers that it is made of, its parts, or the two groups that a gap lies between.
Source: essa-report-card PPE-1, TEACH-1, EQ-1, GEN-1."""

from collections.abc import Mapping
from fractions import Fraction

from services.reportcard.rules.receipts.paper import Card, Chapters, Paper, Receipt, law_value, parts, receipt
from shared.vocabulary.measures import EQUITY, subject_of
from shared.vocabulary.workings import PLAIN, written

_FEDERAL, _STATE_LOCAL = "federal", "state_local"
_TITLE_I, _OTHER, _GAP, _SIGNED = "title_i", "other", "gap", "signed_gap"
_LESS_IS_WORSE = "effectiveness"
Amounts = Mapping[str, Card]


def of_amount(card: Card, chapters: Chapters, told: Card, measure: str) -> Receipt | None:
    """The receipt of an amount; None when the card has no such amount."""
    known = {row["measure"]: row for part in parts(card) for row in part["amounts"]}
    if measure not in known:
        return None
    row, texts = known[measure], [text for part in parts(card) if _holds(part, measure) for text in part["texts"]]
    cell, paper, result = row["cell"], Paper(chapters), None
    shown = cell["display"]
    sentence = shown
    if "amount" in cell:
        sentence = f"{cell['amount']} ÷ {cell['divided_by']} = {shown}, rounded half-up."
        result = _gap(paper, measure, known) or _quotient(paper, measure, row)
        _of_parts(paper, measure, known)
        _show(paper, result, shown, chapters)
    return receipt(card, chapters, told, row["label"], shown, [sentence, *texts], paper, result)


def _holds(part: Card, measure: str) -> bool:
    return any(row["measure"] == measure for row in part["amounts"])


def _quotient(paper: Paper, name: str, row: Card) -> str:
    amount = paper.given(f"{name}.amount", row["cell"]["amount"])
    divisor = paper.given(f"{name}.divided_by", row["cell"]["divided_by"])
    return paper.step(f"{row['label']}: the amount over its divisor", "quotient", amount, divisor)


def _of_parts(paper: Paper, measure: str, known: Amounts) -> None:
    """What federal and state and local money make together, where the card tells both of the same divisor."""
    cells = [known.get(f"{measure}.{part}", {}).get("cell", {}) for part in (_FEDERAL, _STATE_LOCAL)]
    if all(cell.get("divided_by") == known[measure]["cell"]["divided_by"] for cell in cells):
        amounts = [
            paper.given(f"{measure}.{part}.amount", cell["amount"])
            for part, cell in zip((_FEDERAL, _STATE_LOCAL), cells, strict=True)
        ]
        together = paper.step("federal, and state and local, together", "sum", *amounts)
        paper.step("less the total: nothing is left", "difference", f"${measure}.amount", together)


def _gap(paper: Paper, measure: str, known: Amounts) -> str | None:
    """A gap from its two groups; None for what is no gap, or where a group is not on the card, or does not give it."""
    row, _, part = measure.rpartition(".")
    groups = [known.get(f"{row}.{group}", {}).get("cell", {}) for group in (_TITLE_I, _OTHER)]
    if subject_of(measure) != EQUITY or part not in (_GAP, _SIGNED) or not all("amount" in cell for cell in groups):
        return None
    title_i, other = (Fraction(cell["amount"]) / Fraction(cell["divided_by"]) for cell in groups)
    is_reversed = row.endswith(f".{_LESS_IS_WORSE}")
    signed = other - title_i if is_reversed else title_i - other
    cell = known[measure]["cell"]
    if Fraction(cell["amount"]) / Fraction(cell["divided_by"]) != (signed if part == _SIGNED else abs(signed)):
        return None
    left, right = (_quotient(paper, name, known[name]) for name in (f"{row}.{group}" for group in (_TITLE_I, _OTHER)))
    worse = (right, left) if is_reversed else (left, right)
    difference = paper.step("how much worse off Title I schools are", "difference", *worse)
    if part == _SIGNED:
        return difference
    back = paper.step("the other way round", "difference", *reversed(worse))
    return paper.step("without its sign", "greatest", difference, back)


def _show(paper: Paper, result: str, shown: str, chapters: Chapters) -> None:
    """Says in which of the law's forms the amount is written."""
    forms = {"": {}, **(law_value(chapters, "reportcard", "amount_forms") or {})}
    for unit, form in forms.items():
        times, digits = form.get("times", "1"), form.get("decimals", "2")
        sign = {"before": form.get("before", ""), "after": form.get("after", "")}
        whole = {**PLAIN, **sign, "decimals": digits, "thousands": ","}
        exact = Fraction(paper.value(result)) * Fraction(times)
        if written(str(exact), whole) == shown:
            if times != "1":
                result = paper.step("in its form", "product", result, _law(paper, unit, "times", times))
            rounded = paper.step("rounded half-up", "rounded", result, _law(paper, unit, "decimals", digits))
            return paper.show("display", rounded, shown, whole)


def _law(paper: Paper, unit: str, name: str, value: str) -> str:
    return paper.law("reportcard", "amount_forms", unit, name) or value
