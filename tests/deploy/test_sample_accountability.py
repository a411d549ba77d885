"""What the sample state holds beside enrolment and academic tests is coherent, and shows every special case."""

import itertools
import json
from collections import Counter, defaultdict
from datetime import date

import pytest

from deploy.sample.courses import offered
from deploy.sample.plan import planned
from tests.deploy.sampled import (
    DISTRICTS,
    PRESCHOOL,
    SCHOOLS,
    SEED,
    Body,
    Sample,
    code,
    made,
    own,
    school_of,
    student_of,
    year_of,
)  # fmt: skip

KEYS = {
    "courseTranscripts": ("courseReference", "studentAcademicRecordReference", "courseAttemptResultDescriptor"),
    "studentAcademicRecords": (
        "studentReference", "educationOrganizationReference", "schoolYearTypeReference", "termDescriptor",
    ),
    "graduationCohortMembers": ("studentReference",),  # nobody belongs to two classes
    "staffEducationOrganizationAssignmentAssociations": (
        "staffReference", "educationOrganizationReference", "staffClassificationDescriptor", "beginDate",
    ),
    "disciplineIncidents": ("incidentIdentifier", "schoolReference"),
    "studentDisciplineIncidentBehaviorAssociations": ("studentReference", "disciplineIncidentReference"),
    "disciplineActions": ("disciplineActionIdentifier", "responsibilitySchoolReference"),
    "postSecondaryEvents": ("studentReference", "eventDate", "postSecondaryEventCategoryDescriptor"),
    "localActuals": ("localAccountReference", "asOfDate"),
    "educationOrganizationMemberships": ("educationOrganizationReference", "schoolYearTypeReference"),
    "studentAssessments, not academic": ("studentAssessmentIdentifier",),
}  # fmt: skip
OTHER_RESULTS = "studentAssessments, not academic"
ASSIGNMENTS = "staffEducationOrganizationAssignmentAssociations"
INVOLVED = "studentDisciplineIncidentBehaviorAssociations"
LEADERS = ("Principal", "Assistant Principal")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return made(tmp_path_factory.mktemp("sample"))


def place_of(body: Body) -> int:
    return int(body["educationOrganizationReference"]["educationOrganizationId"])


def results_of(sample: Sample, test: str) -> list[Body]:
    found = sample.bodies[OTHER_RESULTS]
    return [b for b in found if b["assessmentReference"]["assessmentIdentifier"].startswith(f"{test}-")]


@pytest.mark.parametrize("kind", KEYS)
def test_natural_keys_are_unique(sample: Sample, kind: str) -> None:
    keys = [json.dumps([body[name] for name in KEYS[kind]]) for body in sample.bodies[kind]]
    assert len(keys) == len(set(keys)) > 0


def test_every_student_school_and_parent_named_exists(sample: Sample) -> None:
    students = {body["studentUniqueId"] for body in sample.bodies["students"]}
    schools = {body["schoolId"] for body in sample.bodies["schools"]}
    places = schools | {body["localEducationAgencyId"] for body in sample.bodies["localEducationAgencies"]}
    tests = {body["assessmentIdentifier"] for body in sample.bodies["assessments, not academic"]}
    staff = {body["staffUniqueId"] for body in sample.bodies["staffs"]}
    courses = {(body["courseCode"], place_of(body)) for body in sample.bodies["courses"]}
    incidents = {(b["incidentIdentifier"], school_of(b)) for b in sample.bodies["disciplineIncidents"]}
    for kind in KEYS:
        for body in sample.bodies[kind]:
            assert "studentReference" not in body or student_of(body) in students
            assert "schoolReference" not in body or school_of(body) in schools
            assert "educationOrganizationReference" not in body or place_of(body) in places
            assert body.get("staffReference", {}).get("staffUniqueId", "") in staff | {""}
    for body in sample.bodies["courseTranscripts"]:
        assert tuple(body["courseReference"].values()) in courses
        assert body["studentAcademicRecordReference"]["studentUniqueId"] in students
    for body in sample.bodies[INVOLVED]:
        assert tuple(body["disciplineIncidentReference"].values()) in incidents
    for body in sample.bodies[OTHER_RESULTS]:
        assert body["assessmentReference"]["assessmentIdentifier"] in tests
        assert body["reportedSchoolReference"]["schoolId"] in schools
    for body in sample.bodies["localActuals"]:
        assert body["localAccountReference"]["educationOrganizationId"] in places


