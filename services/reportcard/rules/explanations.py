"""How a published number came about, told from the public card and the law alone: no explanation can say more than
the card does. Source: essa-report-card SUPP-5, GEN-1, GRADE-6, GRADE-7."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from services.reportcard.rules.goals import MET, NOT_MET
from services.reportcard.rules.masks import half_up
from shared.vocabulary.measures import subject_of, unit_of

Card = Mapping[str, Any]
Chapters = Mapping[str, Any]
Explanation = dict[str, Any]

POINTS, GOALS, NAEP = "points", "goals", "naep"
Whole = Callable[[Card, Chapters, Mapping[str, Any]], Explanation | None]


def explanation(card: Card, chapters: Chapters, measure: str, subgroup: str) -> Explanation | None:
    """The receipt of one published number; None when the card has no such number."""
    receipts = chapters["reportcard"]["receipts"]["value"]
    whole = {POINTS: _of_points, GOALS: _of_goals, NAEP: _of_naep}.get(measure) or _of_amount(measure)
    found = _row(card, measure, subgroup)
    if found is None:
        return whole(card, chapters, receipts) if subgroup == "all" else None
    block, row = found
    receipt = receipt_of(measure, receipts)
    cells = row.get("cells") or [row["cell"]]
    return {
        **_about(card, f"{block['label']}, {row['label']}"),
        "display": " · ".join(cell["display"] for cell in cells),
        "rule": receipt["rule"],
        "counts": receipt["counts"],
        "sentences": _sentences(cells, block.get("names"), measure, card["footnotes"]),
        "left_out": _left_out(card, measure) if subgroup == "all" else [],
        "law": _law(chapters, [*receipt["entries"], *_mask_entries(cells, receipts)]),
    }


def receipt_of(measure: str, receipts: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the law says of a measure's receipt: by its own name, else its kind, else its area."""
    area = subject_of(measure)
    kind = measure.split(".")[1]
    found: Mapping[str, Any] = receipts.get(measure) or receipts.get(kind) or receipts.get(area) or receipts["masks"]
    return found


def _about(card: Card, title: str) -> Explanation:
    about = ("edition_id", "school_year", "level", "entity_id", "name", "state_name")
    return {"title": title, **{name: card[name] for name in about}}


def _row(card: Card, measure: str, subgroup: str) -> tuple[Card, Card] | None:
    for block in (*card["measures"], *card["participation"], *card["levels"]):
        if block["measure"] == measure:
            for row in block["rows"]:
                if row["subgroup"] == subgroup:
                    return block, row
    return None


def _sentences(cells: list[Card], names: list[str] | None, measure: str, footnotes: Mapping[str, str]) -> list[str]:
    sentences = []
    for place, cell in enumerate(cells):
        text = (
            f"{names[place]}: {_sentence(cell, measure, footnotes)}" if names else _sentence(cell, measure, footnotes)
        )
        if text not in sentences:
            sentences.append(text)
    return sentences


def _sentence(cell: Card, measure: str, footnotes: Mapping[str, str]) -> str:
    shown = cell["display"]
    if "denominator" in cell:
        what = "students" if unit_of(measure) == 1 else "students' credit"
        share = f"{cell['numerator']} ÷ {cell['denominator']} × 100"
        return f"{cell['numerator']} {what} of {cell['denominator']} students: {share} = {shown}, rounded half-up."
    if "percent" in cell:
        return f"{shown}. The counts behind it are withheld, because they would undo a withheld number."
    return f"{shown}: {footnotes.get(shown) or 'a range in place of the exact percentage of its series.'}"


def _mask_entries(cells: list[Card], receipts: Mapping[str, Any]) -> list[str]:
    return [] if all("denominator" in cell for cell in cells) else list(receipts["masks"]["entries"])


def _left_out(card: Card, measure: str) -> list[Card]:
    return [row for row in card["left_out"] if row["measure"] == measure]


def _law(chapters: Chapters, names: list[str]) -> list[Explanation]:
    """The entries of the law behind a number: value, how firm it is, where it comes from."""
    rows = []
    for name in dict.fromkeys(names):
        service, _, entry = name.partition(".")
        found = chapters.get(service, {}).get(entry)
        if found:
            rows.append(
                {"name": name, **{part: found[part] for part in ("value", "tag", "source", "note") if part in found}}
            )
    return rows


def _of_amount(measure: str) -> Whole:
    """The receipt of an amount: the two numbers that it is made of."""

    def told(card: Card, chapters: Chapters, receipts: Mapping[str, Any]) -> Explanation | None:
        found = [row for part in parts(card) for row in part["amounts"] if row["measure"] == measure]
        if not found:
            return None
        row, receipt = found[0], receipt_of(measure, receipts)
        cell, texts = row["cell"], [text for part in parts(card) if row in part["amounts"] for text in part["texts"]]
        shown = cell["display"]
        arithmetic = (
            f"{cell['amount']} ÷ {cell['divided_by']} = {shown}, rounded half-up." if "amount" in cell else shown
        )
        return _told(card, chapters, receipt, row["label"], shown, [arithmetic, *texts])

    return told


