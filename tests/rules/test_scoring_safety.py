"""Incidents of violence: the worked cases of tests/cases/scoring, by the real chapter."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.scoring.policy import safety as policy
from services.scoring.rules import safety
from services.scoring.rules.frames import Frames
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, frames, rows, school, where

CASES = Path(__file__).parents[1] / "cases" / "scoring"
CHAPTER = reader.chapter("ms", "scoring", YEAR)
LAW = policy.law(lambda name, make: make(reader.value(CHAPTER, name)))


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def incident(number: int, told: list[Any]) -> dict[str, Any]:
    return {
        "incident_id": str(number),
        "school_id": told[0],
        "school_year": told[3] if len(told) > 3 else YEAR,
        "day": date(2023, 10, 2),
        "kinds": told[1],
        "is_criminal": told[2] == "yes",
    }


def reported(case: dict[str, Any]) -> Frames:
    told = [incident(number, one) for number, one in enumerate(case["incidents"])]
    involved = [
        {
            **{name: told[int(number)][name] for name in ("incident_id", "school_id", "school_year")},
            "student_id": student,
        }
        for number, students in case.get("involved", {}).items()
        for student in students
    ]
    return frames([school(name, home) for name, home in case["schools"].items()], incidents=told, involvements=involved)


COUNTS = [(case, level) for case in read("oth_5")["cases"] for level in case["counts"]]


@pytest.mark.parametrize(("case", "level"), COUNTS, ids=lambda told: told if isinstance(told, str) else told["name"])
def test_incidents_of_violence_are_counted(case: dict[str, Any], level: str) -> None:
    found = safety.figures(reported(case), LAW, where(level))[0]
    expected = [
        (entity, "safety.violence", number, "1", "incidents") for entity, number in case["counts"][level].items()
    ]
    assert found.rows() == expected
    assert safety.figures(reported(case), LAW, where(level))[1].is_empty()


@pytest.mark.parametrize(("kind", "told"), read("oth_5")["kinds"].items())
def test_which_kinds_are_violence(kind: str, told: str) -> None:
    (found,) = rows("incidents", [incident(0, ["A1", [kind], "yes"])]).select(safety.is_violent(LAW)).to_series()
    assert found == (told == "violent")


def test_there_are_fourteen_kinds() -> None:
    assert len(LAW.violent) == 14
