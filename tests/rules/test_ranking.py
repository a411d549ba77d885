"""Who is in the lowest share: the cases of tests/cases/designation/ranking.yaml, and what holds of any list."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.designation.rules.ranking import lowest, places_of
from shared.policy.reader import read

CASES = read(Path(__file__).parents[1] / "cases" / "designation" / "ranking.yaml")
VALUES = some.dictionaries(
    some.text("ABCDEFGH", min_size=1, max_size=3), some.fractions(0, 1, max_denominator=50), max_size=60
)
SHARES = some.fractions(Fraction(1, 100), 1, max_denominator=100)


@pytest.mark.parametrize("case", CASES["places"], ids=lambda case: f"{case['schools']} schools")
def test_the_share_gives_this_many_places(case: dict[str, str]) -> None:
    assert places_of(Fraction(case["share"]), int(case["schools"])) == int(case["places"])


@pytest.mark.parametrize("case", CASES["lists"], ids=lambda case: case["name"])
def test_a_list_has_these_members(case: dict[str, Any]) -> None:
    values = {school: Fraction(value) for school, value in case["values"].items()}
    found = lowest(values, Fraction(case["share"]))
    assert found.population == len(case["values"])
    assert found.cut == (None if case["cut"] == "none" else Fraction(case["cut"]))
    assert found.members == set(case["members"])
    assert found.ranks == {school: int(rank) for school, rank in case["ranks"].items()}
    assert found.all_tied == (case["all_tied"] == "yes")


@given(VALUES, SHARES)
def test_nobody_outside_is_as_low_as_a_member_and_no_place_stays_empty(
    values: dict[str, Fraction], share: Fraction
) -> None:
    found = lowest(values, share)
    inside = [values[school] for school in found.members]
    outside = [value for school, value in values.items() if school not in found.members]
    assert len(inside) >= found.places >= share * len(values)
    assert not inside or not outside or max(inside) < min(outside)


@given(VALUES, SHARES)
def test_the_order_of_the_list_decides_nothing(values: dict[str, Fraction], share: Fraction) -> None:
    backwards = dict(reversed(list(values.items())))
    assert lowest(backwards, share) == lowest(values, share)
