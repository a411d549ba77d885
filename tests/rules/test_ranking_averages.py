"""The average that schools are ranked by: the cases of tests/cases/designation/averages.yaml."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.designation.rules.averages import Averaging, average, indexes
from services.designation.rules.edition import SchoolYear
from shared.policy.reader import read

CASES = read(Path(__file__).parents[1] / "cases" / "designation" / "averages.yaml")["cases"]


def school_year(score: list[str] | str) -> SchoolYear:
    who = ("S", "School", "D", "District", None, True)
    if score == "not rated":
        return SchoolYear(*who, status="NOT_RATED_NO_ASSESSMENT_YEAR")
    points, exact_points, possible = score
    return SchoolYear(*who, status="GRADED", points=points, exact_points=exact_points, possible=possible)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_these_years_make_this_average(case: dict[str, Any]) -> None:
    numbers = {name: int(case["law"][name]) for name in ("years", "at_least", "within_years")}
    law = Averaging(basis=case["law"]["basis"], **numbers)
    scores = {year: school_year(score) for year, score in case["scores"].items()}
    counted = indexes(scores, case["year"], law)
    assert list(counted) == case["used"]
    found = average(counted, law)
    assert (found and found.share) == (None if case["average"] == "none" else Fraction(case["average"]))
