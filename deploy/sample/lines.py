"""The text of every record: one Ed-Fi body a line, compact JSON, built by filling in the few fields that vary."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from deploy.sample import names
from deploy.sample.absences import Absences
from deploy.sample.assessments import SITTINGS, TESTS, Test
from deploy.sample.dice import Ints
from deploy.sample.enrollments import OPEN, Enrollments
from deploy.sample.plan import District, Plan, School
from deploy.sample.scores import Results
from deploy.sample.students import Population
from deploy.sample.terms import Term

_EDFI = "uri://ed-fi.org/"
NAMESPACE = "uri://sample.example/Assessment"
GRADE_NAMES = (
    "Kindergarten", "First grade", "Second grade", "Third grade", "Fourth grade", "Fifth grade", "Sixth grade",
    "Seventh grade", "Eighth grade", "Ninth grade", "Tenth grade", "Eleventh grade", "Twelfth grade",
)  # fmt: skip
_WHITE, _BLACK, _ASIAN = "White", "Black - African American", "Asian"
_NATIVE, _PACIFIC = "American Indian - Alaska Native", "Native Hawaiian - Pacific Islander"
RACES = (
    (_WHITE,), (_BLACK,), (_ASIAN,), (_NATIVE,), (_PACIFIC,),
    (_WHITE, _BLACK), (_WHITE, _ASIAN), (_WHITE, _NATIVE), (_BLACK, _NATIVE),
)  # fmt: skip
DISABILITIES = (
    "Specific Learning Disability", "Speech or Language Impairment", "Other Health Impairment", "Autism",
    "Intellectual Disability",
)  # fmt: skip
EXITS = ("", "End of school year", "Transferred", "Moved out of state")
REASONS = ("Absent", "Medical waiver", "Parental waiver", "Refusal by parent")
_CHARACTERISTICS = ("Economic Disadvantaged", "Homeless", "Foster Care", "Parent in Military", "Migrant")
_METHOD = '"assessmentReportingMethodDescriptor":"uri://ed-fi.org/AssessmentReportingMethodDescriptor#Scale score"'
_INTEGER = '"resultDatatypeTypeDescriptor":"uri://ed-fi.org/ResultDatatypeTypeDescriptor#Integer"'


def compact(body: object) -> str:
    """A body as one line of JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _descriptor(kind: str, code: str) -> str:
    return f"{_EDFI}{kind}Descriptor#{code}"


def _listed(field: str, kind: str, codes: tuple[str, ...]) -> str:
    """A field that lists descriptors, with the comma before it; nothing when there are none."""
    key = f"{kind[0].lower()}{kind[1:]}Descriptor"
    return f',"{field}":' + compact([{key: _descriptor(kind, code)} for code in codes]) if codes else ""


_SEX = tuple(_descriptor("Sex", name) for name in ("Male", "Female"))
_GRADE = tuple(_descriptor("GradeLevel", name) for name in GRADE_NAMES)
_RACE = tuple(_listed("races", "Race", codes) for codes in RACES)
_DISABILITY = ("", *(_listed("disabilities", "Disability", (code,)) for code in DISABILITIES))
_TRAITS = tuple(
    _listed(
        "studentCharacteristics",
        "StudentCharacteristic",
        tuple(code for bit, code in enumerate(_CHARACTERISTICS) if mask >> bit & 1),
    )
    for mask in range(1 << len(_CHARACTERISTICS))
)
_ENGLISH = tuple(_descriptor("LimitedEnglishProficiency", code) for code in ("NotLimited", "Limited"))
_ABSENCE = tuple(
    f'{{"attendanceEventCategoryDescriptor":"{_descriptor("AttendanceEventCategory", code)}"'
    for code in ("Unexcused Absence", "Excused Absence")
)


def district(each: District) -> str:
    """A local education agency."""
    category = "EducationOrganizationCategory"
    return compact(
        {
            "localEducationAgencyId": each.district_id,
            "nameOfInstitution": each.name,
            "categories": [
                {"educationOrganizationCategoryDescriptor": _descriptor(category, "Local Education Agency")}
            ],
            "localEducationAgencyCategoryDescriptor": _descriptor("LocalEducationAgencyCategory", "Independent"),
            "_ext": {"schoolmark": {"noticeEmail": f"notices@district-{each.district_id}.example"}},
        }
    )


