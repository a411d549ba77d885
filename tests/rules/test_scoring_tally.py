"""Results counted where students are: levels, programs, participation (ASSESS-3 to 5), early scores (COMP-10)."""

import json
import random
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.scoring.rules.assessed import assessed
from services.scoring.rules.frames import Frames
from services.scoring.rules.full_year import LEVELS
from services.scoring.rules.law import Law
from services.scoring.rules.tally import measured, tally
from shared.policy import reader
from shared.vocabulary import school_years
from shared.vocabulary.measures import label, of_test, subject_of, told_test, word_of
from shared.vocabulary.subgroups import ALL
from tests.rules.frames_by_hand import YEAR, frames, school
from tests.rules.students_by_hand import DIRECTORY, law_of, stay

CASES = Path(__file__).parents[1] / "cases" / "scoring"
OTHER = replace(law_of().programs[0], name="Old test")
SUBJECTS = ("reading", "math", "science", "history")


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def forms_of(law: Law, names: tuple[str, ...] = ("grade 8",)) -> list[dict[str, Any]]:
    """A test of each program, subject and name; a level spans 20 points."""
    return [
        {
            "assessment_id": f"{program.name} {subject} {name}",
            "program": program.name,
            "kind": "academic",
            "subject": subject,
            "test": name,
            "levels": json.dumps(
                [
                    {"name": level, "lowest": 20 * rank, "highest": 20 * rank + 19}
                    for rank, level in enumerate(program.levels)
                ]
            ),
        }
        for program in (*law.programs, OTHER)
        for subject in SUBJECTS
        for name in names
    ]


def result(student: str, test: str, level: str | None, school_id: str, year: str = YEAR) -> dict[str, Any]:
    score = None if level is None else 20 * law_of().programs[0].levels.index(level)
    identity = {"result_id": f"{student} {test} {year}", "assessment_id": test, "student_id": student}
    return {**identity, "school_year": year, "school_id": school_id, "level": level, "scale_score": score}


def counts(found: Frames, law: Law, level: str) -> dict[str, dict[str, list[str]]]:
    """Entity, measure, numerator and denominator, of all students."""
    rows = tally(measured(assessed(found, law, "ms"), law), law, level).counts.filter(subgroup=ALL)
    told: dict[str, dict[str, list[str]]] = {}
    for entity, measure, _, numerator, denominator in rows.iter_rows():
        told.setdefault(entity, {})[measure] = [str(numerator), str(denominator)]
    return told


@pytest.mark.parametrize("order", [None, random.Random(1)])
def test_who_is_tested_in_the_alternate_program(order: random.Random | None) -> None:
    case, law, stays, results = read("assess_4"), law_of(), [], []
    for student, told in case["results"].items():
        home = "B1" if student == "7" else "A1"
        entry = date(2024, 3, 1) if student in case["not_full_year"] else date(2023, 8, 7)
        stays.append(stay(student, home, grade="08", entry_date=entry))
        for subject, (program, level) in told.items():
            test = f"{program} {subject} grade 8"
            results.append(result(student, test, None if level == "none" else level, home))
    results = order.sample(results, len(results)) if order else results
    found = frames(DIRECTORY, assessments=forms_of(law), enrollments=stays, results=results)
    for level, expected in case["counts"].items():
        alternate = {
            entity: {m.split(".")[0]: told for m, told in each.items() if m.endswith(".alternate")}
            for entity, each in counts(found, law, level).items()
        }
        assert alternate == expected


@pytest.mark.parametrize("year", ["2022-23", "2023-24"])
def test_an_early_score_counts_in_its_year_where_the_student_is(year: str) -> None:
    case = read("comp_10")["early"]
    law = law_of(year)
    told = {"2021-22": ("M1", "grade 7", case["prior"]), "2022-23": ("M1", "Algebra I", case["level"])}
    results = [result("1", f"MAAP math {test}", level, at, of) for of, (at, test, level) in told.items()]
    places = {"2022-23": ("M1", "08"), "2023-24": ("H1", "09")}
    stays = [
        stay("1", at, of, grade=grade, entry_date=date(school_years.parse(of) - 1, 8, 1))
        for of, (at, grade) in places.items()
    ]
    directory = [school("M1", "A"), school("H1", "A")]
    found = frames(directory, assessments=forms_of(law, ("grade 7", "Algebra I")), enrollments=stays, results=results)
    schools = counts(found, law, "school")
    for school_id, expected in case[year].items():
        told_there = schools.get(school_id, {})
        assert {m: told_there[m] for m in expected} == expected
        assert bool(told_there) == bool(expected)


def ratios(found: Frames, law: Law, measures: list[str]) -> dict[str, list[str]]:
    """Entity, "numerator/denominator" of each measure; entities in which nobody is asked are left out."""
    told = {entity: each for level in LEVELS for entity, each in counts(found, law, level).items()}
    return {
        entity: ["/".join(each[m]) for m in measures] for entity, each in told.items() if set(measures) <= set(each)
    }