def test_the_manifest_counts_them(sample: Sample) -> None:
    counts = sample.manifest
    for label in [counts.extra_year, *counts.years]:
        year = int(label[:4]) + 1
        assert counts.other_results[label] == sum(year_of(b) == year for b in sample.bodies[OTHER_RESULTS])
        told = [b for b in sample.bodies["graduationCohortMembers"] if b["cohortYear"] == year - 1]
        assert counts.cohorts.get(label, 0) == len(told)
        posts = [b for b in sample.bodies[ASSIGNMENTS] if own(b)["schoolYear"] == year]
        assert counts.staff[label] == len({b["staffReference"]["staffUniqueId"] for b in posts})
        assert counts.incidents[label] == sum(
            b["incidentIdentifier"].startswith(f"I-{year}-") for b in sample.bodies["disciplineIncidents"]
        )
    assert counts.extra_year not in counts.cohorts  # its class ended before the sample begins


def test_all_of_it_is_a_modest_part_of_the_lines(sample: Sample) -> None:
    more = sum(len(sample.bodies[kind]) for kind in (*KEYS, "courses", "staffs"))
    core = ("students", "studentAssessments", "studentSchoolAttendanceEvents", "studentSchoolAssociations")
    assert more < 0.15 * sum(len(sample.bodies[kind]) for kind in core)


def test_schools_differ_in_income_minority_and_lunch(sample: Sample) -> None:
    facts = [
        (own(body), "Schoolwide" in body["titleIPartASchoolDesignationDescriptor"]) for body in sample.bodies["schools"]
    ]
    assert {(fact["lowIncome"], title_i) for fact, title_i in facts} >= {(True, True), (False, False)}
    assert {(fact["minority"], title_i) for fact, title_i in facts} >= {(True, True), (False, False)}
    assert all(8 <= fact["freeReducedLunchPercent"] <= 99.5 for fact, _ in facts)
    assert len({fact["freeReducedLunchPercent"] for fact, _ in facts}) > SCHOOLS // 2
    assert all(fact["openedOn"] < "2022-08-01" for fact, _ in facts)  # before the first year of the sample


def test_every_english_learner_sits_the_test_each_year_and_leaves_with_the_exit_score(sample: Sample) -> None:
    described: dict[int, dict[str, bool]] = defaultdict(dict)
    for body in sample.bodies["studentEducationOrganizationAssociations"]:
        is_learner = body["limitedEnglishProficiencyDescriptor"].endswith("#Limited")
        described[own(body)["schoolYear"]][student_of(body)] = is_learner
    learners = {
        (student, year) for year, said in described.items() for student, is_learner in said.items() if is_learner
    }
    sat = {(student_of(body), year_of(body)): body for body in results_of(sample, "ELPT")}
    assert set(sat) <= learners
    assert len(sat) > 0.95 * len(learners)  # but those who were not there in the test window
    left = 0
    for (student, year), body in sat.items():
        told = own(body)["englishLearner"]
        assert told["exitScore"] == 530
        score = int(body["scoreResults"][0]["result"]) if "scoreResults" in body else None
        if told["exitBenchmarkMet"]:
            assert score is not None
            assert score >= 530
        after = described[year + 1].get(student)
        if after is not None:
            assert after is not told["exitBenchmarkMet"]
            left += told["exitBenchmarkMet"]
        before = sat.get((student, year - 1))
        if before:
            assert told["yearsInProgram"] == own(before)["englishLearner"]["yearsInProgram"] + 1
    assert left > 5
    assert any("reasonNotTestedDescriptor" in body for body in sat.values())
    assert min(own(body)["englishLearner"]["yearsInProgram"] for body in sat.values()) == 1


def test_some_learners_gain_and_some_fall_back(sample: Sample) -> None:
    scores = {
        (student_of(b), year_of(b)): int(b["scoreResults"][0]["result"])
        for b in results_of(sample, "ELPT")
        if "scoreResults" in b
    }
    gains = [score - scores[who, year - 1] for (who, year), score in scores.items() if (who, year - 1) in scores]
    assert 0.02 < sum(gain < 0 for gain in gains) / len(gains) < 0.3
    assert 10 < sum(gains) / len(gains) < 60


