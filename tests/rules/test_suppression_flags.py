"""The flag of too little participation stands on a card only where it follows from a participation that is shown."""

import json
from typing import Any

import pytest

from services.reportcard.handle import Whole, build
from shared.events.editions import Count, EntityScored
from tests.services.reportcard_builders import School, make_edition

FLAG = "PARTICIPATION_BELOW_95"


@pytest.mark.parametrize(
    ("reading", "math", "flags"),
    [
        ((94, 100), (99, 100), [FLAG]),  # 94.0 percent is shown
        ((2, 100), (99, 100), [FLAG]),  # "<5%" says it too
        ((8, 9), (99, 100), []),  # 8 of 9: reading is masked, ">95%" in mathematics; the flag would tell of reading
        ((8, 9), (7, 9), []),  # both masked
        ((8, 9), (94, 100), [FLAG]),  # mathematics shows it, whatever reading is
    ],
)
def test_the_flag(reading: tuple[int, int], math: tuple[int, int], flags: list[str]) -> None:
    assert _card(reading, math)["rating"]["flags"] == [*flags, "rescaled"]


def _card(reading: tuple[int, int], math: tuple[int, int]) -> Any:
    edition = make_edition([School("S1", "D1").add(100, [], reading__proficiency=0.5)])
    old = edition.scores[1]
    assert isinstance(old, EntityScored)
    rows = tuple(
        Count(measure=f"{subject}.participation", subgroup="all", numerator=pair[0], denominator=pair[1])
        for subject, pair in (("reading", reading), ("math", math))
    )
    rating = old.rating.model_copy(update={"flags": (FLAG, "rescaled")})
    school = old.model_copy(update={"counts": rows, "rating": rating})
    whole = Whole(edition.scores[0], 0, (school,), (), (), ())  # type: ignore[arg-type]
    return json.loads(build(whole).cards[0].body)
