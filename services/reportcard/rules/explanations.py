"""How a published number or status came about, told from the public card and the law alone: no explanation can say
more than the card does. Source: essa-report-card SUPP-5, GEN-1, GRADE-6, GRADE-7."""

from collections.abc import Mapping
from typing import Any

from services.reportcard.rules.receipts.amounts import of_amount
from services.reportcard.rules.receipts.goals import GOALS, NAEP, of_goals, of_naep
from services.reportcard.rules.receipts.paper import Card, Chapters, Receipt, Receipts, Whole, rows
from services.reportcard.rules.receipts.points import POINTS, of_component, of_points
from services.reportcard.rules.receipts.rates import rate
from services.reportcard.rules.receipts.statuses import of_status
from shared.vocabulary.measures import subject_of

_WHOLE: Mapping[str, Whole] = {POINTS: of_points, GOALS: of_goals, NAEP: of_naep}


def explanation(card: Card, chapters: Chapters, measure: str, subgroup: str) -> Receipt | None:
    """The receipt of one published number or status; None when the card has no such thing.

    Its `workings` can be done again by anyone: their inputs stand on the card or in the law. What is withheld has none.
    """
    receipts: Receipts = chapters["reportcard"]["receipts"]["value"]
    told = _told(card, chapters, receipts, measure, subgroup)
    return None if told is None else {**told, "measure": measure, "subgroup": subgroup}


def _told(card: Card, chapters: Chapters, receipts: Receipts, measure: str, subgroup: str) -> Receipt | None:
    found = _row(card, measure, subgroup)
    if found:
        return rate(card, chapters, receipts, receipt_of(measure, receipts), found)
    if subgroup != "all":
        return None
    if measure in _WHOLE:
        return _WHOLE[measure](card, chapters, receipts)
    if "." not in measure:
        return of_status(card, chapters, receipts, measure)
    told = receipt_of(measure, receipts)
    return of_amount(card, chapters, told, measure) or of_component(card, chapters, told, measure)


def receipt_of(measure: str, receipts: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the law says of a measure's receipt: by its own name, else its kind, else its area."""
    area = subject_of(measure)
    kind = measure.split(".")[1]
    found: Mapping[str, Any] = receipts.get(measure) or receipts.get(kind) or receipts.get(area) or receipts["masks"]
    return found


def _row(card: Card, measure: str, subgroup: str) -> tuple[Card, Card] | None:
    return next(
        ((block, row) for block, row in rows(card) if (block["measure"], row["subgroup"]) == (measure, subgroup)), None
    )
