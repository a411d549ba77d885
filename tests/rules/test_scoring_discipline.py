"""Discipline and law enforcement: the cases oth_4, oth_6 and oth_7 of tests/cases/scoring, by the real chapter."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.scoring.rules import discipline, law_enforcement
from services.scoring.rules.areas import years_of
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, frames
from tests.rules.students_by_hand import DIRECTORY, law_of, left_out, of_levels, rates, stay, truth

CASES = Path(__file__).parents[1] / "cases" / "scoring"
LAW = law_of()
COLLECTED_CASES = [case for name in ("oth_6", "oth_7") for case in reader.read(CASES / f"{name}.yaml")["cases"]]


@pytest.mark.parametrize("case", reader.read(CASES / "oth_4.yaml")["cases"], ids=lambda case: case["name"])
def test_each_student_counts_once_in_each_rate(case: dict[str, Any]) -> None:
    told = frames(
        DIRECTORY,
        enrollments=[stay(student, at) for student, schools in case["enrolled"].items() for at in schools],
        actions=[
            stay(student, at, action_id=str(number), kinds=kinds)
            for number, (student, at, kinds) in enumerate(case["actions"])
        ],
    )
    found = of_levels(discipline.heads, told, LAW.discipline)
    assert rates(found, discipline.MEASURES) == {**case["rates"]}
    expected = {entity: [int(number) for number in numbers] for entity, numbers in case.get("left_out", {}).items()}
    assert left_out(found, discipline.MEASURES) == expected


def test_actions_of_another_year_are_not_counted() -> None:
    suspended = stay("a", "A1", "2022-23", action_id="1", kinds=["expulsion"])
    told = frames(DIRECTORY, enrollments=[stay("a", "A1")], actions=[suspended])
    assert rates(of_levels(discipline.heads, told, LAW.discipline), discipline.MEASURES)["A1"] == ["0/1"] * 3


def test_who_left_in_the_year_is_of_its_enrolment() -> None:
    left = stay("a", "A1", entry_date=date(2023, 8, 7), exit_date=date(2023, 10, 2))
    told = frames(DIRECTORY, enrollments=[left, stay("b", "A1", entry_date=date(2024, 3, 1))])
    assert rates(of_levels(discipline.heads, told, LAW.discipline), discipline.MEASURES)["A1"] == ["0/2"] * 3


@pytest.mark.parametrize("case", reader.read(CASES / "oth_6.yaml")["collected"], ids=lambda case: case["report"])
def test_the_latest_collection_is_told(case: dict[str, str]) -> None:
    law = LAW.law_enforcement
    assert law
    tells = None if case["tells"] == "none" else case["tells"]
    assert law_enforcement.collected(law, case["report"]) == tells
    assert law_enforcement.years_needed(law, case["report"]) == ((tells,) if tells else ())


def test_an_off_year_reads_everyone_of_the_collected_year() -> None:
    assert years_of(law_of("2022-23")).everyone == ("2021-22",)
    assert years_of(law_of("2023-24")).everyone == ()
    assert "2017-18" in years_of(law_of("2019-20")).records


@pytest.mark.parametrize("case", COLLECTED_CASES, ids=lambda case: case["name"])
def test_who_was_referred_and_who_arrested(case: dict[str, Any]) -> None:
    told = frames(
        DIRECTORY,
        enrollments=[stay(who, at, year) for who, stays in case["enrolled"].items() for at, year in stays],
        involvements=[
            stay(who, at, year, incident_id=str(number), is_referred=truth(referred), is_arrested=truth(arrested))
            for number, (who, at, year, referred, arrested) in enumerate(case["involved"])
        ],
    )
    found = of_levels(law_enforcement.heads, told, LAW.law_enforcement, case["report"])
    assert rates(found, law_enforcement.MEASURES) == case["rates"]
    tells = law_enforcement.years_needed(LAW.law_enforcement, case["report"])
    assert {year for rows in found.values() for year in rows["groups_year"]} <= set(tells)


def test_before_the_first_collection_there_is_no_rate() -> None:
    told = frames(DIRECTORY, enrollments=[stay("a", "A1", "2016-17")])
    for rows in of_levels(law_enforcement.heads, told, LAW.law_enforcement, "2016-17").values():
        assert rows.is_empty()


INVOLVEMENTS = some.lists(
    some.tuples(
        some.sampled_from("abcdef"),
        some.sampled_from(("A1", "A2", "B1", "elsewhere")),
        some.sampled_from((YEAR, "2022-23")),
        some.sampled_from((True, False, None)),
        some.sampled_from((True, False, None)),
    )
)
STAYS = some.lists(some.tuples(some.sampled_from("abcd"), some.sampled_from(("A1", "A2", "B1"))), unique=True)


@given(stays=STAYS, involved=INVOLVEMENTS)
def test_arrests_are_never_more_than_referrals(stays: list[tuple[str, str]], involved: list[tuple[Any, ...]]) -> None:
    names = ("is_referred", "is_arrested")
    told = frames(
        DIRECTORY,
        enrollments=[stay(who, at) for who, at in stays],
        involvements=[
            stay(who, at, year, incident_id=str(number), **dict(zip(names, flags, strict=True)))
            for number, (who, at, year, *flags) in enumerate(involved)
        ],
    )
    for rows in of_levels(law_enforcement.heads, told, LAW.law_enforcement).values():
        counted = rows.drop_nulls([*law_enforcement.MEASURES])
        assert (counted[law_enforcement.ARREST] <= counted[law_enforcement.REFERRAL]).all()
        assert counted.select("entity", "student_id").is_unique().all()
        referred = {(who, at) for who, at, year, *flags in involved if year == YEAR and any(flags)}
        assert counted[law_enforcement.REFERRAL].sum() <= len(referred)


def test_arrests_that_are_read_are_counted() -> None:
    """The twin of the invariant: an arrest is not lost, so that the invariant does not hold of nothing."""
    arrested = stay("a", "A1", incident_id="1", is_referred=False, is_arrested=True)
    told = frames(DIRECTORY, enrollments=[stay("a", "A1")], involvements=[arrested])
    found = of_levels(law_enforcement.heads, told, LAW.law_enforcement)
    assert rates(found, law_enforcement.MEASURES)["A1"] == ["1/1", "1/1"]
