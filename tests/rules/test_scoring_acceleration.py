"""Accelerated and advanced courses: the worked cases of tests/cases/scoring, by the real chapter."""

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.scoring.rules import acceleration
from services.scoring.rules.frames import Frames
from services.scoring.rules.points import Counted, Scale, earned
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, frames, where
from tests.rules.students_by_hand import DIRECTORY, counted_of, law_of, of_levels, stay, truth

CASES = Path(__file__).parents[1] / "cases" / "scoring"
LAW = law_of()
ACCELERATION: Any = LAW.acceleration


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def transcript(student_id: str, course_id: str, **told: Any) -> dict[str, Any]:
    return {
        "student_id": student_id,
        "course_id": course_id,
        "school_id": "B1",  # where it was taken says nothing
        "school_year": YEAR,
        "term": "Year",
        "outcome": "pass",
        **told,
    }


def one_student(**told: Any) -> tuple[int | None, ...]:
    """Participation and performance of one student with one course."""
    found = frames(DIRECTORY, enrollments=[stay("1", "A1", grade="11")], transcripts=[transcript("1", "c", **told)])
    (row,) = acceleration.heads(found, ACCELERATION, where("school")).rows(named=True)
    return row[acceleration.PARTICIPATION], row[acceleration.PERFORMANCE]


@pytest.mark.parametrize("case", read("comp_6")["successes"], ids=str)
def test_what_is_a_success(case: dict[str, str]) -> None:
    facts = {name: truth(case[name]) for name in acceleration.FACTS if name in case}
    assert one_student(kind=case["kind"], exam_score=case.get("exam_score"), **facts) == (1, case["success"] == "yes")


@pytest.mark.parametrize(("outcome", "takes_part"), read("comp_6")["outcomes"].items())
def test_what_is_taking_part(outcome: str, takes_part: str) -> None:
    found = one_student(kind="ap", exam_score="5", outcome=outcome)
    assert found == ((1, 1) if takes_part == "yes" else (0, None))


def school_of_courses(order: random.Random | None = None) -> Frames:
    case = read("comp_6")
    stays = [
        stay(student, school_id, grade=told["grade"])
        for student, told in case["students"].items()
        for school_id in told["at"]
    ]
    taken = [
        transcript(
            student,
            course,
            kind=None if kind == "none" else kind,
            exam_score=None if score == "none" else score,
            school_year=year[0] if year else YEAR,
        )
        for student, told in case["students"].items()
        for course, kind, score, *year in [[*one, "none"] if len(one) == 2 else one for one in told["took"]]
    ]
    courses = [{"course_id": course, "title": course, "kinds": kinds} for course, kinds in case["courses"].items()]
    if order:
        stays, taken = order.sample(stays, len(stays)), order.sample(taken, len(taken))
    return frames(DIRECTORY, enrollments=stays, transcripts=taken, courses=courses)


def counts(heads: Any, found: Frames, measures: tuple[str, ...]) -> dict[str, dict[str, dict[str, Any]]]:
    """Level, entity, kind: numerator and denominator, or none."""
    levels = of_levels(heads, found, ACCELERATION)
    return {
        level: {
            entity: {
                m.split(".")[1]: [str(told[m].numerator), str(told[m].denominator)] if m in told else "none"
                for m in measures
            }
            for entity, told in counted_of(rows, measures).items()
        }
        for level, rows in levels.items()
    }


@pytest.mark.parametrize("order", [None, random.Random(1), random.Random(2)])
def test_who_takes_part_and_succeeds_at_each_level(order: random.Random | None) -> None:
    found = school_of_courses(order)
    assert counts(acceleration.heads, found, acceleration.MEASURES) == read("comp_6")["counts"]


def test_advanced_courses_of_any_kind_and_of_each() -> None:
    found = school_of_courses()
    assert counts(acceleration.advanced, found, acceleration.ADVANCED_MEASURES) == read("oth_8")["counts"]


def test_grades_of_advanced_courses_are_a_value_of_their_own() -> None:
    law = replace(ACCELERATION, advanced_grades=frozenset({"10"}))
    rows = acceleration.advanced(school_of_courses(), law, where("school"))
    assert rows["student_id"].to_list() == ["6"]


def points_of(case: dict[str, Any], zero_without: dict[str, str]) -> list[Fraction | None]:
    counted = {
        f"acceleration.{kind}": Counted(*map(int, case[kind]))
        for kind in ("participation", "performance")
        if case[kind] != "none"
    }
    maxima = {m: LAW.columns["high_school"].scale.maxima[m] for m in acceleration.MEASURES}
    law = replace(LAW.points, scaled_away=None, zero_without=zero_without)
    return [part.points for part in earned(Scale(Fraction(1000), maxima), counted, frozenset(maxima), law)]


@pytest.mark.parametrize("case", read("comp_6")["points"], ids=str)
def test_points_of_the_two_halves(case: dict[str, Any]) -> None:
    found = points_of(case, dict(LAW.points.zero_without))
    assert found == [None if told == "none" else Fraction(told) for told in case["points"]]


def test_without_the_chapters_word_nobody_taking_part_is_missing() -> None:
    case = {"participation": ["0", "100"], "performance": "none"}
    assert points_of(case, {}) == [0, None]
