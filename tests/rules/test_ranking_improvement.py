"""Whether a school improved enough to leave: the cases of tests/cases/designation/improvement.yaml."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.designation.rules.improvement import BOUNDARIES, Graded, crossed_midpoint, letter_rose, midpoint
from shared.policy.reader import read

CASES = read(Path(__file__).parents[1] / "cases" / "designation" / "improvement.yaml")


def graded(scale: str, letter: str, points: str) -> Graded:
    law = CASES["scales"][scale]
    cuts = {each: Fraction(cut) for each, cut in law["cuts"].items()}
    return Graded.of(letter, points, law["possible"], cuts)


@pytest.mark.parametrize("case", CASES["midpoints"], ids=lambda case: f"{case['scale']} {case['letter']}")
def test_the_midpoint_is_halfway_to_the_next_letter(case: dict[str, str]) -> None:
    assert midpoint(graded(case["scale"], case["letter"], "0")) == Fraction(case["midpoint"])


@pytest.mark.parametrize("case", CASES["moves"], ids=lambda case: f"{case['from']} to {case['to']}")
def test_a_move_is_an_improvement_or_not(case: dict[str, Any]) -> None:
    before, now = graded(*case["from"]), graded(*case["to"])
    assert letter_rose(before, now) == (case["rose"] == "yes")
    for boundary in BOUNDARIES:
        assert crossed_midpoint(before, now, boundary) == (case.get(boundary, case.get("crossed")) == "yes")
