"""Cards whose receipts are worked out by hand: one school told whole, and whatever cards an edition gives."""

import json
from fractions import Fraction
from typing import Any

from services.reportcard.handle import Whole, build
from services.reportcard.rules.explanations import explanation
from shared.events.designations import Reason
from shared.events.editions import Amount, Component, Count, EntityScored, Rating
from shared.policy import reader
from tests.services.reportcard_builders import YEAR, Edition, School, make_edition

CHAPTERS: dict[str, Any] = reader.chapters("ms", YEAR)
# EQ-1, low income of 2022-23: 3.39 in Title I schools and 3.5 elsewhere; a fifth and a tenth are inexperienced.
EQUITY = {
    "effectiveness": {"title_i": ("339", "100"), "other": ("7", "2"), "gap": ("11/100", "1")},
    "inexperienced": {"title_i": ("20", "100"), "other": ("30", "300"), "gap": ("1/10", "1")},
}
AMOUNTS = [
    Amount(measure="spending.essa", numerator="12018013.40", denominator="1222", unit="dollars"),
    Amount(measure="spending.essa.federal", numerator="2018013.40", denominator="1222", unit="dollars"),
    Amount(measure="spending.essa.state_local", numerator="10000000", denominator="1222", unit="dollars"),
    Amount(measure="teachers.inexperienced", numerator="9/4", denominator="40", unit="fte"),
    Amount(measure="safety.assault", numerator="3", denominator="1", unit="incidents"),
    *(
        Amount(
            measure=f"equity.low_income.{kind}.{part}",
            numerator=pair[0],
            denominator=pair[1],
            unit="score" if kind == "effectiveness" else "share" if part == "gap" else "fte",
        )
        for kind, row in EQUITY.items()
        for part, pair in row.items()
    ),
    Amount(measure="equity.low_income.effectiveness.signed_gap", numerator="11/100", denominator="1", unit="score"),
]


def cards(edition: Edition) -> list[dict[str, Any]]:
    """The cards of an edition's events."""
    opened, *scores, _ = edition.scores
    _, *decided, _ = edition.designations
    whole = Whole(opened, 0, tuple(scores), tuple(decided), (), ())  # type: ignore[arg-type]
    return [json.loads(card.body) for card in build(whole).cards]


def points_of(share: Fraction, maximum: str) -> str:
    return str(min(Fraction(1), share) * Fraction(maximum))


def rated() -> list[dict[str, Any]]:
    """One school whose total is told whole. GRADE-6, first example without English learners: 420 of 700, a B.

    It is in the lowest share and was before: (3/5 + 1/2) ÷ 2 = 11/20 is the cut; and its letter did not rise.
    """
    shares = {
        "reading.proficiency": 50, "reading.growth": 65, "reading.growth_lowest": 58, "math.proficiency": 55,
        "math.growth": 70, "math.growth_lowest": 62, "science.proficiency": 60,
    }  # fmt: skip
    edition = make_edition([School("S1", "D1").add(100, [], reading__proficiency=0.5)], amounts=AMOUNTS)
    old = edition.scores[1]
    assert isinstance(old, EntityScored)
    parts = [
        Component(measure=name, maximum="100", share=f"{n}/100", points=points_of(Fraction(n, 100), "100"))
        for name, n in shares.items()
    ]
    parts.append(Component(measure="english_learners.progress", maximum="35", share=None, points=None, dropped="X"))
    rating = Rating(
        status="GRADED", letter="B", points="420", exact_points="420", possible="700", column="elementary_middle",
        components=tuple(parts),
    )  # fmt: skip
    units = {name: 100 if "growth" in name else 1 for name in shares}
    counts = tuple(
        Count(measure=name, subgroup="all", numerator=n * units[name], denominator=100) for name, n in shares.items()
    )
    numbers = {
        "finding": "again_in_lowest", "years_counted": "2", "index_2024-25": "3/5", "index_2023-24": "1/2",
        "average": "11/20", "average_percent": "55.0", "cut": "11/20", "ranked": "21", "share": "1/20", "places": "2",
    }  # fmt: skip
    reason = Reason(
        rule="essa-report-card CSI-2, GEN-5", status="comprehensive_support", decision="continued", numbers=numbers,
        sentence="Stays identified.",
    )  # fmt: skip
    told = edition.designations[1].model_copy(update={"reasons": (reason,)})
    scores = [edition.scores[0], old.model_copy(update={"rating": rating, "counts": counts}), edition.scores[-1]]
    return cards(Edition(edition.edition_id, scores, [edition.designations[0], told, edition.designations[-1]]))


def receipt_at(card: dict[str, Any], address: str) -> dict[str, Any]:
    """The receipt that the site would give at an address."""
    _, _, _, _, _, measure, *subgroup = address.split("/")
    found = explanation(card, CHAPTERS, measure, subgroup[0] if subgroup else "all")
    assert found is not None, address
    return found