def school(each: School, district_id: int) -> str:
    """A school."""
    title_i = "Title I Part A Schoolwide Assistance Program-No Choice" if each.title_i else "Not A Title I School"
    return compact(
        {
            "schoolId": each.school_id,
            "nameOfInstitution": each.name,
            "educationOrganizationCategories": [
                {"educationOrganizationCategoryDescriptor": _descriptor("EducationOrganizationCategory", "School")}
            ],
            "gradeLevels": [
                {"gradeLevelDescriptor": _GRADE[grade]} for grade in range(each.kind.low, each.kind.high + 1)
            ],
            "localEducationAgencyReference": {"localEducationAgencyId": district_id},
            "titleIPartASchoolDesignationDescriptor": _descriptor("TitleIPartASchoolDesignation", title_i),
        }
    )


def assessment(test: Test, term: Term) -> str:
    """A test as it was given in a school year, with its levels."""
    ceilings = [floor - 1 for floor in test.floors[1:]] + [test.top]
    body: dict[str, object] = {
        "assessmentIdentifier": test.identifier(term.year),
        "namespace": NAMESPACE,
        "assessmentTitle": f"{test.program} {test.subject} {test.name}, {term.label}",
        "assessmentFamily": test.program,
        "academicSubjects": [{"academicSubjectDescriptor": _descriptor("AcademicSubject", test.subject)}],
    }
    if test.grade is not None:
        body["assessedGradeLevels"] = [{"gradeLevelDescriptor": _GRADE[test.grade]}]
    body["performanceLevels"] = [
        {
            "assessmentReportingMethodDescriptor": _descriptor("AssessmentReportingMethod", "Scale score"),
            "performanceLevelDescriptor": _descriptor("PerformanceLevel", level),
            "minimumScore": str(floor),
            "maximumScore": str(ceiling),
            "resultDatatypeTypeDescriptor": _descriptor("ResultDatatypeType", "Integer"),
        }
        for level, floor, ceiling in zip(test.levels, test.floors, ceilings, strict=True)
    ]
    body["_ext"] = {"schoolmark": {"test": test.name, "schoolYear": term.year}}
    return compact(body)


def students(now: Population) -> list[str]:
    """The students, by their own columns only: the same line wherever and whenever they are."""
    first_day = date(1990, 1, 1).toordinal()
    dates = [(date(1990, 1, 1) + timedelta(days=number)).isoformat() for number in range(14000)]
    first_names = (names.FIRST_NAMES_BOY, names.FIRST_NAMES_GIRL)
    return [
        f'{{"studentUniqueId":"{student_id}","firstName":"{first_names[girl][first]}",'
        f'"lastSurname":"{names.FAMILY_NAMES[family]}","birthDate":"{dates[born]}",'
        f'"birthSexDescriptor":"{_SEX[girl]}"}}'
        for student_id, girl, first, family, born in _rows(
            now.student_id, now.girl, now.first_name, now.family_name, now.born - first_day
        )
    ]


def memberships(now: Population, district_id: int, year: int) -> list[str]:
    """What a district says about its students in a year."""
    traits = (now.poor, now.homeless, now.foster, now.military, now.migrant)
    mask = sum((trait.astype(np.int64) << bit for bit, trait in enumerate(traits)), np.zeros(len(now), np.int64))
    head = f'{{"educationOrganizationReference":{{"educationOrganizationId":{district_id}}},"studentReference":'
    tail = f',"_ext":{{"schoolmark":{{"schoolYear":{year}}}}}}}'
    said = ("false", "true")
    return [
        f'{head}{{"studentUniqueId":"{student_id}"}},"sexDescriptor":"{_SEX[girl]}",'
        f'"hispanicLatinoEthnicity":{said[hispanic]}{_RACE[race]},'
        f'"limitedEnglishProficiencyDescriptor":"{_ENGLISH[learner]}"{_DISABILITY[disability]}{_TRAITS[trait]}{tail}'
        for student_id, girl, hispanic, race, learner, disability, trait in _rows(
            now.student_id, now.girl, now.hispanic, now.race, now.learner, now.disability, mask
        )
    ]


