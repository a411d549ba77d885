"""Teachers and leaders by full-time equivalents: the worked cases of tests/cases/scoring, by the real chapter."""

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.scoring.policy import teachers as policy
from services.scoring.rules import poverty, teachers
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, where
from tests.rules.staff_by_hand import staffed

CASES = Path(__file__).parents[1] / "cases" / "scoring"
CHAPTER = reader.chapter("ms", "scoring", YEAR)
LAW = policy.law(lambda name, make: make(reader.value(CHAPTER, name)))


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


STAFFS = [case for name in ("teach_1", "teach_2", "teach_3", "teach_6") for case in read(name)["cases"]]


def amounts(case: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str | None]]:
    found = teachers.figures(staffed(case), LAW, where(case["level"]))[0]
    for measure, unit in found.select("measure", "unit").iter_rows():
        assert unit == ("score" if measure.startswith("teachers.effectiveness") else "fte")
    return {(row[0], row[1]): (row[2], row[3]) for row in found.iter_rows()}


def findings(case: dict[str, Any]) -> list[list[str]]:
    return [list(row) for row in teachers.figures(staffed(case), LAW, where(case["level"]))[1].iter_rows()]


@pytest.mark.parametrize("case", STAFFS, ids=lambda case: case["name"])
def test_full_time_equivalents_are_summed(case: dict[str, Any]) -> None:
    found = amounts(case)
    for entity, measures in case["amounts"].items():
        for measure, (numerator, denominator) in measures.items():
            assert found[entity, measure] == (numerator, None if denominator == "none" else denominator), measure
    assert not {entity for entity, _ in found}.intersection(case.get("without", ()))


@pytest.mark.parametrize("case", STAFFS, ids=lambda case: case["name"])
def test_what_is_odd_about_a_staff_is_told(case: dict[str, Any]) -> None:
    found = findings(case)
    for entity, told in case.get("findings", {}).items():
        assert sorted(row[1:] for row in found if row[0] == entity) == sorted(told)
    for entity, told in case.get("has", {}).items():
        assert [entity, *told] in found
    assert case.get("lacks") not in {row[1] for row in found}


@pytest.mark.parametrize("level", ["school", "district"])
def test_only_the_state_is_split_by_poverty(level: str) -> None:
    for case in read("teach_6")["cases"]:
        assert not {m for _, m in amounts({**case, "level": level}) if m.endswith("_poverty")}


@pytest.mark.parametrize("case", read("teach_2")["years"], ids=str)
def test_fewer_years_than_the_law_says_is_inexperienced(case: dict[str, str]) -> None:
    one = {"who": "1", "at": "A1", "fte": "1000", "years": case["hundredths"]}
    found = amounts({"level": "school", "schools": {"A1": "A"}, "teachers": [one]})
    assert found["A1", "teachers.inexperienced"] == ("1" if case["inexperienced"] == "yes" else "0", "1")


@pytest.mark.parametrize("case", read("teach_3")["scores"], ids=str)
def test_a_lower_score_than_the_law_says_is_ineffective(case: dict[str, str]) -> None:
    one = {"who": "1", "at": "A1", "fte": "1000", "score": case["hundredths"]}
    found = amounts({"level": "school", "schools": {"A1": "A"}, "teachers": [one]})
    assert found["A1", "teachers.ineffective"] == ("1" if case["ineffective"] == "yes" else "0", "1")


@pytest.mark.parametrize("case", read("teach_6")["quartiles"], ids=str)
def test_the_ends_of_a_ranked_list(case: dict[str, Any]) -> None:
    values = {name: int(percent) for name, percent in case["schools"].items()}
    assert poverty.lowest(values, LAW.quartile) == frozenset(case["low"])
    assert poverty.highest(values, LAW.quartile) == frozenset(case["high"])


def test_another_year_counts_nothing() -> None:
    one = {"who": "1", "at": "A1", "fte": "1000", "certified": "no", "year": "2022-23"}
    assert amounts({"level": "state", "schools": {"A1": "A"}, "teachers": [one]}) == {}


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_more_than_one_and_schools_sum_to_the_state(seed: int) -> None:
    dice = random.Random(seed)
    schools = {"A1": "A", "A2": "A", "B1": "B"}
    told = [
        {
            "who": str(dice.randint(1, 20)),
            "at": dice.choice([*schools]),
            "fte": str(dice.randint(0, 1000)),
            "certified": dice.choice(["yes", "no"]),
        }
        for _ in range(60)
    ]
    sums = {}
    for level in ("school", "district", "state"):
        found = amounts({"level": level, "schools": schools, "teachers": told})
        parts = [number for (_, name), number in found.items() if name == "teachers.not_certified"]
        sums[level] = [sum(Fraction(part or 0) for part in column) for column in zip(*parts, strict=True)]
    assert sums["school"] == sums["district"] == sums["state"]
    people = {one["who"]: 0 for one in told}
    for one in told:
        people[one["who"]] += int(one["fte"])
    assert sums["state"][1] == sum(min(Fraction(1), Fraction(fte, 1000)) for fte in people.values())
