"""The receipts of goals and samples: public results against the measure in force, and where percentages came from.
Source: essa-report-card GOAL-1 to GOAL-5, NAEP-1."""

from services.reportcard.rules.goals import MET, NOT_MET
from services.reportcard.rules.receipts.paper import OR_MORE, Card, Chapters, Paper, Receipt, Receipts, parts, receipt
from services.reportcard.rules.receipts.rates import share

GOALS, NAEP = "goals", "naep"


def of_goals(card: Card, chapters: Chapters, receipts: Receipts) -> Receipt | None:
    """The goals of a card against its public results: whether each is met, and how far off it is."""
    goals = [goal for part in parts(card) for goal in part.get("goals", ())]
    if not goals or GOALS not in receipts:
        return None
    paper, sentences, result = Paper(chapters), [], None
    for goal in goals:
        for row in goal["rows"]:
            if row["status"] in (MET, NOT_MET):
                is_met = "meets" if row["status"] == MET else "does not meet"
                held = f"{row['interim']}% of {row['interim_year']}"
                sentences.append(f"{goal['label']}, {row['label']}: {row['cell']['display']} {is_met} {held}.")
            result = _held(paper, goal, row) or result
    if len(sentences) < sum(len(goal["rows"]) for goal in goals):
        sentences.append("Results that are withheld, and what would tell them, have no steps here.")
    shown = f"{sum(' meets ' in text for text in sentences)} of {sum(_is_judged(goal) for goal in goals)} met"
    return receipt(card, chapters, receipts[GOALS], "Progress toward goals", shown, sentences, paper, result)


def of_naep(card: Card, chapters: Chapters, receipts: Receipts) -> Receipt | None:
    """Where the national assessment's percentages are from: they are received, so there is nothing to work out."""
    known = [each for part in parts(card) for each in part.get("administrations", ())]
    if not known or NAEP not in receipts:
        return None
    sentences = [f"{each['label']}: {each['source']}." for each in known]
    return receipt(card, chapters, receipts[NAEP], "National assessment", known[0]["label"], sentences)


def _is_judged(goal: Card) -> int:
    return sum(row["status"] in (MET, NOT_MET) for row in goal["rows"])


def _held(paper: Paper, goal: Card, row: Card) -> str | None:
    """The steps of one row: the result against its measure, unrounded, and against the goal, as displayed."""
    what, name = f"{goal['label']}, {row['label']}", f"{goal['measure']}.{row['subgroup']}"
    cell, result = row["cell"] or {}, None
    if row["status"] in (MET, NOT_MET) and "denominator" in cell:
        percent = paper.step(f"{what}: in percent", "product", share(paper, what, cell, f"{name}."), "100")
        interim = paper.given(f"{name}.interim", row["interim"])
        result = paper.step(f"{what}: meets {row['interim']}% or more", "at_least", percent, interim)
        paper.threshold(f"{what}, {row['interim_year']}", interim, OR_MORE)
    if row["gap"] is not None and "percent" in cell:
        of = paper.given(f"{name}.percent", cell["percent"]), paper.given(f"{name}.goal", goal["goal"])
        result = paper.step(f"{what}: less the goal", "difference", *of)
        digits = paper.law("reportcard", "percent_decimals") or "1"
        paper.show(f"{what}: gap", result, row["gap"], {"decimals": paper.value(digits)})
        to_go = paper.step(f"{what}: to the goal", "difference", *of[::-1])
        paper.distance(f"{what}: {goal['goal']}%", to_go, "percentage points")
    return result