def enrollments(rows: Enrollments, now: Population, plan: Plan, term: Term) -> list[str]:
    """Enrolments; one that is still open has no exit."""
    days = [day.isoformat() for day in term.days]
    exits = [f'"exitWithdrawTypeDescriptor":"{_descriptor("ExitWithdrawType", code)}"' for code in EXITS]
    tail = f'"schoolYearTypeReference":{{"schoolYear":{term.year}}}'
    return [
        f'{{"entryDate":"{days[entry]}","schoolReference":{{"schoolId":{school_id}}},'
        f'"studentReference":{{"studentUniqueId":"{student_id}"}},"entryGradeLevelDescriptor":"{_GRADE[grade]}",{tail}'
        + ("}" if ended == OPEN else f',"exitWithdrawDate":"{days[last]}",{exits[ended]}}}')
        for entry, school_id, student_id, grade, last, ended in _rows(
            rows.entry, _ids(plan)[rows.school], now.student_id[rows.student], now.grade[rows.student], rows.exit,
            rows.ended,
        )
    ]  # fmt: skip


def absences(each: Absences, rows: Enrollments, now: Population, plan: Plan, term: Term) -> list[str]:
    """Absences of the enrolments given."""
    days = [day.isoformat() for day in term.days]
    tail = f',"schoolYear":{term.year},"sessionName":"{term.label}"}},"studentReference":{{"studentUniqueId":"'
    return [
        f'{_ABSENCE[excused]},"eventDate":"{days[day]}","schoolReference":{{"schoolId":{school_id}}},'
        f'"sessionReference":{{"schoolId":{school_id}{tail}{student_id}"}}}}'
        for excused, day, school_id, student_id in _rows(
            each.excused,
            each.day,
            _ids(plan)[rows.school[each.enrollment]],
            now.student_id[rows.student[each.enrollment]],
        )
    ]


def results(rows: Results, now: Population, plan: Plan, term: Term) -> list[str]:
    """Results of tests; of a test not taken, the reason."""
    codes = [f"-{test.program[4:]}{test.code}-{term.year}" for test in TESTS]
    references = [_reference(test, term) for test in TESTS]
    dates = [
        f'"}},"administrationDate":"{term.test_day(SITTINGS[test.subject])}T14:00:00Z",'
        f'"schoolYearTypeReference":{{"schoolYear":{term.year}}},"reportedSchoolReference":{{"schoolId":'
        for test in TESTS
    ]
    levels = [[_level(level) for level in test.levels] for test in TESTS]
    reasons = [f'"reasonNotTestedDescriptor":"{_descriptor("ReasonNotTested", code)}"}}' for code in REASONS]
    grades = [f'}},"whenAssessedGradeLevelDescriptor":"{grade}",' for grade in _GRADE]
    scored = f'"scoreResults":[{{{_METHOD},{_INTEGER},"result":"'
    return [
        f'{{"studentAssessmentIdentifier":"{student_id}{codes[test]}",{references[test]}{student_id}{dates[test]}'
        f"{school_id}{grades[grade]}"
        + (f"{scored}{score}{levels[test][level]}" if level >= 0 else reasons[reason])
        for student_id, test, school_id, grade, score, level, reason in _rows(
            now.student_id[rows.student], rows.test, _ids(plan)[rows.school], now.grade[rows.student], rows.score,
            rows.level, rows.reason,
        )
    ]  # fmt: skip


def _reference(test: Test, term: Term) -> str:
    return (
        f'"assessmentReference":{{"assessmentIdentifier":"{test.identifier(term.year)}","namespace":"{NAMESPACE}"}},'
        f'"studentReference":{{"studentUniqueId":"'
    )


def _level(name: str) -> str:
    reached = f'"performanceLevelDescriptor":"{_descriptor("PerformanceLevel", name)}"'
    return f'"}}],"performanceLevels":[{{{_METHOD},{reached}}}]}}'


def _ids(plan: Plan) -> Ints:
    return np.array([each.school_id for each in plan.schools], dtype=np.int64)


def _rows(*columns: np.ndarray) -> Iterator[tuple]:  # type: ignore[type-arg]
    return zip(*(column.tolist() for column in columns), strict=True)
