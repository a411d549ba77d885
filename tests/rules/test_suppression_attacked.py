"""Random small states, published and then attacked: no masked number of a group with students follows from one sum."""

import json
import random
from typing import Any

import pytest

from services.reportcard.handle import Whole, build
from services.reportcard.rules import suppression
from shared.vocabulary.measures import unit_of
from shared.vocabulary.subgroups import FLAGS, GENDERS, RACES
from tests.rules.card_attacker import Attack
from tests.services.reportcard_builders import School, make_edition, random_state

STATES = [(seed, 1 + seed % 5, 3 + seed % 9) for seed in range(24)]


def published(schools: list[School], moved: list[School] | None = None) -> list[dict[str, Any]]:
    """The public cards. `moved`: students who count in their district and the state, in no school."""
    edition = make_edition(schools, moved=moved or [])
    whole = Whole(edition.scores[0], 0, tuple(edition.scores[1:-1]), tuple(edition.designations[1:-1]), (), ())
    return [json.loads(card.body) for card in build(whole).cards]


def truth_of(schools: list[School]) -> dict[tuple[str, str, str, str], tuple[int, int]]:
    scores = make_edition(schools).scores[1:-1]
    return {
        (event.level, event.entity_id, count.measure, count.subgroup): (count.numerator, count.denominator)
        for event in scores
        for count in event.counts
    }


def attacked(schools: list[School]) -> Attack:
    measures = {count.measure for event in make_edition(schools).scores[1:-1] for count in event.counts}
    return Attack(published(schools), {measure: unit_of(measure) for measure in measures})


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_no_masked_count_follows_from_one_sum(seed: int, districts: int, schools: int) -> None:
    state = random_state(seed, districts, schools)
    truth, found = truth_of(state), attacked(state).found()
    # an empty group is masked, but that nobody is in it is no fact about a student (disclosure control practice)
    students = {cell: value for cell, value in found["students"].items() if truth.get(cell, (0, 0))[1] > 0}
    numerators = {cell: value for cell, value in found["numerators"].items() if truth.get(cell, (0, 0))[1] > 0}
    assert students == {}
    assert numerators == {}


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_no_group_of_one_to_nine_is_left_over(seed: int, districts: int, schools: int) -> None:
    assert attacked(random_state(seed, districts, schools)).groups_left() == {}


def test_the_attacker_finds_what_primary_suppression_alone_gives_away() -> None:
    """40 students, 31 boys shown, 9 girls masked: 40 - 31 = 9. An attacker who misses that proves nothing."""
    cards = published([School("S1", "D1").add(60, ["male"], reading__proficiency=0.5)])
    school = next(card for card in cards if card["level"] == "school")
    rows = {row["subgroup"]: row for row in school["measures"][0]["rows"]}
    rows["all"]["cell"] = {"display": "50.0%", "percent": "50.0", "numerator": 20, "denominator": 40}
    rows["male"]["cell"] = {"display": "51.6%", "percent": "51.6", "numerator": 16, "denominator": 31}
    rows["female"]["cell"] = {"display": "<10"}
    found = Attack([school], {"reading.proficiency": 1}).found()
    girls = ("school", "S1", "reading.proficiency", "female")
    assert found["students"][girls] == 40 - 31
    assert found["numerators"][girls] == 20 - 16


def test_a_state_without_students_is_masked_whole() -> None:
    cards = published([School("S1", "D1").add(0, [], reading__proficiency=1)])
    displays = {row["cell"]["display"] for card in cards for block in card["measures"] for row in block["rows"]}
    assert displays == {"<10"}


@pytest.mark.parametrize("seed", range(12))
def test_the_few_who_count_in_a_district_only_do_not_follow(seed: int) -> None:
    """Students who moved between a district's schools count in the district alone (GRADE-9): 1 to 9 of them."""
    schools = random_state(seed, 2, 6)
    moved = random_state(100 + seed, 2, 2, students=(1, 9))
    cards = published(schools, moved)
    measures = {count.measure for event in make_edition(schools).scores[1:-1] for count in event.counts}
    assert Attack(cards, {measure: unit_of(measure) for measure in measures}).groups_left() == {}


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_points_give_no_withheld_rate_back(seed: int, districts: int, schools: int) -> None:
    """With a published total, never exactly one counted component is withheld; no points without their rate."""
    for card in published(random_state(seed, districts, schools)):
        rating = card["rating"]
        counted = [part for part in rating["components"] if part["points"] is not None]
        withheld = [part for part in counted if part["points"]["display"] == "*"]
        for part in counted:
            assert ("percent" in part["rate"]) == (part["points"]["display"] != "*")
        if rating["points"] and rating["points"]["display"] != "*":
            assert len(withheld) != 1


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_what_is_shown_is_true(seed: int, districts: int, schools: int) -> None:
    """Every mask and every count says what the students say: no label contradicts the truth."""
    state = random_state(seed, districts, schools)
    truth = truth_of(state)
    for card in published(state):
        for block in card["measures"]:
            for row in block["rows"]:
                where = (card["level"], card["entity_id"], block["measure"], row["subgroup"])
                numerator, students = truth.get(where, (0, 0))
                _check_true(row["cell"], numerator / unit_of(block["measure"]), students)


def _check_true(cell: dict[str, Any], credit: float, students: int) -> None:
    shown = cell["display"]
    assert (shown == "<10") == (students < 10)
    if shown == "<5%":
        assert 20 * credit < students
    if shown == ">95%":
        assert 20 * credit > 19 * students
    if "denominator" in cell:
        assert (float(cell["numerator"]), cell["denominator"]) == (credit, students)


