"""The receipt of points: each component's, their total, the one rounding, the letter and how far the next one is.
Source: essa-report-card GRADE-2 to GRADE-7, COMP-8."""

from collections.abc import Mapping
from fractions import Fraction

from services.reportcard.rules.cells import plain
from services.reportcard.rules.masks import half_up
from services.reportcard.rules.receipts.paper import (
    OR_MORE,
    Card,
    Chapters,
    Paper,
    Receipt,
    Receipts,
    law_value,
    receipt,
)

POINTS = "points"
_HALF_UP = "integer_half_up"


def component_points(paper: Paper, part: Card, rating: Card, chapters: Chapters, share: str) -> str | None:
    """The steps from a component's share to its points; None where its points are withheld or do not follow."""
    if not part["points"] or "percent" not in (part["rate"] or {}):
        return None
    earned = _earned(paper, part, rating, chapters, share)
    decimals = paper.law("reportcard", "percent_decimals") or "1"
    rounded = paper.step("points: rounded half-up", "rounded", earned, decimals)
    paper.show(POINTS, rounded, part["points"]["display"], {"decimals": paper.value(decimals)})
    return earned


def of_points(card: Card, chapters: Chapters, receipts: Receipts) -> Receipt:
    """The receipt of the total: by its components where all of their counts are public, else by the total alone."""
    rating, paper = card["rating"], Paper(chapters)
    counted = [part for part in rating["components"] if part["points"] is not None]
    exact = _total(paper, counted, rating, chapters)
    is_summed = exact is not None
    if exact is None:
        paper = Paper(chapters)
        exact = _published(paper, rating)
    result = _letter(paper, exact, rating, chapters) if exact else None
    shown = rating["points"]["display"] if rating["points"] else rating["status"].replace("_", " ").lower()
    return receipt(
        card,
        chapters,
        receipts[POINTS],
        "Total points and letter",
        shown,
        _sentences(rating, counted, paper if is_summed else None, chapters),
        paper,
        result,
        components=rating["components"],
        not_counted=[
            {"measure": part["measure"], "label": part["label"], "reason": part["dropped"]}
            for part in rating["components"]
            if part["points"] is None
        ],
        cuts=[{"letter": letter, "from": lowest} for letter, lowest in cuts_of(rating, chapters).items()],
    )


def of_component(card: Card, chapters: Chapters, told: Card, measure: str) -> Receipt | None:
    """The receipt of a component that no table of the card tells: what it could give, and why it is not counted."""
    part = next((part for part in card["rating"]["components"] if part["measure"] == measure), None)
    if part is None:
        return None
    shown = part["points"]["display"] if part["points"] else "not counted"
    why = f" ({part['dropped'].replace('_', ' ').lower()})" if part["dropped"] else ""
    sentence = f"{part['label']}: {shown}{why}, of {part['maximum']['display']} points. The card has no counts of it."
    return receipt(card, chapters, told, part["label"], shown, [sentence])


def cuts_of(rating: Card, chapters: Chapters) -> Mapping[str, str]:
    """Each letter of the rating's column with the least points that earn it."""
    found: Mapping[str, str] = law_value(chapters, "scoring", "columns", str(rating["column"]), "cuts") or {}
    return found


def next_letter(rating: Card, chapters: Chapters) -> str | None:
    """The letter above the rating's own."""
    cuts = {letter: Fraction(lowest) for letter, lowest in cuts_of(rating, chapters).items()}
    above = {letter: cut for letter, cut in cuts.items() if cut > cuts.get(rating["letter"], Fraction(0))}
    return min(above, key=lambda letter: above[letter]) if above else None


def _earned(paper: Paper, part: Card, rating: Card, chapters: Chapters, share: str) -> str:
    name, label = part["measure"], part["label"]
    multiplier = paper.law("scoring", "component_multipliers", name)
    if multiplier:
        share = paper.step(f"{label}: by its multiplier", "product", share, multiplier)
    capped = paper.step(f"{label}: no more than all", "least", "1", share)
    maximum = _maximum(paper, part, rating, chapters)
    return paper.step(f"{label}: points", "product", maximum, capped)


def _maximum(paper: Paper, part: Card, rating: Card, chapters: Chapters) -> str:
    """The component's maximum by the law, lifted where another is scaled away; what the card shows where it differs."""
    scale = str(law_value(chapters, "scoring", "columns", str(rating["column"]), "scale"))
    away = law_value(chapters, "scoring", "scaled_away", "component")
    is_lifted = part["measure"] != away and _is_dropped(away, rating)
    printed = law_value(chapters, "scoring", "scales", scale, "components", part["measure"])
    divisor = law_value(chapters, "scoring", "scaled_away", "divisor") if is_lifted else "1"
    if printed is None or plain(str(Fraction(printed) / Fraction(divisor))) != part["maximum"]["display"]:
        return paper.given(f"{part['measure']}.maximum", part["maximum"]["display"])
    maximum = paper.law("scoring", "scales", scale, "components", part["measure"])
    lifting = paper.law("scoring", "scaled_away", "divisor") if is_lifted else None
    what = f"{part['label']}: maximum, another component being scaled away"
    return paper.step(what, "quotient", str(maximum), lifting) if lifting else str(maximum)


def _is_dropped(measure: str | None, rating: Card) -> bool:
    return any(part["measure"] == measure and part["points"] is None for part in rating["components"])