def test_college_entrance_has_three_parts_and_some_are_ready(sample: Sample) -> None:
    ready = 0
    found = results_of(sample, "ACT")
    for body in found:
        assert code(body["whenAssessedGradeLevelDescriptor"]) in ("Eleventh grade", "Twelfth grade")
        parts = {
            each["objectiveAssessmentReference"]["identificationCode"]: int(each["scoreResults"][0]["result"])
            for each in body["studentObjectiveAssessments"]
        }
        assert set(parts) == {"English", "Math", "Reading"}
        assert all(1 <= score <= 36 for score in parts.values())
        ready += parts["Math"] >= 22 and (parts["English"] >= 18 or parts["Reading"] >= 22)
    assert 0.1 < ready / len(found) < 0.45
    assert any(code(body["whenAssessedGradeLevelDescriptor"]) == "Twelfth grade" for body in found)


def test_work_readiness_gives_each_certificate_and_sometimes_none(sample: Sample) -> None:
    reached = Counter(
        code(body["performanceLevels"][0]["performanceLevelDescriptor"]) if "performanceLevels" in body else ""
        for body in results_of(sample, "WKEY")
    )
    assert set(reached) == {"", "Bronze", "Silver", "Gold", "Platinum"}


def test_accelerated_courses_have_the_facts_that_show_success(sample: Sample) -> None:
    titles = {c.code: c for district in planned(DISTRICTS, SCHOOLS, SEED).districts for c in offered(district)}
    kinds: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for body in sample.bodies["courseTranscripts"]:
        kind = titles[body["courseReference"]["courseCode"]].kind
        outcome = code(body["courseAttemptResultDescriptor"])
        outcomes[outcome] += 1
        kinds[kind] += 1
        told = own(body)["accelerated"] if "_ext" in body else {}
        marks = {"ap": "12345", "ib": "1234567", "aice": "UEDCBA"}
        if outcome != "Pass" or not kind:
            assert not told
        elif kind in marks:
            assert told["examScore"] in marks[kind]
        else:
            assert set(told) == {"creditAwarded" if kind == "dual" else "credentialPassed"}
    assert set(kinds) >= {"ap", "aice", "dual", "industry", ""}
    assert set(outcomes) == {"Pass", "Fail", "Incomplete", "Withdrawn"}


def test_the_class_agrees_with_the_diplomas_and_with_who_comes_back(sample: Sample) -> None:
    awards = {
        (student_of(body), year_of(body)): [code(each["diplomaTypeDescriptor"]) for each in body["diplomas"]]
        for body in sample.bodies["studentAcademicRecords"]
    }
    enrolled = {(student_of(b), year_of(b)): b for b in sample.bodies["studentSchoolAssociations"]}
    statuses: Counter[str] = Counter()
    evidence: Counter[tuple[str, bool]] = Counter()
    for body in sample.bodies["graduationCohortMembers"]:
        student, year, status = student_of(body), body["cohortYear"], body["status"]
        statuses[status] += 1
        assert (student, year) in enrolled
        if status in ("graduate", "completer"):
            assert code(body["diplomaTypeDescriptor"]) == awards[student, year][0]
        else:
            assert (student, year) not in awards
        assert ((student, year + 1) in enrolled) == (status == "still_enrolled")
        assert ("exitReason" in body) == (status == "excluded")
        if status == "excluded":
            evidence[body["exitReason"], "exitEvidence" in body] += 1
        last = enrolled[student, year]
        if status == "graduate" and "exitWithdrawTypeDescriptor" in last and year < 2025:
            assert code(last["exitWithdrawTypeDescriptor"]) in ("Graduated", "Transferred")
    assert set(statuses) == {"graduate", "completer", "dropout", "still_enrolled", "excluded"}
    assert {has for _, has in evidence} == {True, False}
    assert len({reason for reason, _ in evidence}) > 2
    assert any("schoolReference" not in body for body in sample.bodies["graduationCohortMembers"])


def test_one_high_school_graduates_two_thirds_at_most_and_the_others_most(sample: Sample) -> None:
    ended: dict[int, list[bool]] = defaultdict(list)
    for body in sample.bodies["graduationCohortMembers"]:
        if "schoolReference" in body and "exitEvidence" not in body:
            ended[school_of(body)].append(body["status"] == "graduate")
    rates = sorted(sum(each) / len(each) for each in ended.values())
    high = [
        b for b in sample.bodies["schools"] if b["gradeLevels"][-1]["gradeLevelDescriptor"].endswith("#Twelfth grade")
    ]
    assert set(ended) == {body["schoolId"] for body in high}
    assert rates[0] <= 0.67
    assert all(0.7 < rate < 1 for rate in rates[1:])


