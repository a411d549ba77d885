"""Educator equity: the printed tables recomputed, and the worked cases of tests/cases/scoring, by the real chapter."""

from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from services.scoring.policy import equity as policy
from services.scoring.rules import equity
from services.scoring.rules.heads import Where
from services.scoring.rules.teachers import EFFECTIVENESS, OF_TEACHERS
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, where
from tests.rules.staff_by_hand import staffed

CASES = Path(__file__).parents[1] / "cases" / "scoring"
CHAPTER = reader.chapter("ms", "scoring", YEAR)
LAW = policy.law(lambda name, make: make(reader.value(CHAPTER, name)))
PRINTED = list(product(equity.CORNERS, (LAW.baseline, LAW.interim), OF_TEACHERS))


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def as_printed(kind: str, number: Fraction) -> Fraction:
    """Percent; effectiveness as a score."""
    return number if kind == EFFECTIVENESS else number * 100


def test_there_are_twenty_four_printed_gaps() -> None:
    assert len(LAW.printed) == len(PRINTED) == 24
    assert (LAW.baseline, LAW.interim) == ("2018-19", "2022-23")


@pytest.mark.parametrize(("corner", "year", "kind"), PRINTED)
def test_a_printed_gap_is_the_difference_of_its_groups(corner: str, year: str, kind: str) -> None:
    otherwise = {(told["corner"], told["year"], told["kind"]): told for told in read("eq_1")["printed_otherwise"]}
    gap = as_printed(kind, abs(equity.printed_gap(LAW, corner, year, kind)))
    printed = as_printed(kind, LAW.printed[corner, year, kind].gap)
    if (corner, year, kind) in otherwise:
        told = otherwise[corner, year, kind]
        assert (printed, gap) == (Fraction(told["printed"]), Fraction(told["recomputed"]))
        assert gap - printed == Fraction(1, 10)
    else:
        assert gap == printed


def test_the_sign_tells_where_title_i_schools_are_better_off() -> None:
    better = [list(row) for row in PRINTED if equity.printed_gap(LAW, *row) < 0]
    assert sorted(better) == sorted(read("eq_1")["better_off"])


@pytest.mark.parametrize("case", read("eq_2")["progress"], ids=lambda case: f"{case['corner']} {case['kind']}")
def test_progress_is_how_far_the_signed_gap_fell(case: dict[str, str]) -> None:
    found = equity.interim_change(LAW, case["corner"], case["kind"])
    assert as_printed(case["kind"], found) == Fraction(case["change"])
    assert equity.is_improved(found) == (case["improved"] == "yes")


def test_which_printed_gaps_grew_in_size() -> None:
    grown = [
        [corner, kind]
        for corner, kind in product(equity.CORNERS, OF_TEACHERS)
        if LAW.printed[corner, LAW.interim, kind].gap > LAW.printed[corner, LAW.baseline, kind].gap
    ]
    assert sorted(grown) == sorted(read("eq_2")["grown"])


@pytest.mark.parametrize("case", read("eq_2")["improved"], ids=str)
def test_a_gap_that_stayed_is_not_improved(case: dict[str, str]) -> None:
    assert equity.is_improved(Fraction(case["change"])) == (case["improved"] == "yes")


@pytest.mark.parametrize("case", read("eq_1")["cases"], ids=lambda case: case["name"])
def test_both_groups_and_their_gap(case: dict[str, Any]) -> None:
    rows = list(equity.figures(staffed(case), LAW, where("state"))[0].iter_rows())
    assert {row[0] for row in rows} == {"ms"}
    found = {row[1]: (row[2], row[3], row[4]) for row in rows}
    for measure, (numerator, denominator) in case["amounts"].items():
        is_group = measure.endswith((".title_i", ".other"))
        unit = "score" if "effectiveness" in measure else "fte" if is_group else "share"
        assert found[measure] == (numerator, None if denominator == "none" else denominator, unit), measure
    if "has" in case:
        assert ("ms", *case["has"]) in equity.figures(staffed(case), LAW, where("state"))[1].rows()


@pytest.mark.parametrize("level", ["school", "district"])
def test_only_the_state_has_gaps(level: str) -> None:
    for case in read("eq_1")["cases"]:
        assert equity.figures(staffed(case), LAW, where(level))[0].is_empty()
        assert equity.figures(staffed(case), LAW, where(level))[1].is_empty()


@pytest.mark.parametrize("case", read("eq_2")["years"], ids=lambda case: case["year"])
def test_changes_are_told_after_the_year_they_start_from(case: dict[str, str]) -> None:
    told = read("eq_1")["cases"][0]
    moved = {**told, "teachers": [{**teacher, "year": case["year"]} for teacher in told["teachers"]]}
    found = equity.figures(staffed(moved), LAW, Where("state", "ms", case["year"]))[0]["measure"]
    for part in ("change", "interim_change"):
        assert bool([m for m in found if m.endswith(f".{part}")]) == (case[part] == "yes")


def test_without_teachers_the_state_has_no_gaps() -> None:
    assert equity.figures(staffed({"schools": {"A1": "A"}, "teachers": []}), LAW, where("state"))[0].is_empty()


def test_a_table_that_lacks_a_row_is_refused() -> None:
    told = {name: entry["value"] for name, entry in CHAPTER.items()}
    cut = {**told["equity_printed"], "minority": {"2018-19": told["equity_printed"]["minority"]["2018-19"]}}
    with pytest.raises(KeyError, match="2022-23"):
        policy.law(lambda name, make: make({**told, "equity_printed": cut}[name]))