def _total(paper: Paper, counted: list[Card], rating: Card, chapters: Chapters) -> str | None:
    """The exact total from the counts of all components; None where some are withheld or it is not the published."""
    if not rating["points"] or not counted or any("denominator" not in (part["rate"] or {}) for part in counted):
        return None
    earned, maxima = [], []
    for part in counted:
        name, cell = part["measure"], part["rate"]
        students = paper.given(f"{name}.denominator", str(cell["denominator"]))
        credit = paper.given(f"{name}.numerator", str(cell["numerator"]))
        share = paper.step(f"{part['label']}: share of the students", "quotient", credit, students)
        earned.append(_earned(paper, part, rating, chapters, share))
        maxima.append(paper.steps[-1]["of"][0])
    exact = _stretched(paper, paper.step("points of all components", "sum", *earned), maxima, rating, chapters)
    is_rounded = law_value(chapters, "scoring", "score_rounding") == _HALF_UP
    total = paper.step("rounded half-up, once", "rounded", exact, "0") if is_rounded else exact
    return total if _shows(paper, total, rating) else None


def _stretched(paper: Paper, earned: str, maxima: list[str], rating: Card, chapters: Chapters) -> str:
    """What is earned, stretched to the full scale where a component is missing that the law does not scale away."""
    away = law_value(chapters, "scoring", "scaled_away", "component")
    missing = [part for part in rating["components"] if part["points"] is None and part["measure"] != away]
    if not missing:
        return earned
    scale = str(law_value(chapters, "scoring", "columns", str(rating["column"]), "scale"))
    is_laws = law_value(chapters, "scoring", "scales", scale, "full") == rating["possible"]
    full = paper.law("scoring", "scales", scale, "full") if is_laws else paper.given("possible", rating["possible"])
    available = paper.step("points that can be earned", "sum", *maxima)
    least = paper.law("scoring", "least_available_share")
    if least and full:
        needed = paper.step("least that must be available", "product", least, full)
        paper.step("enough is available", "at_least", available, needed)
        paper.threshold("share of the full scale that must be available", least, OR_MORE)
    part = paper.step("part of what can be earned", "quotient", earned, available)
    return paper.step("stretched to the full scale", "product", part, str(full))


def _published(paper: Paper, rating: Card) -> str | None:
    """The total as it is published."""
    text = rating["points"]["display"] if rating["points"] else ""
    if not text.isdecimal():
        return None
    total = paper.given(POINTS, text)
    return total if _shows(paper, total, rating) else None


def _shows(paper: Paper, total: str, rating: Card) -> bool:
    """Whether the total is what the card shows; if so the receipt says that it is."""
    text = rating["points"]["display"]
    exact = Fraction(paper.value(total))
    if half_up(exact, 0) != text:
        return False
    paper.show("display", total, text, {})
    return True


def _letter(paper: Paper, total: str, rating: Card, chapters: Chapters) -> str:
    """The letter's own threshold, and the next one's with the distance to it."""
    column = str(rating["column"])
    own = paper.law("scoring", "columns", column, "cuts", str(rating["letter"]))
    if own:
        paper.threshold(f"letter {rating['letter']}", own, OR_MORE)
        paper.step(f"reaches letter {rating['letter']}", "at_least", total, own)
    better = next_letter(rating, chapters) if own else None
    cut = paper.law("scoring", "columns", column, "cuts", better) if better else None
    if better and cut:
        paper.threshold(f"letter {better}", cut, OR_MORE)
        paper.step(f"reaches letter {better}", "at_least", total, cut)
        paper.distance(f"letter {better}", paper.step(f"to letter {better}", "difference", cut, total), POINTS)
    return total


def _sentences(rating: Card, counted: list[Card], paper: Paper | None, chapters: Chapters) -> list[str]:
    dropped = [part["label"] for part in rating["components"] if part["points"] is None]
    sentences = [f"Not counted: {'; '.join(dropped)}."] if dropped else []
    total = rating["points"]["display"] if rating["points"] else None
    if total is None:
        return [*sentences, "No total: the components that can be counted are worth too little, or nothing was tested."]
    if paper is None:
        withheld = "Some components are withheld, so the sum is not shown; it was done on exact numbers."
        sentences.append(withheld)
    else:
        sentences += _arithmetic(paper, counted, rating)
    letter = _letter_sentence(rating, total, chapters)
    return [*sentences, letter] if letter else sentences


def _arithmetic(paper: Paper, counted: list[Card], rating: Card) -> list[str]:
    """The sum in words."""
    done = {step["what"]: Fraction(step["result"]) for step in paper.steps if step["result"] not in ("yes", "no")}
    earned = done["points of all components"]
    available = sum((Fraction(part["maximum"]["display"]) for part in counted), Fraction(0))
    sentences = [f"The components add up to {half_up(earned, 4)} of {half_up(available, 2)} points."]
    stretched = done.get("stretched to the full scale")
    if stretched is not None:
        how = f"{half_up(earned, 4)} ÷ {half_up(available, 2)} × {rating['possible']} = {half_up(stretched, 4)}"
        sentences.append(f"Stretched to the full scale: {how}.")
    return [*sentences, f"Rounded half-up once: {rating['points']['display']}."]


def _letter_sentence(rating: Card, total: str, chapters: Chapters) -> str | None:
    lowest = cuts_of(rating, chapters).get(rating["letter"])
    if lowest is None or not total.isdigit() or int(total) < Fraction(lowest):
        return None
    return f"{total} points are {lowest} or more and below the next letter's, so the letter is {rating['letter']}."