def test_levels_are_shares_of_those_with_a_score() -> None:
    case, law = read("assess_3"), law_of()
    homes = {student: "B1" if int(student) > 10 else "A1" for student in case["results"]}
    stays = [stay(student, home, grade="08", entry_date=date(2023, 8, 7)) for student, home in homes.items()]
    results = [
        {
            **result(student, f"{program} reading grade 8", None, homes[student]),
            "level": None if level == "none" else level,
        }
        for student, (program, level) in case["results"].items()
    ]
    found = frames(DIRECTORY, assessments=forms_of(law), enrollments=stays, results=results)
    measures = [f"reading.level.{rank}" for rank in range(1, 6)]
    assert ratios(found, law, measures) == case["levels"]
    for told in case["levels"].values():
        assert sum(Fraction(share) for share in told) == 1


def by_test(found: Frames, law: Law, level: str, subgroup: str) -> dict[str, dict[str, list[str]]]:
    """Entity, test, students at each of its levels; each level's denominator must be the sum of them."""
    rows = tally(measured(assessed(found, law, "ms"), law), law, level).counts.filter(subgroup=subgroup)
    told: dict[str, dict[str, list[str]]] = {}
    sizes: dict[tuple[str, str], set[int]] = {}
    for entity, measure, _, numerator, denominator in rows.iter_rows():
        if told_test(measure):
            test = subject_of(measure)
            assert measure == f"{test}.level.{len(told.setdefault(entity, {}).setdefault(test, [])) + 1}"
            told[entity][test].append(str(numerator))
            sizes.setdefault((entity, test), set()).add(denominator)
    for (entity, test), found_sizes in sizes.items():
        assert found_sizes == {sum(map(int, told[entity][test]))}
    return told


@pytest.mark.parametrize("order", [None, random.Random(1)])
def test_levels_are_told_of_each_test(order: random.Random | None) -> None:
    case, law, stays, results, groups = read("assess_3")["by_test"], law_of(), [], [], []
    for student, (home, gender, told) in case["students"].items():
        entry = date(2024, 3, 1) if student in case["not_full_year"] else date(2023, 8, 7)
        stays.append(stay(student, home, grade="08", entry_date=entry))
        groups.append({"student_id": student, "district_id": home[0], "school_year": YEAR, "gender": gender})
        for test, level in told.items():
            results.append({**result(student, test, None, home), "level": None if level == "none" else level})
    results = order.sample(results, len(results)) if order else results
    tests = forms_of(law, ("grade 3", "grade 4", "Algebra I", "U.S. History"))
    found = frames(DIRECTORY, assessments=tests, enrollments=stays, results=results, demographics=groups)
    every = {entity: told for level in LEVELS for entity, told in by_test(found, law, level, ALL).items()}
    assert every == case["counts"]
    assert by_test(found, law, "school", "female")["A1"] == case["female"]
    for level in LEVELS:
        for entity, told in counts(found, law, level).items():
            for rank in range(1, 6):
                whole = int(told.get(f"reading.level.{rank}", ["0"])[0])
                parts = [each[rank - 1] for test, each in every.get(entity, {}).items() if "reading:maap:" in test]
                assert whole == sum(map(int, parts))


def test_the_id_of_a_test_is_made_read_and_named() -> None:
    assert word_of("U.S. History") == "u-s-history"
    assert told_test(f"{of_test('math', 'MAAP-A', 'grade 3')}.level.1") == ("math", "maap-a", "grade-3")
    assert told_test("math.level.1") is None
    assert label("math:maap-a:grade-3.level.1") == "Mathematics, MAAP-A, grade 3: level 1"


@pytest.mark.parametrize("case", read("assess_5")["cases"], ids=lambda case: case["name"])
def test_of_several_results_a_student_takes_part_once(case: dict[str, Any]) -> None:
    law, stays, results = law_of(), {}, []
    for number, (student, program, level, at) in enumerate(case["results"]):
        entry = date(2024, 3, 1) if student in case.get("not_full_year", ()) else date(2023, 8, 7)
        stays[student, at] = stay(student, at, grade="08", entry_date=entry)
        told = result(student, f"{program} reading grade 8", None if level == "none" else level, at)
        results.append({**told, "result_id": str(number)})
    found = frames(DIRECTORY, assessments=forms_of(law), enrollments=list(stays.values()), results=results)
    expected = {entity: [share] for entity, share in case["tested"].items()}
    assert ratios(found, law, ["reading.participation"]) == expected
    backwards = frames(DIRECTORY, assessments=forms_of(law), enrollments=list(stays.values()), results=results[::-1])
    assert ratios(backwards, law, ["reading.participation"]) == expected