DISCIPLINE = {
    "discipline.in_school_suspension": 0.08,
    "discipline.out_of_school_suspension": 0.1,
    "discipline.expulsion": 0.01,
}


def disciplined(seed: int, districts: int, schools: int) -> list[School]:
    """Students of whom three measures are told: groups of very different size, rates that are often coded."""
    rng = random.Random(seed)
    made = []
    for number in range(schools):
        school = School(f"S{number:03d}", f"D{number % districts:02d}")
        for _ in range(rng.randint(10, 160)):
            groups = [rng.choice(GENDERS), rng.choices(RACES, [1, 2, 40, 5, 1, 40, 3])[0]]
            groups += [flag for flag in FLAGS if rng.random() < 0.15]
            for name, share in DISCIPLINE.items():
                school.add(1, groups, **{name.replace(".", "__"): rng.random() < share})
        made.append(school)
    return made


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_no_size_follows_from_several_measures_of_the_same_students(seed: int, districts: int, schools: int) -> None:
    state = disciplined(seed, districts, schools)
    truth, attack = truth_of(state), attacked(state)
    attack.read_together(DISCIPLINE)
    found = {cell: value for cell, value in attack.found()["students"].items() if truth.get(cell, (0, 0))[1] > 0}
    assert found == {}
    assert attack.groups_left() == {}


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_a_coded_rate_stands_beside_no_size_that_makes_it_exact(seed: int, districts: int, schools: int) -> None:
    """Less than 5 percent of 40 or fewer is 0 or 1: such a size is told by no other measure of the same students."""
    for card in published(disciplined(seed, districts, schools)):
        rows: dict[str, list[Any]] = {}
        for block in card["measures"]:
            for row in block["rows"]:
                rows.setdefault(row["subgroup"], []).append(row["cell"])
        for cells in rows.values():
            if any(cell["display"] in ("<5%", ">95%") for cell in cells):
                assert all(cell.get("denominator", 41) > 40 for cell in cells)


def by_grade(seed: int, districts: int, schools: int) -> list[School]:
    """Students of several grades, each tested in one of two programs: many rows of few students, many empty levels."""
    rng = random.Random(seed)
    made = []
    for number in range(schools):
        school = School(f"S{number:03d}", f"D{number % districts:02d}")
        tests = rng.choice((("grade-3", "grade-4", "grade-5"), ("grade-3", "grade-4"), ("english-ii",)))
        weights = rng.choice(([2, 3, 4, 4, 2], [1, 3, 6, 8, 9], [9, 8, 6, 3, 1]))
        for test in tests:
            for _ in range(rng.choice((7, 12, 25, 60, 120))):
                groups = [rng.choice(GENDERS), rng.choices(RACES, [1, 2, 40, 5, 1, 40, 3])[0]]
                groups += [flag for flag in FLAGS if rng.random() < 0.15]
                is_beside = rng.random() < (0.12, 0.01)[seed % 2]
                levels, program = (3, "maap-a") if is_beside else (5, "maap")
                level = min(levels, rng.choices(range(1, 6), weights)[0])
                credit = {"reading.proficiency": level >= (3 if is_beside else 4)}
                credit |= {f"reading:{program}:{test}.level.{rank}": level == rank for rank in range(1, levels + 1)}
                if not is_beside:
                    credit |= {f"reading.level.{rank}": level == rank for rank in range(1, 6)}
                school.add(1, groups, **{name.replace(".", "__"): told for name, told in credit.items()})
        made.append(school)
    return made


def found_over_tests(seed: int, districts: int, schools: int) -> dict[str, dict[Any, int]]:
    """What the attacker finds of groups with students: by tests, by subgroups and entities, and by both tables."""
    state = by_grade(seed, districts, schools)
    truth, attack = truth_of(state), attacked(state)
    sizes = {where: students for where, (_, students) in truth.items()}
    alike = [
        (level, entity_id, group)
        for level, entity_id, measure, group in sizes
        if measure == "reading.proficiency"
        and sizes[level, entity_id, measure, group] == sizes.get((level, entity_id, "reading.level.1", group))
    ]
    by_tests, by_lines = attack.found_by_tests("reading"), attack.found()
    attack.read_as_one("reading.proficiency", "reading.level", 4, alike)
    by_both = attack.found()
    return {
        name: {
            cell: value
            for part in told.values()
            for cell, value in part.items()
            if sizes.get(cell, 0) > 0
        }
        for name, told in (("tests", by_tests), ("lines", by_lines), ("both", by_both))
    }  # fmt: skip


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_no_masked_count_follows_from_the_sum_of_tests(seed: int, districts: int, schools: int) -> None:
    assert attacked(by_grade(seed, districts, schools)).groups_left() == {}
    assert found_over_tests(seed, districts, schools) == {"tests": {}, "lines": {}, "both": {}}


@pytest.mark.parametrize(("rule", "found"), [("sums_of", "tests"), ("twins_of", "both")])
def test_the_attacker_finds_what_follows_without(monkeypatch: pytest.MonkeyPatch, rule: str, found: str) -> None:
    """Each table by itself lets tests give each other away; rate and levels, each other's covered counts."""
    monkeypatch.setattr(suppression, rule, lambda *_: [])
    assert any(found_over_tests(*state)[found] for state in STATES)