def _of_goals(card: Card, chapters: Chapters, receipts: Mapping[str, Any]) -> Explanation | None:
    """The goals of a card against its public results."""
    goals = [goal for part in parts(card) for goal in part.get("goals", ())]
    if not goals or GOALS not in receipts:
        return None
    sentences = []
    for goal in goals:
        for row in goal["rows"]:
            if row["status"] in (MET, NOT_MET):
                held = f"{row['interim']}% of {row['interim_year']}"
                is_met = "meets" if row["status"] == MET else "does not meet"
                sentences.append(f"{goal['label']}, {row['label']}: {row['cell']['display']} {is_met} {held}.")
    shown = f"{sum(' meets ' in text for text in sentences)} of {len(sentences)} met"
    return _told(card, chapters, receipts[GOALS], "Progress toward goals", shown, sentences)


def _of_naep(card: Card, chapters: Chapters, receipts: Mapping[str, Any]) -> Explanation | None:
    """Where the national assessment's percentages are from."""
    known = [each for part in parts(card) for each in part.get("administrations", ())]
    if not known or NAEP not in receipts:
        return None
    sentences = [f"{each['label']}: {each['source']}." for each in known]
    return _told(card, chapters, receipts[NAEP], "National assessment", known[0]["label"], sentences)


def _told(
    card: Card, chapters: Chapters, receipt: Mapping[str, Any], title: str, shown: str, sentences: list[str]
) -> Explanation:
    return {
        **_about(card, title),
        "display": shown,
        "rule": receipt["rule"],
        "counts": receipt["counts"],
        "sentences": sentences,
        "left_out": [],
        "law": _law(chapters, receipt["entries"]),
    }


def parts(card: Card) -> list[Card]:
    """The sections of a card; one that was made before there were any has none."""
    found: list[Card] = card.get("sections", [])
    return found


def _of_points(card: Card, chapters: Chapters, receipts: Mapping[str, Any]) -> Explanation | None:
    rating = card["rating"]
    receipt = receipts[POINTS]
    shown = rating["points"]["display"] if rating["points"] else rating["status"].replace("_", " ").lower()
    return {
        **_about(card, "Total points and letter"),
        "display": shown,
        "rule": receipt["rule"],
        "counts": receipt["counts"],
        "sentences": _points_sentences(rating, chapters),
        "components": rating["components"],
        "left_out": [],
        "cuts": _cuts(rating, chapters),
        "law": _law(chapters, receipt["entries"]),
    }


def _points_sentences(rating: Card, chapters: Chapters) -> list[str]:
    counted = [part for part in rating["components"] if part["points"] is not None]
    dropped = [part["label"] for part in rating["components"] if part["points"] is None]
    sentences = []
    if dropped:
        sentences.append(f"Not counted: {'; '.join(dropped)}.")
    total = rating["points"]["display"] if rating["points"] else None
    if total is None:
        return [*sentences, "No total: the components that can be counted are worth too little, or nothing was tested."]
    arithmetic = _arithmetic(counted, rating)
    sentences += arithmetic or ["Some components are withheld, so the sum is not shown; it was done on exact numbers."]
    letter = _letter_sentence(rating, total, chapters)
    return [*sentences, letter] if letter else sentences


def _arithmetic(counted: list[Card], rating: Card) -> list[str]:
    """The sum on exact numbers, when every component's counts are public and give the published total."""
    if any("denominator" not in (part["rate"] or {}) for part in counted):
        return []
    earned, available = Fraction(0), Fraction(0)
    for part in counted:
        share = Fraction(str(part["rate"]["numerator"])) / part["rate"]["denominator"]
        maximum = Fraction(part["maximum"]["display"])
        earned += maximum * min(Fraction(1), share)
        available += maximum
    full = Fraction(rating["possible"])
    total = earned if not available or available == full else earned / available * full
    if half_up(total, 0) != rating["points"]["display"]:
        return []
    sentences = [f"The components add up to {half_up(earned, 4)} of {half_up(available, 2)} points."]
    if available != full:
        stretched = f"{half_up(earned, 4)} ÷ {half_up(available, 2)} × {rating['possible']} = {half_up(total, 4)}"
        sentences.append(f"Stretched to the full scale: {stretched}.")
    return [*sentences, f"Rounded half-up once: {rating['points']['display']}."]


def _cuts(rating: Card, chapters: Chapters) -> list[Explanation]:
    columns = chapters.get("scoring", {}).get("columns", {}).get("value", {})
    cuts = columns.get(rating["column"], {}).get("cuts", {})
    return [{"letter": letter, "from": lowest} for letter, lowest in cuts.items()]


def _letter_sentence(rating: Card, total: str, chapters: Chapters) -> str | None:
    lowest = {row["letter"]: row["from"] for row in _cuts(rating, chapters)}.get(rating["letter"])
    if lowest is None or not total.isdigit() or int(total) < Fraction(lowest):
        return None
    return f"{total} points are {lowest} or more and below the next letter's, so the letter is {rating['letter']}."
