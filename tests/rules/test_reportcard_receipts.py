"""Receipts worked out by hand: the arithmetic of a rate and of a total, and silence where a number is withheld."""

import json
from typing import Any

from services.reportcard.handle import Whole, build
from services.reportcard.rules.explanations import explanation
from shared.events.editions import Component, Count, EntityScored, Rating
from tests.services.reportcard_builders import CHAPTERS, School, make_edition

# GRADE-6, first worked example, without English learners: every maximum 95 / 0.95 = 100, a hundred students each.
SHARES = {
    "reading.proficiency": 50,
    "reading.growth": 65,
    "reading.growth_lowest": 58,
    "math.proficiency": 55,
    "math.growth": 70,
    "math.growth_lowest": 62,
    "science.proficiency": 60,
}


def card_of(counts: dict[str, tuple[int, int]], points: str, letter: str) -> Any:
    """The card of one school whose components are these counts, (students' credit in whole students, students)."""
    edition = make_edition([School("S1", "D1").add(100, [], reading__proficiency=0.5)])
    old = edition.scores[1]
    assert isinstance(old, EntityScored)
    parts = [
        Component(measure=name, maximum="100", share=f"{n}/{of}", points=str(100 * n // of))
        if of >= 10
        else Component(measure=name, maximum="100", share=None, points=None, dropped="FEWER_THAN_MINIMUM")
        for name, (n, of) in counts.items()
    ]
    parts.append(Component(measure="english_learners.progress", maximum="35", share=None, points=None, dropped="X"))
    rating = Rating(
        status="GRADED",
        letter=letter,
        points=points,
        exact_points=points,
        possible="700",
        column="elementary_middle",
        components=tuple(parts),
    )
    unit = {name: 100 if "growth" in name else 1 for name in counts}
    rows = tuple(
        Count(measure=name, subgroup="all", numerator=n * unit[name], denominator=of)
        for name, (n, of) in counts.items()
    )
    school = old.model_copy(update={"rating": rating, "counts": rows})
    whole = Whole(edition.scores[0], 0, (school,), (), (), ())  # type: ignore[arg-type]
    return json.loads(build(whole).cards[0].body)


def test_a_rate_is_explained_by_its_counts() -> None:
    card = card_of({name: (share, 100) for name, share in SHARES.items()}, "420", "B")
    receipt = explanation(card, CHAPTERS, "reading.proficiency", "all")
    assert receipt is not None
    assert receipt["sentences"] == ["50 students of 100 students: 50 ÷ 100 × 100 = 50.0%, rounded half-up."]
    assert receipt["rule"].startswith("COMP-1")
    assert "scoring.full_academic_year" in [entry["name"] for entry in receipt["law"]]


def test_a_total_is_explained_down_to_the_letter() -> None:
    """50 + 65 + 58 + 55 + 70 + 62 + 60 = 420 of 700; B is 377 or more."""
    card = card_of({name: (share, 100) for name, share in SHARES.items()}, "420", "B")
    receipt = explanation(card, CHAPTERS, "points", "all")
    assert receipt is not None
    assert receipt["sentences"] == [
        "Not counted: English learners: progress.",
        "The components add up to 420.0000 of 700.00 points.",
        "Rounded half-up once: 420.",
        "420 points are 377 or more and below the next letter's, so the letter is B.",
    ]


def test_a_dropped_component_stretches_the_others() -> None:
    """Science has 9 students: 420 - 60 = 360 of 600, stretched 360 ÷ 600 × 700 = 420."""
    counts = {name: (share, 100) for name, share in SHARES.items()} | {"science.proficiency": (5, 9)}
    card = card_of(counts, "420", "B")
    science = next(part for part in card["rating"]["components"] if part["measure"] == "science.proficiency")
    assert (science["rate"], science["points"]) == ({"display": "<10"}, None)
    receipt = explanation(card, CHAPTERS, "points", "all")
    assert receipt is not None
    assert "Stretched to the full scale: 360.0000 ÷ 600.00 × 700 = 420.0000." in receipt["sentences"]


def test_a_sum_is_not_told_when_a_component_is_withheld() -> None:
    """Reading is 1 of 100: coded; another goes with it. The sum to four places would give their points together."""
    counts = {name: (share, 100) for name, share in SHARES.items()} | {"reading.proficiency": (1, 100)}
    card = card_of(counts, "371", "C")  # 420 - 50 + 1
    hidden = [part for part in card["rating"]["components"] if part["points"] == {"display": "*"}]
    assert len(hidden) == 2
    receipt = explanation(card, CHAPTERS, "points", "all")
    assert receipt is not None
    assert not any("add up" in sentence for sentence in receipt["sentences"])


def test_a_masked_number_is_explained_by_its_mask_alone() -> None:
    counts = {name: (share, 100) for name, share in SHARES.items()} | {"science.proficiency": (5, 9)}
    receipt = explanation(card_of(counts, "420", "B"), CHAPTERS, "science.proficiency", "all")
    assert receipt is not None
    assert receipt["sentences"] == ["<10: Fewer than 10 students. The number is withheld to protect them."]
    assert "reportcard.minimum_n" in [entry["name"] for entry in receipt["law"]]


def test_there_is_no_receipt_for_what_no_card_has() -> None:
    card = card_of({name: (share, 100) for name, share in SHARES.items()}, "420", "B")
    assert explanation(card, CHAPTERS, "history.proficiency", "all") is None
    assert explanation(card, CHAPTERS, "reading.proficiency", "nobody") is None
    assert explanation(card, CHAPTERS, "points", "female") is None
