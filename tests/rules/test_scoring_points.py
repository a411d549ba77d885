"""Points, rounding, letters, scales, participation: the worked cases of tests/cases/scoring, by the real chapter."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.scoring import policy
from services.scoring.handle.entities import rating
from services.scoring.rules import ratings
from services.scoring.rules.catalog import measure_ids
from services.scoring.rules.law import Law
from services.scoring.rules.points import Counted, letter, rounded, total
from shared.policy import reader

CASES = Path(__file__).parents[1] / "cases" / "scoring"


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def law_of(school_year: str = "2023-24") -> Law:
    return policy.law(reader.chapter("ms", "scoring", school_year), school_year)


LAW = law_of()
LETTERS = [
    (column, points, expected)
    for part in ("column_totals", "same_total")
    for column, told in read("letters")[part].items()
    for points, expected in told.items()
]


@pytest.mark.parametrize(("column", "points", "expected"), LETTERS)
def test_a_total_earns_its_letter(column: str, points: str, expected: str) -> None:
    assert letter(Fraction(points), LAW.columns[column].letters) == expected


@pytest.mark.parametrize("case", read("rounding")["cases"], ids=lambda case: f"{case['exact']} {case['method']}")
def test_a_total_is_rounded_once(case: dict[str, str]) -> None:
    assert rounded(Fraction(case["exact"]), case["method"]) == Fraction(case["rounded"])


def counted(percent: str | list[str]) -> Counted:
    """One decimal of a percent on 1,000 students, or students of how many."""
    if isinstance(percent, list):
        return Counted(int(percent[0]), int(percent[1]))
    return Counted(int(Fraction(percent) * 10), 1000)


@pytest.mark.parametrize("case", read("totals")["cases"], ids=lambda case: case["name"])
def test_components_make_a_total(case: dict[str, Any]) -> None:
    column = LAW.columns[case["column"]]
    counts = {measure: counted(percent) for measure, percent in case["percent"].items()}
    everything = frozenset(column.scale.maxima)
    computed = everything if case.get("computed") == "all" else frozenset(measure_ids(LAW))
    points = replace(LAW.points, scaled_away=None) if case.get("scaled_away") == "never" else LAW.points
    found = total(column.scale, counts, computed, points)
    assert found.is_rescaled == (case["rescaled"] == "yes")
    if case["exact"] == "none":
        assert found.exact is None and found.rounded is None
        return
    assert found.exact == Fraction(case["exact"])
    assert found.rounded == Fraction(case["rounded"])
    assert letter(found.rounded, column.letters) == case["letter"]


@pytest.mark.parametrize("column", LAW.columns)
def test_a_points_table_sums_to_its_scale_with_and_without_english_learners(column: str) -> None:
    scale = LAW.columns[column].scale
    assert sum(scale.maxima.values()) == scale.full
    others = sum(maximum for measure, maximum in scale.maxima.items() if measure != LAW.points.scaled_away)
    assert others / LAW.points.divisor == scale.full  # 665 / 0.95 = 700, 950 / 0.95 = 1000


@pytest.mark.parametrize("case", read("scales")["cases"], ids=lambda case: f"{case['level']} {case['grades']}")
def test_grade_twelve_decides_the_column(case: dict[str, Any]) -> None:
    grades = frozenset(case["grades"])
    assert ratings.column(LAW.scale_choice, case["level"], grades) == case["column"]
    assert ratings.is_nonstandard(LAW.scale_choice, case["level"], grades) == (case["nonstandard"] == "yes")


@pytest.mark.parametrize("case", read("scales")["not_rated"], ids=lambda case: f"{case['level']} {case['year']}")
def test_who_gets_no_grade(case: dict[str, Any]) -> None:
    law = law_of(case["year"])
    why = ratings.not_rated(
        case["level"], frozenset(case["grades"]), law.graded_levels, law.tested_grades, law.no_assessments
    )
    assert (why or "none") == case["status"]


@pytest.mark.parametrize("case", read("grade_10")["first_year"], ids=str)
def test_which_year_is_a_schools_first(case: dict[str, str]) -> None:
    opened_on = None if case["opened_on"] == "none" else date.fromisoformat(case["opened_on"])
    assert ratings.is_first_year(opened_on, LAW.school_year) == (case["is_first"] == "yes")


@pytest.mark.parametrize("case", read("grade_10")["statuses"], ids=lambda case: " ".join(case["grades"]))
def test_a_school_in_its_first_year_gets_no_grade(case: dict[str, Any]) -> None:
    told = ("school", frozenset(case["grades"]), LAW.graded_levels, LAW.tested_grades, LAW.no_assessments)
    assert [ratings.not_rated(*told, is_too_new=new) or "none" for new in (True, False)] == [
        case["first"],
        case["other"],
    ]


@pytest.mark.parametrize(("told", "status"), read("grade_10")["chapter"].items())
def test_the_chapter_says_whether_a_first_year_is_rated(told: str, status: str) -> None:
    chapter = reader.chapter("ms", "scoring", LAW.school_year)
    law = policy.law(chapter | {"first_year_schools": chapter["first_year_schools"] | {"value": told}}, LAW.school_year)
    counts = {measure: Counted(60, 100) for measure in LAW.columns["elementary_middle"].scale.maxima}
    opened, long_ago = date(2023, 8, 7), date(1965, 9, 1)
    assert rating("school", frozenset({"05"}), counts, law, opened).status == status
    assert rating("school", frozenset({"05"}), counts, law, long_ago).status == "GRADED"
    assert rating("district", frozenset({"05"}), counts, law).status == "GRADED"


@pytest.mark.parametrize(("told", "outcome"), read("comp_10")["bank_to_high_school"].items())
def test_early_scores_are_not_carried_to_high_school(told: str, outcome: str) -> None:
    chapter = reader.chapter("ms", "scoring", LAW.school_year)
    chapter["bank_to_high_school"] = {**chapter["bank_to_high_school"], "value": told}
    if outcome == "read":
        assert policy.law(chapter, LAW.school_year) == LAW
    else:
        with pytest.raises(reader.PolicyError, match="bank_to_high_school"):
            policy.law(chapter, LAW.school_year)


@pytest.mark.parametrize("case", read("participation")["cases"], ids=lambda case: case["name"])
def test_participation_below_what_is_expected_is_flagged(case: dict[str, Any]) -> None:
    subjects = [name for name in ("reading", "math", "science") if name in case]
    counts = {f"{name}.participation": counted(case[name]) for name in subjects}
    assert ratings.is_below_expected(counts, LAW.participation, LAW.points.minimum_n) == (case["below"] == "yes")


@pytest.mark.parametrize("case", read("participation")["letters"], ids=str)
def test_the_penalty_lowers_one_letter_at_most(case: dict[str, str]) -> None:
    letters = LAW.columns["district"].letters
    assert ratings.letter_after(case["letter"], letters, case["below"] == "yes", case["penalty"]) == case["after"]
