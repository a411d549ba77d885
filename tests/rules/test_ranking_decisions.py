"""Identified, continued, left or not judged: the cases of tests/cases/designation/comprehensive.yaml."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.designation.rules.averages import Average, Averaging
from services.designation.rules.cases import Case
from services.designation.rules.catalog import LOWEST_SHARE
from services.designation.rules.comprehensive import Comprehensive, Cycle, decide
from services.designation.rules.edition import SchoolYear
from services.designation.rules.improvement import IDENTIFICATION_YEAR, OR_MORE, Graded, Improvement
from services.designation.rules.population import TITLE_I_A
from services.designation.rules.ranking import Lowest
from services.designation.rules.receipts import comprehensive as receipts
from shared.policy.reader import read

CASES = read(Path(__file__).parents[1] / "cases" / "designation" / "comprehensive.yaml")
CUTS = {"D": Fraction(269), "C": Fraction(328), "B": Fraction(377), "A": Fraction(442)}
LAW = Comprehensive(
    source="essa-report-card CSI-2",
    population=TITLE_I_A,
    share=Fraction(1, 20),
    cycle=Cycle(frozenset({"2021-22", "2024-25"}), 3),
    averaging=Averaging("rounded_points", 3, 2, 5),
    improvement=Improvement(IDENTIFICATION_YEAR, OR_MORE),
)


def lowest_of(case: dict[str, Any]) -> Lowest:
    """The ranking in which the school stands: with it when it is of the population and has an average."""
    cut = Fraction(CASES["cut"])
    ranked = case.get("title_i") != "no" and case["average"] != "none"
    member = ranked and Fraction(case["average"]) <= cut
    return Lowest(20, 1, cut, {"S": 1} if ranked else {}, frozenset({"S"} if member else ()), all_tied=False)


def case_of(case: dict[str, Any]) -> Case:
    status = "NOT_RATED_INSUFFICIENT_DATA" if case.get("rated") == "no" else "GRADED"
    school = SchoolYear(
        "S", "School", "D", "District", None, case.get("title_i") != "no", status, "D", "300", "300", "700", "700"
    )
    average = (
        None
        if case["average"] == "none"
        else Average(Fraction(case["average"]), {"2024-25": Fraction(case["average"])})
    )
    year, since = case.get("year", "2024-25"), case["since"]
    standing = {} if since == "none" else {LOWEST_SHARE: since}
    told = {since: case.get("baseline"), year: case.get("now")}
    grades = {of: Graded.of(*grade, "700", CUTS) for of, grade in told.items() if grade}
    counted = average.indexes if average else {}
    return Case(school, year, standing, {year: school}, None, counted, average, grades)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_this_school_gets_this_verdict(case: dict[str, Any]) -> None:
    verdict = decide(case_of(case), lowest_of(case), LAW)
    assert verdict.decision == case["decision"]
    assert verdict.since == (None if case["stands_since"] == "none" else case["stands_since"])
    assert verdict.finding == case["finding"]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_its_sentence_is_whole_and_names_no_unfilled_number(case: dict[str, Any]) -> None:
    school, lowest = case_of(case), lowest_of(case)
    verdict = decide(school, lowest, LAW)
    sentence = receipts.sentence_of(verdict, receipts.numbers_of(school, verdict, lowest, LAW))
    assert sentence.endswith(".")
    assert "{" not in sentence and "  " not in sentence and "None" not in sentence


def test_every_finding_has_a_case() -> None:
    shown = {case["finding"] for case in CASES["cases"]}
    assert shown == set(receipts.FINDINGS)


def test_a_sentence_tells_the_exit_with_its_numbers() -> None:
    case = {"average": "401/1000", "since": "2021-22", "baseline": ["D", "290"], "now": ["D", "299"]}
    school, lowest = case_of(case), lowest_of(case)
    verdict = decide(school, lowest, LAW)
    assert receipts.sentence_of(verdict, receipts.numbers_of(school, verdict, lowest, LAW)) == (
        "No longer identified for comprehensive support: above the lowest 5.0 percent, and it crossed the midpoint of "
        "the letter D, from 290 to 299 points (midpoint 298.5)."
    )
