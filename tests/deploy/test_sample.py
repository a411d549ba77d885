"""The sample state is the same for the same seed, holds together, and shows every special case."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from deploy.sample import load, write
from tests.deploy.sampled import (
    GRADES,
    PRESCHOOL,
    SCHOOLS,
    Body,
    Sample,
    code,
    made,
    own,
    school_of,
    student_of,
)  # fmt: skip

KEYS = {
    "students": ("studentUniqueId",),
    "studentSchoolAssociations": ("studentReference", "schoolReference", "entryDate"),
    "studentEducationOrganizationAssociations": ("studentReference", "educationOrganizationReference", "_ext"),
    "studentSchoolAttendanceEvents": ("studentReference", "sessionReference", "eventDate"),
    "studentAssessments": ("studentAssessmentIdentifier",),
    "assessments": ("assessmentIdentifier", "namespace"),
    "schools": ("schoolId",),
    "localEducationAgencies": ("localEducationAgencyId",),
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return made(tmp_path_factory.mktemp("sample"))


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    write(tmp_path / "here", 4, 12, 1, 3)
    program = "import sys, pathlib, deploy.sample as s; s.write(pathlib.Path(sys.argv[1]), 4, 12, 1, 3)"
    root = Path(__file__).parents[2]
    for salt in ("1", "2"):
        there = tmp_path / salt
        subprocess.run(
            [sys.executable, "-c", program, str(there)], check=True, cwd=root, env=os.environ | {"PYTHONHASHSEED": salt}
        )
        assert digest(there) == digest(tmp_path / "here")


def test_the_bytes_are_those_of_every_other_machine(tmp_path: Path) -> None:
    write(tmp_path, 2, 3, 1, 1)
    # renew it when the sample is changed on purpose: a failure prints the new one on its left
    assert digest(tmp_path) == "c023cbae3b3ed8beffcb0fd295637dc455914ab480089acf6cae4ff3485c2926"


def test_another_seed_gives_another_state(tmp_path: Path) -> None:
    write(tmp_path / "a", 4, 12, 1, 3)
    write(tmp_path / "b", 4, 12, 1, 4)
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, 1, 1, 1, 1)
    write(tmp_path, 1, 1, 1, 1)  # the same request again is no harm
    with pytest.raises(FileExistsError):
        write(tmp_path, 1, 1, 1, 2)


@pytest.mark.parametrize(("districts", "schools", "years"), [(0, 4, 1), (5, 4, 1), (2, 4, 0), (2, 4, 10)])
def test_an_impossible_request_is_refused(tmp_path: Path, districts: int, schools: int, years: int) -> None:
    with pytest.raises(ValueError, match="give"):
        write(tmp_path, districts, schools, years, 1)


@pytest.mark.parametrize(("districts", "schools"), [(1, 1), (2, 2), (2, 3), (3, 9), (5, 11), (1, 20), (12, 70)])
def test_states_of_every_shape_can_be_made(tmp_path: Path, districts: int, schools: int) -> None:
    made = write(tmp_path, districts, schools, 1, 5)
    assert made.lines["state/schools.ndjson"] == schools
    assert made.lines["state/localEducationAgencies.ndjson"] == districts
    assert sum(made.faulty.values()) > 0


def test_every_line_is_compact_json_in_order_and_the_manifest_counts_them(sample: Sample) -> None:
    assert load(sample.folder) == sample.manifest
    counted = {}
    for path in sample.folder.rglob("*.ndjson"):
        relative = path.relative_to(sample.folder).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        counted[relative] = len(lines)
        bad = set(sample.manifest.faults.get(relative, ()))
        for number, line in enumerate(lines, start=1):
            if str(number) not in bad:
                assert json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")) == line
    assert counted == sample.manifest.lines


def test_the_manifest_says_how_many_people_and_results_there_are(sample: Sample) -> None:
    made = sample.manifest
    assert (made.years, made.extra_year) == (["2023-24", "2024-25"], "2022-23")
    assert made.students == len({body["studentUniqueId"] for body in sample.bodies["students"]})
    for label in [made.extra_year, *made.years]:
        year = int(label[:4]) + 1
        results = [b for b in sample.bodies["studentAssessments"] if b["schoolYearTypeReference"]["schoolYear"] == year]
        enrolled = [
            b for b in sample.bodies["studentSchoolAssociations"] if b["schoolYearTypeReference"]["schoolYear"] == year
        ]
        assert made.results[label] == len(results)
        assert made.not_tested[label] == sum("reasonNotTestedDescriptor" in body for body in results)
        assert made.enrollments[label] == len(enrolled)
        assert made.students_by_year[label] == len({student_of(body) for body in enrolled})


def test_natural_keys_are_unique(sample: Sample) -> None:
    for kind, fields in KEYS.items():
        seen: dict[str, Body] = {}
        for path, body in sample.pairs(kind):
            key = json.dumps([body[name] for name in fields])
            # a student who moves is sent by each district in each year, always with the same words
            assert key not in seen or (kind == "students" and seen[key] == body), (path, body)
            seen[key] = body


def test_within_a_file_a_student_stands_once(sample: Sample) -> None:
    counts = Counter((path, body["studentUniqueId"]) for path, body in sample.pairs("students"))
    assert set(counts.values()) == {1}


def test_every_reference_is_to_something_that_exists(sample: Sample) -> None:
    districts = {body["localEducationAgencyId"] for body in sample.bodies["localEducationAgencies"]}
    schools = {body["schoolId"]: body for body in sample.bodies["schools"]}
    tests = {body["assessmentIdentifier"] for body in sample.bodies["assessments"]}
    students = {body["studentUniqueId"] for body in sample.bodies["students"]}
    assert {s["localEducationAgencyReference"]["localEducationAgencyId"] for s in schools.values()} == districts
    for kind in ("studentSchoolAssociations", "studentSchoolAttendanceEvents"):
        for path, body in sample.pairs(kind):
            school = schools[school_of(body)]
            assert str(school["localEducationAgencyReference"]["localEducationAgencyId"]) == path.parts[1]
            assert student_of(body) in students
    for body in sample.bodies["studentSchoolAssociations"]:
        taught = {level["gradeLevelDescriptor"] for level in schools[school_of(body)]["gradeLevels"]}
        assert body["entryGradeLevelDescriptor"] in taught
    for path, body in sample.pairs("studentEducationOrganizationAssociations"):
        assert str(body["educationOrganizationReference"]["educationOrganizationId"]) == path.parts[1]
    for body in sample.bodies["studentAssessments"]:
        assert student_of(body) in students
        assert body["reportedSchoolReference"]["schoolId"] in schools
        assert body["assessmentReference"]["assessmentIdentifier"] in tests


def test_who_is_enrolled_in_a_district_is_described_there(sample: Sample) -> None:
    enrolled = {(path.parts[1:3], student_of(b)) for path, b in sample.pairs("studentSchoolAssociations")}
    described = {(p.parts[1:3], student_of(b)) for p, b in sample.pairs("studentEducationOrganizationAssociations")}
    named = {(path.parts[1:3], body["studentUniqueId"]) for path, body in sample.pairs("students")}
    assert enrolled == described == named


def test_enrolments_of_a_student_follow_one_another(sample: Sample) -> None:
    spans: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for body in sample.bodies["studentSchoolAssociations"]:
        year = body["schoolYearTypeReference"]["schoolYear"]
        term = sample.manifest.terms[f"{year - 1}-{year % 100}"]
        assert term["first_day"] <= body["entryDate"] <= body.get("exitWithdrawDate", term["last_day"])
        assert body.get("exitWithdrawDate", "") <= str(term["last_day"])
        assert ("exitWithdrawDate" in body) == ("exitWithdrawTypeDescriptor" in body)
        spans[student_of(body), year].append((body["entryDate"], body.get("exitWithdrawDate", "9999")))
    for each in spans.values():
        each.sort()
        assert all(before[1] < after[0] for before, after in itertools.pairwise(each))
    assert max(map(len, spans.values())) == 2


def test_absences_fall_on_days_of_the_enrolment(sample: Sample) -> None:
    spans: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for body in sample.bodies["studentSchoolAssociations"]:
        spans[student_of(body), school_of(body)].append((body["entryDate"], body.get("exitWithdrawDate", "9999")))
    for body in sample.bodies["studentSchoolAttendanceEvents"]:
        day = body["eventDate"]
        assert any(entry <= day <= leave for entry, leave in spans[student_of(body), school_of(body)])
        assert date.fromisoformat(day).weekday() < 5
    absences = len(sample.bodies["studentSchoolAttendanceEvents"])
    assert 2 < absences / sum(sample.manifest.students_by_year.values()) < 4


def grades_by_year(sample: Sample) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for body in sample.bodies["studentSchoolAssociations"]:
        name = code(body["entryGradeLevelDescriptor"])
        if name == PRESCHOOL:  # each child is there for one year
            continue
        grade = GRADES.index(name)
        year = body["schoolYearTypeReference"]["schoolYear"]
        assert found[student_of(body)].setdefault(year, grade) == grade  # two enrolments in a year: one grade
    return found


def test_students_go_up_one_grade_a_year_or_repeat_it(sample: Sample) -> None:
    steps = Counter(
        grades[year + 1] - grades[year]
        for grades in grades_by_year(sample).values()
        for year in grades
        if year + 1 in grades
    )
    assert set(steps) == {0, 1}
    assert 0.005 < steps[0] / steps.total() < 0.06


def test_some_students_leave_and_others_come(sample: Sample) -> None:
    grades = grades_by_year(sample)
    gone = sum(2023 in years and 2024 not in years and years[2023] < 12 for years in grades.values())
    come = sum(2023 not in years and years.get(2024, 0) > 0 for years in grades.values())
    assert gone > 50
    assert come > 50


def test_a_year_after_its_tests_a_student_sits_the_next_ones(sample: Sample) -> None:
    usual = {"English II": 10, "Algebra I": 9, "Biology I": 10, "U.S. History": 11}
    tests = {body["assessmentIdentifier"]: body for body in sample.bodies["assessments"]}
    courses: Counter[tuple[str, str]] = Counter()
    for body in sample.bodies["studentAssessments"]:
        test = tests[body["assessmentReference"]["assessmentIdentifier"]]
        name = test["_ext"]["schoolmark"]["test"]
        grade = GRADES.index(code(body["whenAssessedGradeLevelDescriptor"]))
        assert test["_ext"]["schoolmark"]["schoolYear"] == body["schoolYearTypeReference"]["schoolYear"]
        if name in usual:
            assert "assessedGradeLevels" not in test
            assert grade >= usual[name] or (name == "Algebra I" and grade == 8)
            courses[student_of(body), name] += "scoreResults" in body
        else:
            assert name == f"grade {grade}"
            assert test["assessedGradeLevels"] == [
                {"gradeLevelDescriptor": f"uri://ed-fi.org/GradeLevelDescriptor#{GRADES[grade]}"}
            ]
    assert max(courses.values()) == 1  # each end-of-course test is taken once


def test_each_tested_student_has_one_test_in_each_subject_of_the_grade(sample: Sample) -> None:
    tests = {body["assessmentIdentifier"]: body for body in sample.bodies["assessments"]}
    sat: dict[tuple[str, int], list[str]] = defaultdict(list)
    grade_of: dict[tuple[str, int], int] = {}
    for body in sample.bodies["studentAssessments"]:
        subject = tests[body["assessmentReference"]["assessmentIdentifier"]]["academicSubjects"][0]
        key = (student_of(body), body["schoolYearTypeReference"]["schoolYear"])
        sat[key].append(code(subject["academicSubjectDescriptor"]))
        grade_of[key] = GRADES.index(code(body["whenAssessedGradeLevelDescriptor"]))
    for key, subjects in sat.items():
        if grade_of[key] <= 8:
            both = ["English Language Arts", "Mathematics"]
            assert sorted(subjects) == ([*both, "Science"] if grade_of[key] in (5, 8) else both)
        assert len(subjects) == len(set(subjects))


def test_results_come_from_the_school_of_the_test_day(sample: Sample) -> None:
    spans: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for body in sample.bodies["studentSchoolAssociations"]:
        spans[student_of(body), school_of(body)].append((body["entryDate"], body.get("exitWithdrawDate", "9999")))
    for body in sample.bodies["studentAssessments"]:
        where = student_of(body), int(body["reportedSchoolReference"]["schoolId"])
        day = body["administrationDate"][:10]
        assert any(entry <= day <= leave for entry, leave in spans[where])


def test_levels_agree_with_the_scores_of_the_test(sample: Sample) -> None:
    ranges = {
        (test["assessmentIdentifier"], code(level["performanceLevelDescriptor"])): (
            int(level["minimumScore"]),
            int(level["maximumScore"]),
        )
        for test in sample.bodies["assessments"]
        for level in test["performanceLevels"]
    }
    for body in sample.bodies["studentAssessments"]:
        if "reasonNotTestedDescriptor" in body:
            assert "scoreResults" not in body
            assert "performanceLevels" not in body
            continue
        level = code(body["performanceLevels"][0]["performanceLevelDescriptor"])
        low, high = ranges[body["assessmentReference"]["assessmentIdentifier"], level]
        assert low <= int(body["scoreResults"][0]["result"]) <= high


def test_levels_of_a_test_follow_without_gap(sample: Sample) -> None:
    for test in sample.bodies["assessments"]:
        levels = test["performanceLevels"]
        names = [code(level["performanceLevelDescriptor"]) for level in levels]
        ordinary = ["Minimal", "Basic", "Passing", "Proficient", "Advanced"]
        assert names == (ordinary if test["assessmentFamily"] == "MAAP" else ["Basic", "Passing", "Proficient"])
        for lower, upper in itertools.pairwise(levels):
            assert int(lower["maximumScore"]) + 1 == int(upper["minimumScore"])
    history = [t for t in sample.bodies["assessments"] if t["_ext"]["schoolmark"]["test"] == "U.S. History"]
    assert {test["assessmentFamily"] for test in history} == {"MAAP"}


def proficiency_by_school(sample: Sample) -> dict[int, float]:
    good: dict[int, list[bool]] = defaultdict(list)
    for body in sample.bodies["studentAssessments"]:
        if "performanceLevels" in body and body["assessmentReference"]["assessmentIdentifier"].startswith("MAAP-ELA"):
            level = code(body["performanceLevels"][0]["performanceLevelDescriptor"])
            good[body["reportedSchoolReference"]["schoolId"]].append(level in ("Proficient", "Advanced"))
    return {school: sum(each) / len(each) for school, each in good.items() if len(each) >= 60}


def test_schools_differ_in_proficiency_as_real_ones_do(sample: Sample) -> None:
    shares = sorted(proficiency_by_school(sample).values())
    assert 0.1 < shares[0] < 0.35
    assert 0.45 < shares[-1] < 0.75


def test_scores_last_from_year_to_year(sample: Sample) -> None:
    scores: dict[tuple[str, int], int] = {}
    for body in sample.bodies["studentAssessments"]:
        test = body["assessmentReference"]["assessmentIdentifier"]
        if test.startswith("MAAP-MATH-") and "scoreResults" in body:
            year = body["schoolYearTypeReference"]["schoolYear"]
            scores[student_of(body), year] = int(body["scoreResults"][0]["result"]) % 100
    pairs = [(before, scores[who, year + 1]) for (who, year), before in scores.items() if (who, year + 1) in scores]
    count = len(pairs)
    means = [sum(pair[at] for pair in pairs) / count for at in (0, 1)]
    cross = sum((x - means[0]) * (y - means[1]) for x, y in pairs)
    spreads = [sum((pair[at] - means[at]) ** 2 for pair in pairs) for at in (0, 1)]
    assert 0.7 < cross / (spreads[0] * spreads[1]) ** 0.5 < 0.92


def test_two_thirds_of_the_schools_are_title_i(sample: Sample) -> None:
    chosen = ["Schoolwide" in body["titleIPartASchoolDesignationDescriptor"] for body in sample.bodies["schools"]]
    assert sum(chosen) == 16  # of 24


def test_every_kind_of_school_is_there(sample: Sample) -> None:
    taught = [[code(level["gradeLevelDescriptor"]) for level in b["gradeLevels"]] for b in sample.bodies["schools"]]
    spans = Counter((GRADES.index(names[names[0] == PRESCHOOL]), GRADES.index(names[-1])) for names in taught)
    assert {(0, 5), (0, 6), (6, 8), (9, 12), (0, 8), (0, 12), (3, 5), (0, 4)} <= set(spans)
    assert spans[0, 2] == 1


def test_schools_are_of_believable_size_and_some_are_very_small(sample: Sample) -> None:
    tested: dict[int, set[str]] = defaultdict(set)
    enrolled: dict[int, set[str]] = defaultdict(set)
    for body in sample.bodies["studentAssessments"]:
        if body["schoolYearTypeReference"]["schoolYear"] == 2025:
            tested[body["reportedSchoolReference"]["schoolId"]].add(student_of(body))
    for body in sample.bodies["studentSchoolAssociations"]:
        if body["schoolYearTypeReference"]["schoolYear"] == 2025:
            enrolled[school_of(body)].add(student_of(body))
    assert sum(0 < len(each) < 10 for each in tested.values()) == 2
    assert len(enrolled) == SCHOOLS
    assert len(tested) == SCHOOLS - 1  # the school for kindergarten to grade 2 tests nobody
    assert 200 < sum(map(len, enrolled.values())) / SCHOOLS < 260


def test_every_group_of_students_is_there(sample: Sample) -> None:
    said = sample.bodies["studentEducationOrganizationAssociations"]
    count = len(said)
    traits = Counter(
        code(trait["studentCharacteristicDescriptor"])
        for body in said
        for trait in body.get("studentCharacteristics", ())
    )
    assert set(traits) == {"Economic Disadvantaged", "Homeless", "Foster Care", "Parent in Military", "Migrant"}
    assert 0.5 < traits["Economic Disadvantaged"] / count < 0.8
    races = Counter(code(race["raceDescriptor"]) for body in said for race in body["races"])
    assert len(races) == 5
    assert any(len(body["races"]) > 1 for body in said)
    assert any(body["hispanicLatinoEthnicity"] for body in said)
    assert 0.1 < sum("disabilities" in body for body in said) / count < 0.2
    assert any(body["limitedEnglishProficiencyDescriptor"].endswith("#Limited") for body in said)
    alternate = sum(
        body["assessmentReference"]["assessmentIdentifier"].startswith("MAAP-A-")
        for body in sample.bodies["studentAssessments"]
    )
    assert 0.004 < alternate / len(sample.bodies["studentAssessments"]) < 0.02


def test_the_late_district_makes_results_wait(sample: Sample) -> None:
    made = sample.manifest
    (late,) = made.late_districts
    assert not (sample.folder / "districts" / str(late) / "2024-25").exists()
    assert (sample.folder / "districts" / str(late) / "2023-24").exists()
    assert len(list((sample.folder / "late" / str(late) / "2024-25").iterdir())) == 13
    known = {body["studentUniqueId"] for path, body in sample.pairs("students") if path.parts[0] == "districts"}
    waiting = [
        body
        for body in sample.bodies["studentAssessments"] + sample.bodies["studentAssessments, not academic"]
        if body["schoolYearTypeReference"]["schoolYear"] == 2025 and student_of(body) not in known
    ]
    assert made.waiting_results == len(waiting) > 20


def test_a_faulty_line_is_wrong_in_the_way_the_manifest_says(sample: Sample) -> None:
    made = sample.manifest
    wrong: list[str] = []
    assert made.faulty == {path: len(found) for path, found in made.faults.items()}
    homes = {
        b["schoolId"]: b["localEducationAgencyReference"]["localEducationAgencyId"] for b in sample.bodies["schools"]
    }
    for path, found in made.faults.items():
        assert int(path.split("/")[1]) in made.faulty_districts
        lines = (sample.folder / path).read_text(encoding="utf-8").splitlines()
        for number, what in found.items():
            line = lines[int(number) - 1]
            wrong.append(what)
            if what == "unparsable":
                with pytest.raises(json.JSONDecodeError):
                    json.loads(line)
                continue
            body = json.loads(line)
            if what.startswith("missing "):
                assert what.split()[1] not in body
            elif what.startswith("impossible "):
                assert body[what.split()[1]] == "2024-02-30"
            elif what == "exit before entry":
                assert body["exitWithdrawDate"] < body["entryDate"]
            elif what == "unknown grade":
                assert code(body["entryGradeLevelDescriptor"]) not in GRADES
            elif what == "unknown result":
                assert code(body["courseAttemptResultDescriptor"]) not in ("Pass", "Fail", "Incomplete", "Withdrawn")
            elif what == "more than full time":
                assert body["fullTimeEquivalency"] > 1
            elif what == "arrested without referral":
                assert own(body)["lawEnforcement"] == {"referred": False, "arrested": True}
            else:
                assert what == "school of another district"
                assert str(homes[school_of(body)]) != path.split("/")[1]
    assert len(set(wrong)) == 18


def test_corrections_hold_the_good_version_of_what_faults_replaced(sample: Sample) -> None:
    # who is enrolled, described and named agrees only with the corrections (see above); each kind has some
    kinds = {path.stem for path in (sample.folder / "corrections").rglob("*.ndjson")}
    assert kinds == {
        "students",
        "studentSchoolAssociations",
        "studentEducationOrganizationAssociations",
        "studentSchoolAttendanceEvents",
        "courseTranscripts",
        "studentAcademicRecords",
        "staffEducationOrganizationAssignmentAssociations",
        "disciplineActions",
        "localActuals",
    }
