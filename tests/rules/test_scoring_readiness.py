"""College and career readiness: the worked cases of tests/cases/scoring, by the real chapter."""

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.scoring.rules import readiness
from services.scoring.rules.frames import Frames
from services.scoring.rules.readiness import ReadinessLaw
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, frames, where
from tests.rules.other_tests_by_hand import parts, with_other_results
from tests.rules.students_by_hand import DIRECTORY, counted_of, law_of, of_levels, stay

CASES = Path(__file__).parents[1] / "cases" / "scoring"
LAW = law_of()
READINESS: Any = LAW.readiness
MODES = {"strict": READINESS, "split": replace(READINESS, needs_both=False)}


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def senior(student_id: str, school_id: str = "A1", school_year: str = YEAR) -> dict[str, Any]:
    return stay(student_id, school_id, school_year, grade="12", entry_date=date(int(school_year[:4]), 8, 7))


def sitting(scores: list[str], student_id: str = "1", **told: Any) -> dict[str, Any]:
    named = dict(zip(("english", "reading", "math"), scores, strict=True))
    text = parts({name: int(score) for name, score in named.items() if score != "none"})
    return {"student_id": student_id, "assessment_id": "college_entrance", "parts": text, **told}


def certificate(level: str) -> list[dict[str, Any]]:
    return [] if level == "none" else [{"student_id": "1", "assessment_id": "work_readiness", "level": level}]


def halves(results: list[dict[str, Any]], law: ReadinessLaw, awards: Any = (), school_year: str = YEAR) -> int:
    found = frames(DIRECTORY, enrollments=[senior("1", school_year=school_year)], awards=awards)
    place = replace(where("school"), school_year=school_year)
    ((told,),) = readiness.heads(with_other_results(found, results), law, place).select(readiness.RATE).rows()
    return int(told)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", read("comp_7")["act"], ids=lambda case: " ".join(case["scores"]))
def test_scores_of_the_college_entrance_test(case: dict[str, Any], mode: str) -> None:
    assert halves([sitting(case["scores"])], MODES[mode]) == int(case[mode])


@pytest.mark.parametrize("case", read("comp_7")["best"], ids=lambda case: case["name"])
def test_the_best_sub_scores_ever(case: dict[str, Any]) -> None:
    results = [sitting(scores, school_year=year) for year, scores in case["sittings"].items()]
    assert halves(results, READINESS) == int(case["strict"])


@pytest.mark.parametrize("case", read("comp_7")["work"], ids=str)
def test_certificates_of_work_readiness(case: dict[str, Any]) -> None:
    award = {
        "student_id": "1",
        "school_id": "A1",
        "school_year": case.get("awarded", YEAR),
        "term": "Spring",
        "awards": case.get("awards", []),
        "cte_completer": case.get("pathway") == "yes",
    }
    assert halves(certificate(case["level"]), READINESS, [award]) == int(case["strict"])


@pytest.mark.parametrize(("year", "expected"), read("comp_7")["work_years"].items())
def test_since_when_certificates_count(year: str, expected: str) -> None:
    law = law_of(year).readiness
    assert law is not None
    results = [told | {"school_year": year} for told in certificate("Gold")]
    assert halves(results, law, school_year=year) == int(expected)


@pytest.mark.parametrize("case", read("comp_7")["both"], ids=str)
def test_the_better_of_the_two_ways_counts(case: dict[str, Any]) -> None:
    found = halves([sitting(case["scores"]), *certificate(case["level"])], MODES["split"])
    assert found == int(case["split"])


@pytest.mark.parametrize("case", read("comp_7")["snapshot"], ids=lambda case: " ".join(case["stay"]))
def test_who_is_a_senior_on_the_day(case: dict[str, Any]) -> None:
    grade, entry, last = case["stay"]
    exit_date = None if last == "none" else date.fromisoformat(last)
    told = stay("1", "A1", grade=grade, entry_date=date.fromisoformat(entry), exit_date=exit_date)
    found = readiness.heads(frames(DIRECTORY, enrollments=[told]), READINESS, where("school"))
    assert found.height == (case["counts"] == "yes")


def test_where_the_exit_date_is_the_first_day_away_it_is_no_day_enrolled() -> None:
    law = replace(READINESS, counts_exit_day=False)
    told = stay("1", "A1", grade="12", entry_date=date(2023, 8, 7), exit_date=law.snapshot)
    assert readiness.heads(frames(DIRECTORY, enrollments=[told]), law, where("school")).is_empty()


def seniors(order: random.Random | None) -> Frames:
    ready = {"r": sitting(["18", "10", "22"])}
    named = [
        (f"{school_id}{place}", school_id, kind)
        for school_id, kinds in read("comp_7")["students"].items()
        for place, kind in enumerate(kinds)
    ]
    named = order.sample(named, len(named)) if order else named
    results = [ready[kind] | {"student_id": student} for student, _, kind in named if kind in ready]
    stays = [senior(student, school_id) for student, school_id, _ in named]
    return with_other_results(frames(DIRECTORY, enrollments=stays), results)


@pytest.mark.parametrize("order", [None, random.Random(1)])
def test_seniors_at_each_level(order: random.Random | None) -> None:
    case, levels = read("comp_7"), of_levels(readiness.heads, seniors(order), READINESS)
    told = {
        level: {entity: each[readiness.RATE] for entity, each in counted_of(rows, readiness.MEASURES).items()}
        for level, rows in levels.items()
    }
    assert {
        level: {entity: [str(c.numerator), str(c.denominator)] for entity, c in each.items()}
        for level, each in told.items()
    } == case["counts"]
    for entity, share in case["shares"].items():
        assert told["school"][entity].share() == Fraction(share)
