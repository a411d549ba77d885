"""What a corrected edition changed in public: each displayed value, before and after, and no hidden number."""

from collections.abc import Iterator, Mapping
from typing import Any

Card = Mapping[str, Any]


def displays(card: Card) -> dict[str, tuple[str, str]]:
    """Every displayed value of a card: place -> (label, display). Places are measure/subgroup, so that they compare."""
    return {place: (label, shown) for place, label, shown in _walk(card)}


def difference(before: Card | None, after: Card | None) -> list[tuple[str, str, str | None, str | None]]:
    """(place, label, before, after) of every display that differs, in order of place; None: no such value."""
    old, new = displays(before or {}), displays(after or {})
    rows = []
    for place in sorted(old.keys() | new.keys()):
        label = (new.get(place) or old[place])[0]
        was, now = (side[place][1] if place in side else None for side in (old, new))
        if was != now:
            rows.append((place, label, was, now))
    return rows


def _walk(card: Card) -> Iterator[tuple[str, str, str]]:
    if not card:
        return
    rating = card["rating"]
    yield "name", "Name", card["name"]
    yield "rating/status", "Rating", rating["status"]
    if rating["letter"]:
        yield "rating/letter", "Letter", rating["letter"]
    if rating["points"]:
        yield "rating/points", "Total points", rating["points"]["display"]
    for part in rating["components"]:
        points = part["points"]["display"] if part["points"] else "not counted"
        yield f"points/{part['measure']}", f"{part['label']}: points", points
    for measure in (*card["measures"], *card["participation"]):
        for row in measure["rows"]:
            yield f"{measure['measure']}/{row['subgroup']}", f"{measure['label']}, {row['label']}", _text(row["cell"])
    for series in card["levels"]:
        for row in series["rows"]:
            shown = " · ".join(_text(cell) for cell in row["cells"])
            yield f"{series['measure']}/{row['subgroup']}", f"{series['label']}, {row['label']}", shown
    for part in card.get("sections", ()):
        for amount in part["amounts"]:
            yield f"amount/{amount['measure']}", amount["label"], amount["cell"]["display"]
        for goal in part.get("goals", ()):
            for row in goal["rows"]:
                label = f"{goal['label']}, {row['label']}: goal"
                yield f"goal/{goal['measure']}/{row['subgroup']}", label, row["status"]
    if card["designation"]:
        statuses = ", ".join(status["label"] for status in card["designation"]["statuses"]) or "none"
        yield "designation", "Support status", statuses


def _text(cell: Mapping[str, Any]) -> str:
    counts = f" ({cell['numerator']} of {cell['denominator']})" if "denominator" in cell else ""
    return f"{cell['display']}{counts}"
