"""Spending per student: the worked cases of tests/cases/scoring, by the real chapter, line by line and by ledgers."""

import random
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pytest

from services.scoring.policy import spending as policy
from services.scoring.rules import spending
from services.scoring.rules.frames import Frames
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, frames, school, where

CASES = Path(__file__).parents[1] / "cases" / "scoring"
CHAPTER = reader.chapter("ms", "scoring", YEAR)
LAW = policy.law(lambda name, make: make(reader.value(CHAPTER, name)))


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


LEDGERS = [case for name in ("ppe_1", "ppe_4", "ppe_5", "ppe_6") for case in read(name)["ledgers"]]


def cents(dollars: str) -> int:
    found = Fraction(dollars) * 100
    assert found.denominator == 1
    return found.numerator


def placed(whose: str, schools: dict[str, str]) -> dict[str, str | None]:
    return {"school_id": whose if whose in schools else None, "district_id": None if whose in schools else whose}


def ledger(case: dict[str, Any]) -> Frames:
    schools = case["schools"]
    codes = ("fund", "function", "object")
    lines = [
        {
            **placed(line[0], schools),
            **dict(zip(codes, line[1:4], strict=True)),
            "account_id": f"account {number}",
            "fiscal_year": YEAR,
            "as_of": date(2024, 6, 30),
            "amount_cents": cents(line[4]),
            "source": line[5] if len(line) > 5 else None,
        }
        for number, line in enumerate(case["lines"])
    ] + [
        {
            **placed("A", schools),
            "fund": "1120",
            "function": "1110",
            "object": "110",
            "account_id": account,
            "fiscal_year": year,
            "as_of": date.fromisoformat(day),
            "amount_cents": cents(dollars),
        }
        for account, year, day, dollars in case.get("balances", ())
    ]
    membership, ada = case.get("membership", {}), case.get("ada", {})
    divisors = [
        {
            **placed(whose, schools),
            "school_year": YEAR,
            "membership": int(membership[whose]) if whose in membership else None,
            "ada": ada.get(whose),
        }
        for whose in sorted({*membership, *ada})
    ]
    return frames([school(name, home) for name, home in schools.items()], expenditures=lines, memberships=divisors)


def amounts(case: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str | None]]:
    found = spending.figures(ledger(case), LAW, where(case["level"]))[0]
    assert set(found["unit"]) <= {"dollars"}
    return {(row[0], row[1]): (row[2], row[3]) for row in found.iter_rows()}


@pytest.mark.parametrize("case", read("ppe_1")["federal"], ids=str)
def test_federal_is_as_the_source_says_else_as_the_fund(case: dict[str, str]) -> None:
    source = None if case["source"] == "none" else case["source"]
    assert spending.is_federal(case["fund"], source, LAW) == (case["federal"] == "yes")


@pytest.mark.parametrize(("function", "side"), read("ppe_2")["functions"].items())
def test_a_function_is_in_or_out_of_the_superintendents_method(function: str, side: str) -> None:
    assert spending.superintendent_side(function, LAW) == side


CODES = [
    (
        (code, "1110", "110")
        if part == "funds"
        else ("1120", code, "110")
        if part == "functions"
        else ("1120", "1110", code),
        told,
    )
    for part in ("funds", "functions", "objects")
    for code, told in read("ppe_3")[part].items()
]


@pytest.mark.parametrize(("codes", "told"), CODES, ids=str)
def test_any_code_on_a_list_leaves_a_line_out(codes: tuple[str, str, str], told: str) -> None:
    assert spending.is_excluded(*codes, LAW) == (told == "excluded")


@pytest.mark.parametrize("case", LEDGERS, ids=lambda case: case["name"])
def test_a_ledger_is_summed_and_divided(case: dict[str, Any]) -> None:
    found = amounts(case)
    for entity, measures in case.get("amounts", {}).items():
        for measure, (numerator, denominator) in measures.items():
            expected = (numerator, None if denominator == "none" else denominator)
            assert found[entity, measure] == expected, measure


@pytest.mark.parametrize("case", [case for case in LEDGERS if "dollars" in case], ids=lambda case: case["name"])
def test_dollars_for_each_student_are_rounded_half_up_at_the_end(case: dict[str, Any]) -> None:
    (entity,) = {entity for entity, _ in amounts(case)}
    for measure, dollars in case["dollars"].items():
        numerator, denominator = amounts(case)[entity, measure]
        assert denominator is not None
        assert Fraction(floor(Fraction(numerator) / Fraction(denominator) * 100 + Fraction(1, 2)), 100) == Fraction(
            dollars
        )


@pytest.mark.parametrize("case", [case for case in LEDGERS if "findings" in case], ids=lambda case: case["name"])
def test_what_is_odd_in_a_ledger_is_told(case: dict[str, Any]) -> None:
    found = spending.figures(ledger(case), LAW, where(case["level"]))[1]
    if not case["findings"]:
        assert found.is_empty()
    for entity, told in case["findings"].items():
        rows = [list(row[1:]) for row in found.iter_rows() if row[0] == entity]
        assert sorted(rows) == sorted(told)


@pytest.mark.parametrize("case", LEDGERS, ids=lambda case: case["name"])
def test_federal_and_state_and_local_are_the_whole(case: dict[str, Any]) -> None:
    found = amounts(case)
    for entity in {entity for entity, _ in found}:
        total, federal, local = (Fraction(found[entity, m][0]) for m in spending.MEASURES[:3])
        assert federal + local == total


@pytest.mark.parametrize("seed", range(5))
def test_schools_districts_and_state_hold_the_same_money(seed: int) -> None:
    dice = random.Random(seed)
    schools = {f"{district}{number}": district for district in "ABC" for number in range(dice.randint(1, 4))}
    codes = (["1120", "2211", "2110", "1845", "4000"], ["1110", "3110", "4050", "6110", "8200"], ["110", "564"])
    lines = [
        [
            dice.choice([*schools, "A", "B", "C"]),
            *(dice.choice(part) for part in codes),
            str(Fraction(dice.randint(-(10**5), 10**7), 100)),
        ]
        for _ in range(200)
    ]
    case = {"schools": schools, "lines": lines, "membership": {name: str(dice.randint(1, 900)) for name in schools}}
    sums = {}
    for level in ("school", "district", "state"):
        found = amounts({**case, "level": level})
        sums[level] = {
            m: sum((Fraction(told[0]) for (_, name), told in found.items() if name == m), Fraction(0))
            for m in spending.MEASURES
        }
    assert sums["school"] == sums["district"] == sums["state"]
    assert sums["state"]["spending.essa"] + sums["state"]["spending.essa.excluded"] == sum(
        Fraction(line[4]) for line in lines
    )


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    told = {**{name: entry["value"] for name, entry in CHAPTER.items()}, "essa_excluded_funds": ["1899..1840"]}
    with pytest.raises(ValueError, match=r"1899\.\.1840"):
        policy.law(lambda name, make: make(told[name]))
