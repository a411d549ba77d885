"""The receipt of a support status: each rule's decision, its numbers where they are public, and how far the exit is.
Source: essa-report-card CSI-1, CSI-2, IMP-1, SI-STATUS, SUPP-5."""

import re
from collections.abc import Mapping

from services.reportcard.rules.receipts.paper import (
    MORE_THAN,
    OR_LESS,
    OR_MORE,
    Card,
    Chapters,
    Paper,
    Receipt,
    Receipts,
    law_value,
    receipt,
    rows,
)
from services.reportcard.rules.receipts.points import next_letter
from services.reportcard.rules.receipts.rates import share

STATUS = "status"
_RULE = re.compile(r"\b[A-Z]+-\d+\b")
_INDEX = re.compile(r"index_\d{4}-\d{2}")
_BOUNDARIES = {"or_more": ("at_least", OR_MORE), "more_than": ("above", MORE_THAN)}


def of_status(card: Card, chapters: Chapters, receipts: Receipts, asked: str) -> Receipt | None:
    """The receipt of a status or a rule, or of all of them; None for a card that has no such decision."""
    designation = card["designation"]
    if not designation:
        return None
    reasons = [row for row in designation["reasons"] if asked in (STATUS, row["status"], rule_of(row))]
    if not reasons and asked != STATUS:
        return None
    paper, result = Paper(chapters), None
    for row in reasons:
        result = _decided(paper, row, card, chapters) or result
    if designation["statuses"]:
        result = _improvement(paper, card["rating"], chapters) or result
    told = receipts.get(asked) or receipts.get(STATUS) or {**receipts["masks"], "counts": "what a status rests on"}
    rules = list(dict.fromkeys(rule_of(row) for row in reasons))
    return receipt(
        card,
        chapters,
        {**told, "rule": ", ".join(rules) or told["rule"]},
        _title(reasons, asked),
        _display(designation, reasons, asked),
        _sentences(reasons),
        paper,
        result,
        decisions=[{**row, "rule_id": rule_of(row)} for row in reasons],
        entries=[entry for rule in rules for entry in receipts.get(rule, {}).get("entries", ())],
    )


def rule_of(reason: Card) -> str:
    """The id of a reason's rule, such as CSI-2: the first that its source names."""
    found = _RULE.search(reason["rule"])
    return found.group() if found else str(reason["rule"])


def _title(reasons: list[Card], asked: str) -> str:
    return "Support status" if asked == STATUS else f"Support status: {reasons[0]['label']}"


def _display(designation: Card, reasons: list[Card], asked: str) -> str:
    standing = [each["label"] for each in designation["statuses"] if asked in (STATUS, each["status"])]
    if standing or asked == STATUS:
        return "; ".join(standing) or "not identified"
    return "; ".join(dict.fromkeys(row["decision"].replace("_", " ") for row in reasons))


def _sentences(reasons: list[Card]) -> list[str]:
    told = [row["sentence"] for row in reasons if "sentence" in row]
    if any("numbers" not in row for row in reasons):
        told.append("Decisions on results that are not published as numbers are told without steps.")
    return told


def _decided(paper: Paper, reason: Card, card: Card, chapters: Chapters) -> str | None:
    """The steps of one decision: from the measure that it rests on, or from its own public numbers."""
    measure = law_value(chapters, "reportcard", "numbers_rest_on", rule_of(reason))
    if measure:
        return _rate(paper, measure, card)
    return _average(paper, f"{rule_of(reason)}.", reason["numbers"]) if "numbers" in reason else None


def _average(paper: Paper, prefix: str, numbers: Mapping[str, str]) -> str | None:
    """The mean of the years' indexes against the cut of the lowest share, and the places of that share."""
    years = [name for name in numbers if _INDEX.fullmatch(name)]
    if not years or "average" not in numbers:
        return None
    of = [paper.given(prefix + name, numbers[name]) for name in years]
    counted = paper.given(f"{prefix}years_counted", numbers["years_counted"])
    mean = paper.step("average of the years", "quotient", paper.step("indexes of the years", "sum", *of), counted)
    _percent(paper, "average", mean, numbers)
    if "cut" not in numbers:
        return mean
    cut = paper.given(f"{prefix}cut", numbers["cut"])
    paper.threshold("average of the last of the lowest schools", cut, OR_LESS)
    told = paper.step("in the lowest share", "at_most", mean, cut)
    if "ranked" in numbers:
        ranked, share_of = (paper.given(prefix + name, numbers[name]) for name in ("ranked", "share"))
        places = paper.given(f"{prefix}places", numbers["places"])
        least = paper.step("the share of the ranked schools", "product", share_of, ranked)
        paper.step("places: the share rounded up", "at_least", places, least)
        paper.step("not a place more", "below", paper.step("one place fewer", "difference", places, "1"), least)
    above = paper.step("from the cut", "difference", mean, cut)
    paper.distance("the cut, above which a school can leave", above, "of the full scale")
    return told


def _percent(paper: Paper, what: str, of: str, numbers: Mapping[str, str]) -> None:
    percent = paper.step(f"{what} in percent", "product", of, "100")
    rounded = paper.step(f"{what} in percent, rounded half-up", "rounded", percent, "1")
    paper.show(what, rounded, f"{numbers[f'{what}_percent']}%", {"decimals": "1", "after": "%"})


def _rate(paper: Paper, measure: str, card: Card) -> str | None:
    """The published rate against the law's, where its counts are public."""
    cells = [row["cell"] for block, row in rows(card) if block["measure"] == measure and row["subgroup"] == "all"]
    at_most = paper.law("designation", "low_graduation_at_most")
    if not at_most:
        return None
    paper.threshold("rate that identifies", at_most, OR_LESS)
    if not cells or "denominator" not in cells[0]:
        return None
    rate = share(paper, "graduation", cells[0], f"{measure}.")
    told = paper.step("low graduation", "at_most", rate, at_most)
    above = paper.step("from the rate that identifies", "difference", rate, at_most)
    paper.distance("the rate above which a school can leave", above, "of the cohort")
    return told


def _improvement(paper: Paper, rating: Card, chapters: Chapters) -> str | None:
    """How far the published total is from the midpoint of its letter and from the next letter (IMP-1)."""
    text = rating["points"]["display"] if rating["points"] else ""
    own = paper.law("scoring", "columns", str(rating["column"]), "cuts", str(rating["letter"]))
    if not text.isdecimal() or not own:
        return None
    total, better = paper.given("points", text), next_letter(rating, chapters)
    top = paper.law("scoring", "columns", str(rating["column"]), "cuts", better) if better else None
    top = top or paper.given("possible", rating["possible"])
    middle = paper.step("midpoint of the letter", "quotient", paper.step("both ends", "sum", own, top), "2")
    op, boundary = _BOUNDARIES.get(law_value(chapters, "designation", "midpoint_boundary"), _BOUNDARIES["or_more"])
    paper.threshold(f"midpoint of letter {rating['letter']}", middle, boundary)
    told = paper.step(f"at the midpoint ({boundary})", op, total, middle)
    paper.distance("the midpoint", paper.step("to the midpoint", "difference", middle, total), "points")
    if better:
        paper.distance(f"letter {better}", paper.step(f"to letter {better}", "difference", top, total), "points")
    return told