def test_graduates_go_on_to_college_and_work_after_they_graduated(sample: Sample) -> None:
    graduates = {
        student_of(b): b["cohortYear"] for b in sample.bodies["graduationCohortMembers"] if b["status"] == "graduate"
    }
    kinds: set[tuple[bool, bool, str]] = set()
    for path, body in sample.pairs("postSecondaryEvents"):
        year = graduates[student_of(body)]
        assert path.parts[1] == f"{year + 1}-{(year + 2) % 100}"  # told two years after the class
        assert f"{year}-06-30" < body["eventDate"] < f"{year + 1}-12-31"
        if code(body["postSecondaryEventCategoryDescriptor"]) == "College Enrollment":
            kinds.add(tuple(own(body)["institution"].values()))
    assert {kind[:2] for kind in kinds} == set(itertools.product((True, False), repeat=2))
    assert {kind[2] for kind in kinds} == {"two_year", "four_year"}


def test_nobody_teaches_more_than_full_time_and_duties_add_up(sample: Sample) -> None:
    time: Counter[tuple[str, int]] = Counter()
    credentials: Counter[str] = Counter()
    for body in sample.bodies[ASSIGNMENTS]:
        told, share = own(body), body["fullTimeEquivalency"]
        time[body["staffReference"]["staffUniqueId"], told["schoolYear"]] += share
        if code(body["staffClassificationDescriptor"]) in LEADERS:
            assert "subjects" not in told
            continue
        assert sum(duty["fullTimeEquivalency"] for duty in told["subjects"]) == share
        assert 1 <= told.get("effectiveness", 3) <= 4
        credentials.update(code(duty["teachingCredentialDescriptor"]) for duty in told["subjects"])
    assert set(time.values()) == {0.5, 1.0}
    assert set(credentials) == {"Regular/Standard", "Provisional", "Emergency"}
    assert 0.7 < credentials["Regular/Standard"] / credentials.total() < 0.99
    told = [own(body) for body in sample.bodies[ASSIGNMENTS]]
    assert {"effectiveness" in each for each in told} == {True, False}
    assert any(each.get("effectiveness", 4) < 3 for each in told)
    assert any(len({duty["inField"] for duty in each.get("subjects", ())}) == 2 for each in told)


def test_years_in_education_are_those_before_the_post(sample: Sample) -> None:
    years: dict[str, dict[str, float]] = defaultdict(dict)
    for path, body in sample.pairs("staffs"):
        years[body["staffUniqueId"]][path.parts[2]] = body["yearsOfPriorProfessionalExperience"]
    both = [each for each in years.values() if {"2023-24", "2024-25"} <= set(each)]
    assert both and all(each["2024-25"] == each["2023-24"] for each in both)
    new = sum("2024-25" in each and "2023-24" not in each for each in years.values())
    assert 0.05 < new / len(both) < 0.35
    assert any(each.get("2024-25", 9) < 3 for each in years.values())


def test_discipline_falls_on_days_of_the_enrolment_and_an_arrest_is_a_referral(sample: Sample) -> None:
    spans: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for body in sample.bodies["studentSchoolAssociations"]:
        spans[student_of(body), school_of(body)].append((body["entryDate"], body.get("exitWithdrawDate", "9999")))
    days = {(b["incidentIdentifier"], school_of(b)): b["incidentDate"] for b in sample.bodies["disciplineIncidents"]}
    for body in sample.bodies["disciplineActions"]:
        where = student_of(body), body["responsibilitySchoolReference"]["schoolId"]
        assert any(entry <= body["disciplineDate"] <= leave for entry, leave in spans[where])
    students: Counter[tuple[str, int]] = Counter()
    law: Counter[tuple[bool, bool]] = Counter()
    for body in sample.bodies[INVOLVED]:
        incident = body["disciplineIncidentReference"]
        key = incident["incidentIdentifier"], incident["schoolId"]
        assert any(entry <= days[key] <= leave for entry, leave in spans[student_of(body), key[1]])
        students[key] += 1
        told = own(body)["lawEnforcement"]
        law[told["referred"], told["arrested"]] += 1
    assert set(students) == set(days)  # somebody was in each incident
    assert set(students.values()) == {1, 2}
    assert set(law) == {(False, False), (True, False), (True, True)}
    done = Counter(code(b["disciplines"][0]["disciplineDescriptor"]) for b in sample.bodies["disciplineActions"])
    assert {"In School Suspension", "Out of School Suspension", "Expulsion", "Community Service"} <= set(done)
    kinds = {code(b["behaviors"][0]["behaviorDescriptor"]) for b in sample.bodies["disciplineIncidents"]}
    assert {"Fighting", "Bullying", "Assault", "Vandalism"} <= kinds
    assert any("_ext" in body for body in sample.bodies["disciplineIncidents"])  # reported as not criminal


