"""Workings can be done again by anyone, and a changed number is found."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.vocabulary.workings import Working, differences


def district_x() -> dict[str, Any]:
    """PPE-4: 12,018,013.40 over 1,222 students is 9,834.71."""
    working = Working({"included": "12018013.40", "membership": "1222"})
    exact = working.step("per student", "quotient", "$included", "$membership")
    return working.told(working.step("to the cent", "rounded", exact, "2"))


def test_a_receipt_gives_its_result_and_can_be_done_again() -> None:
    receipt = district_x()
    assert Fraction(receipt["result"]) == Fraction("9834.71")
    assert receipt["steps"][0]["result"] == "60090067/6110"  # 12,018,013.40 / 1,222, times 5 over 5
    assert differences(receipt) == []


@pytest.mark.parametrize(
    ("place", "value", "found"),
    [
        (("inputs", "membership"), "1223", 3),  # both steps and the result
        (("steps", 1, "result"), "9834.70", 1),
        (("result",), "9834.70", 1),
    ],
)
def test_whatever_is_changed_is_found(place: tuple[Any, ...], value: str, found: int) -> None:
    receipt = deepcopy(district_x())
    holder: Any = receipt
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = value
    assert len(differences(receipt)) == found


@pytest.mark.parametrize(
    ("op", "of", "result"),
    [
        ("at_least", ("0.07", "7/100"), "yes"),
        ("at_most", ("67", "67"), "yes"),
        ("above", ("67", "67"), "no"),
        ("below", ("66.99", "67"), "yes"),
        ("rounded", ("441.5", "0"), "442"),
        ("rounded", ("441.49", "0"), "441"),
        ("least", ("1", "5/4"), "1"),
        ("product", ("95", "27/40"), "513/8"),  # 67.5 percent of 95 points: 64.125
    ],
)
def test_each_operation_is_exact(op: str, of: tuple[str, ...], result: str) -> None:
    working = Working({})
    assert working.value(working.step("it", op, *of)) == result


def test_what_cannot_be_done_says_so() -> None:
    working = Working({"students": "0"})
    for op, of, message in (
        ("quotient", ("1", "$students"), "cannot be done"),
        ("power", ("1", "2"), "is none of"),
        ("sum", ("$nobody",), "no input nobody"),
        ("sum", ("#3",), "no step 3"),
        ("sum", ("NaN",), "no exact number"),
    ):
        with pytest.raises(ValueError, match=message):
            working.step("it", op, *of)
    with pytest.raises(ValueError, match="no receipt"):
        differences({"steps": []})


@given(st.lists(st.fractions(), min_size=1))
def test_a_sum_told_is_the_sum(numbers: list[Fraction]) -> None:
    working = Working({str(place): str(number) for place, number in enumerate(numbers)})
    receipt = working.told(working.step("sum", "sum", *(f"${place}" for place in range(len(numbers)))))
    assert Fraction(receipt["result"]) == sum(numbers)
    assert differences(receipt) == []
