"""Outcomes of graduates: the cases oth_2 and oth_9 of tests/cases/scoring, by the real chapter."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.scoring import policy
from services.scoring.rules import graduation, outcomes
from services.scoring.rules.frames import Frames
from shared.policy import reader
from tests.rules.frames_by_hand import frames
from tests.rules.students_by_hand import DIRECTORY, law_of, of_levels, rates, truth

CASES = Path(__file__).parents[1] / "cases" / "scoring"
WHOLE = law_of()
assert WHOLE.outcomes
LAW = WHOLE.outcomes
CLASS = "2021-22"
HOMES = {school["school_id"]: school["district_id"] for school in DIRECTORY}


def day(told: str) -> date | None:
    return None if told == "none" else date.fromisoformat(told)


def word(told: str) -> str | None:
    return None if told == "none" else told


def state_of(case: dict[str, Any]) -> Frames:
    members = [
        {
            "student_id": who,
            "cohort_year": case.get("cohort_year", CLASS),
            "school_id": at,
            "district_id": HOMES[at],
            "status": status,
            "diploma": word(diploma),
            "exit_date": day(left),
        }
        for who, (at, status, diploma, left) in case["members"].items()
    ]
    told = [
        {
            "student_id": who,
            "day": day(on),
            "category": kind,
            "kind": word(kind),
            "is_public": truth(public),
            "is_in_state": truth(in_state),
            "level": word(level),
        }
        for who, on, kind, public, in_state, level in case["outcomes"]
    ]
    return frames(DIRECTORY, cohorts=members, outcomes=told)


@pytest.mark.parametrize("case", reader.read(CASES / "oth_2.yaml")["cases"], ids=lambda case: case["name"])
def test_graduates_enrolled_in_a_public_college_of_the_state(case: dict[str, Any]) -> None:
    found = rates(of_levels(outcomes.heads, state_of(case), LAW), outcomes.MEASURES[:1])
    assert found == {entity: [rate] for entity, rate in case["enrollment"].items()}


@pytest.mark.parametrize("case", reader.read(CASES / "oth_9.yaml")["cases"], ids=lambda case: case["name"])
def test_graduates_by_what_they_did(case: dict[str, Any]) -> None:
    assert rates(of_levels(outcomes.heads, state_of(case), LAW), outcomes.MEASURES[1:]) == case["rates"]


@pytest.mark.parametrize(("report", "told"), [("2017-18", "2015-16"), ("2023-24", "2021-22")])
def test_a_report_tells_of_the_class_of_two_years_ago(report: str, told: str) -> None:
    law = law_of(report).outcomes
    assert law and graduation.class_of(report, law.graduation) == told


def test_the_groups_are_those_of_the_class() -> None:
    case = {"members": {"a": ["A1", "graduate", "regular", "2022-05-20"]}, "outcomes": []}
    assert of_levels(outcomes.heads, state_of(case), LAW)["school"]["groups_year"].to_list() == [CLASS]


def test_a_graduate_counts_where_the_longest_enrolment_was() -> None:
    facts = state_of({"members": {"a": ["A1", "graduate", "regular", "2022-05-20"]}, "outcomes": []})
    unplaced = facts.cohorts.with_columns(school_id=None, district_id=None).cast(dict(facts.cohorts.schema))
    stays = [("A1", 2018), ("A1", 2019), ("B1", 2020)]  # two years and one
    told = [
        {
            "student_id": "a",
            "school_id": at,
            "school_year": f"{year}-{(year + 1) % 100}",
            "entry_date": date(year, 8, 7),
            "exit_date": date(year + 1, 5, 24),
        }
        for at, year in stays
    ]
    placed = frames(DIRECTORY, enrollments=told, cohorts=unplaced.rows(named=True))
    assert rates(of_levels(outcomes.heads, placed, LAW), outcomes.MEASURES[:1]) == {
        "A1": ["0/1"],
        "A": ["0/1"],
        "state": ["0/1"],
    }


def test_words_that_no_outcome_has_are_refused() -> None:
    chapter = reader.chapter("ms", "scoring", "2023-24")
    entry = chapter["outcomes"]
    told = {**entry["value"], "employed": {"kind": ["working"]}}
    with pytest.raises(reader.PolicyError, match="kind is never working"):
        policy.law({**chapter, "outcomes": {**entry, "value": told}}, "2023-24")