def test_divisors_agree_with_enrolments_and_absences(sample: Sample) -> None:
    """Of the last year of one school: days enrolled less absences, over the days of the term."""
    year, school = 2025, sample.bodies["schools"][0]["schoolId"]
    days = int(sample.manifest.terms["2024-25"]["days"])
    whole = [
        body
        for body in sample.bodies["studentSchoolAssociations"]
        if year_of(body) == year and school_of(body) == school and code(body["entryGradeLevelDescriptor"]) != PRESCHOOL
    ]
    found = next(
        body
        for body in sample.bodies["educationOrganizationMemberships"]
        if place_of(body) == school and year_of(body) == year
    )
    month = date(2024, 9, 3).isoformat()  # the 21st day of instruction: four weeks after 5 August, but Labour Day
    here = [b for b in whole if b["entryDate"] <= month <= b.get("exitWithdrawDate", "9999")]
    assert found["netMembershipMonth1"] == len(here)
    away = sum(
        school_of(b) == school and b["sessionReference"]["schoolYear"] == year
        for b in sample.bodies["studentSchoolAttendanceEvents"]
    )
    stayers = sum("exitWithdrawDate" not in b and b["entryDate"] == "2024-08-05" for b in whole)
    assert stayers - away / days <= found["averageDailyAttendance"] < len(whole)


def test_spending_a_pupil_is_plausible_and_has_lines_to_leave_out(sample: Sample) -> None:
    cents: Counter[tuple[int, int]] = Counter()
    latest: dict[str, Body] = {}
    for body in sorted(sample.bodies["localActuals"], key=lambda each: each["asOfDate"]):
        latest[json.dumps(body["localAccountReference"])] = body
    assert len(latest) < len(sample.bodies["localActuals"])  # some accounts are told of twice in a year
    for body in latest.values():
        account, told = body["localAccountReference"], own(body)
        is_left_out = (
            told["fund"] in ("1845", "2110", "2255", "2830", "3010", "4010", "7010") or told["object"] == "564"
        )
        is_left_out |= told["function"] in ("1225", "1320", "3300", "6200", "7200", "8100")
        district = int(str(account["educationOrganizationId"])[:4])
        cents[district, account["fiscalYear"]] += 0 if is_left_out else round(body["amount"] * 100)
    for body in sample.bodies["educationOrganizationMemberships"]:
        if body["educationOrganizationKind"] == "district":
            per_pupil = cents[place_of(body), year_of(body)] / 100 / body["netMembershipMonth1"]
            assert 8_500 < per_pupil < 14_500
    assert any(body["amount"] < 0 for body in latest.values())
    assert {own(body).get("source") for body in latest.values()} == {"federal", None}


def test_preschool_children_are_at_schools_that_say_so(sample: Sample) -> None:
    offers = {
        body["schoolId"]
        for body in sample.bodies["schools"]
        if code(body["gradeLevels"][0]["gradeLevelDescriptor"]) == PRESCHOOL
    }
    children = [
        body
        for body in sample.bodies["studentSchoolAssociations"]
        if code(body["entryGradeLevelDescriptor"]) == PRESCHOOL
    ]
    assert {school_of(body) for body in children} == offers
    assert len(children) == sum(sample.manifest.preschool.values())
    assert 0 < len(offers) < SCHOOLS


def test_migrants_moved_within_three_years_and_foster_children_are_placed(sample: Sample) -> None:
    traits = {"Migrant": "migrant", "Foster Care": "fosterCare"}
    told: Counter[str] = Counter()
    for body in sample.bodies["studentEducationOrganizationAssociations"]:
        has = {code(each["studentCharacteristicDescriptor"]) for each in body.get("studentCharacteristics", ())}
        facts = own(body)
        assert {name for name in traits if name in has} == {name for name, field in traits.items() if field in facts}
        told.update(name for name in traits if name in has)
        if "migrant" in facts:
            moved = date.fromisoformat(facts["migrant"]["movedOn"])
            assert 0 < (date.fromisoformat(facts["asOf"]) - moved).days < 3 * 365
    assert set(told) == set(traits)
