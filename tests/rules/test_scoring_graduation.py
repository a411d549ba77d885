"""The graduation rate of a class: the worked cases of tests/cases/scoring, by the real chapter."""

import random
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.scoring.rules import graduation
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import without
from services.scoring.rules.points import Counted, dropped, points
from shared.policy import reader
from shared.vocabulary import school_years
from tests.rules.frames_by_hand import YEAR, frames, where
from tests.rules.students_by_hand import DIRECTORY, counted_of, law_of, of_levels

CASES = Path(__file__).parents[1] / "cases" / "scoring"
LAW = law_of()
GRADUATION: Any = LAW.graduation
CLASS = graduation.class_of(YEAR, GRADUATION)
ONE = {"students": "1"}


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def members(told: list[dict[str, str]], cohort_year: str = CLASS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in told:
        record = {name: value for name, value in part.items() if name in graduation_fields()}
        exit_date = date.fromisoformat(part["exit_date"]) if "exit_date" in part else None
        place = {"school_id": "A1", "district_id": "A", "cohort_year": cohort_year, "exit_date": exit_date}
        found += [
            record | place | {"student_id": f"{cohort_year} {len(found) + n}"} for n in range(int(part["students"]))
        ]
    return found


def graduation_fields() -> tuple[str, ...]:
    return ("status", "diploma", "exit_reason", "exit_evidence", "entered_as")


def heads(cohorts: list[dict[str, Any]], level: str = "school", **kinds: Any) -> pl.DataFrame:
    return graduation.heads(frames(DIRECTORY, cohorts=cohorts, **kinds), GRADUATION, where(level))


def counted(cohorts: list[dict[str, Any]]) -> list[str] | str:
    found = counted_of(heads(cohorts), graduation.MEASURES).get("A1", {}).get(graduation.RATE)
    return "none" if found is None else [str(found.numerator), str(found.denominator)]


def test_the_worked_example_of_a_cohort() -> None:
    example = read("acgr_1")["example"]
    cohort = members(example["members"])
    rows = heads(cohort)
    staying = rows.filter(pl.col(graduation.RATE).is_not_null())["student_id"].to_list()
    entered = [sum(m["entered_as"] == how for m in cohort) for how in ("first_time", "transfer_in")]
    assert entered == [int(students) for students in example["entered"]]
    assert len(staying) == sum(entered) - int(example["removed"])
    assert counted(cohort) == example["counts"]
    assert rows[without(graduation.RATE)].count() == int(example["removed"])


@pytest.mark.parametrize("case", read("acgr_1")["cases"], ids=lambda case: case["name"])
def test_who_graduates_and_who_leaves_the_cohort(case: dict[str, str]) -> None:
    ((adds, why),) = heads(members([case | ONE])).select(graduation.RATE, without(graduation.RATE)).rows()
    expected = (None, "REMOVED_FROM_COHORT") if case["adds"] == "removed" else (int(case["adds"]), None)
    assert (adds, why) == expected


@pytest.mark.parametrize("case", read("acgr_1")["summer"], ids=lambda case: case["exit_date"])
def test_the_summer_after_the_fourth_year_is_in_time(case: dict[str, str]) -> None:
    (told,) = heads(members([case | ONE | {"status": "graduate", "diploma": "regular"}]))[graduation.RATE]
    assert told == int(case["adds"])


def stays_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "student_id": "1",
            "school_id": school_id,
            "school_year": school_years.of_day(date.fromisoformat(entry)),
            "entry_date": date.fromisoformat(entry),
            "exit_date": None if last == "none" else date.fromisoformat(last),
        }
        for school_id, entry, last in case["stays"]
    ]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("case", read("acgr_2")["cases"], ids=lambda case: case["name"])
def test_a_member_belongs_to_the_longest_enrolment(case: dict[str, Any], seed: int) -> None:
    school_id, district_id = (None if told == "none" else told for told in case.get("told", ("none", "none")))
    member = {"student_id": "1", "cohort_year": CLASS, "school_id": school_id, "district_id": district_id}
    stays = stays_of(case)
    random.Random(seed).shuffle(stays)
    told = frames(DIRECTORY, cohorts=[member | {"status": "dropout"}], enrollments=stays)
    found = {level: rows["entity"].to_list() for level, rows in of_levels(graduation.heads, told, GRADUATION).items()}
    belongs = [[] if place == "none" else [place] for place in case["belongs"]]
    assert found == {"school": belongs[0], "district": belongs[1], "state": ["ms"]}


@pytest.mark.parametrize(("year", "cohort_year"), read("acgr_3")["classes"].items())
def test_a_report_tells_of_the_class_before(year: str, cohort_year: str) -> None:
    law = law_of(year).graduation
    assert law is not None
    assert graduation.class_of(year, law) == cohort_year


def test_other_classes_are_not_counted() -> None:
    case, cohorts = read("acgr_3"), []
    for cohort_year, (graduates, cohort) in case["cohorts"].items():
        others = int(cohort) - int(graduates)
        told = [{"students": graduates, "status": "graduate", "diploma": "regular"}]
        told += [{"students": str(others), "status": "dropout"}] if others else []
        cohorts += members(told, cohort_year)
    assert counted(cohorts) == case["counts"]
    assert set(heads(cohorts)["groups_year"]) == {CLASS}


@pytest.mark.parametrize("case", read("acgr_5")["cases"], ids=lambda case: case["name"])
def test_edges_of_the_rate(case: dict[str, Any]) -> None:
    assert counted(members(case["members"])) == case["counts"]


def test_a_class_is_counted_alike_at_every_level_and_in_any_order() -> None:
    told = members(read("acgr_1")["example"]["members"])
    shuffled = random.Random(1).sample(told, len(told))
    counts = []
    for cohort in (told, shuffled):
        found: Frames = frames(DIRECTORY, cohorts=cohort)
        levels = of_levels(graduation.heads, found, GRADUATION)
        counts.append({k: v for rows in levels.values() for k, v in counted_of(rows, graduation.MEASURES).items()})
    assert counts[0] == counts[1] == {place: {graduation.RATE: Counted(86, 100)} for place in ("A1", "A", "ms")}


MAXIMUM = LAW.columns["high_school"].scale.maxima[graduation.RATE]


@pytest.mark.parametrize("case", read("comp_5")["points"], ids=lambda case: f"{case['graduates']} of {case['cohort']}")
def test_points_for_graduation(case: dict[str, str]) -> None:
    assert Fraction(read("comp_5")["maximum"]) == MAXIMUM
    share = Counted(int(case["graduates"]), int(case["cohort"])).share()
    assert points(MAXIMUM, share) == Fraction(case["points"])


@pytest.mark.parametrize(("cohort", "counts"), read("comp_5")["fewest"].items())
def test_how_many_the_component_needs(cohort: str, counts: str) -> None:
    told = {graduation.RATE: Counted(1, int(cohort))}
    why = dropped(graduation.RATE, told, frozenset(told), LAW.points.minimum_n)
    assert why == (None if counts == "yes" else "FEWER_THAN_MINIMUM")
