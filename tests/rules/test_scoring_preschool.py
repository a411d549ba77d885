"""Preschool: the worked cases of tests/cases/scoring/oth_3.yaml, by the real chapter."""

from pathlib import Path
from typing import Any

import pytest

from services.scoring.rules import preschool
from shared.policy import reader
from tests.rules.frames_by_hand import frames
from tests.rules.students_by_hand import DIRECTORY, law_of, of_levels, rates, stay

CASES = reader.read(Path(__file__).parents[1] / "cases" / "scoring" / "oth_3.yaml")["cases"]
LAW = law_of().preschool


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_students_in_preschool_of_all_students(case: dict[str, Any]) -> None:
    stays = [stay(who, at, grade=grade) for who, told in case["enrolled"].items() for at, grade in told]
    found = rates(of_levels(preschool.heads, frames(DIRECTORY, enrollments=stays), LAW), preschool.MEASURES)
    assert found == {entity: [rate] for entity, rate in case["rates"].items()}


def test_another_year_is_not_counted() -> None:
    told = frames(DIRECTORY, enrollments=[stay("a", "A1", "2022-23", grade="PK"), stay("b", "A1", grade="KG")])
    assert rates(of_levels(preschool.heads, told, LAW), preschool.MEASURES)["A1"] == ["0/1"]
