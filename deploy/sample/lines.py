"""The text of every record: one Ed-Fi body a line, compact JSON, built by filling in the few fields that vary."""

from datetime import date, timedelta
from functools import cache

import numpy as np

from deploy.sample import names, preschool
from deploy.sample.absences import Absences
from deploy.sample.assessments import SITTINGS, TESTS, Test
from deploy.sample.bodies import GRADE, INTEGER, METHOD, NAMESPACE, compact, descriptor, listed, rows_of, school_ids
from deploy.sample.enrollments import OPEN, Enrollments
from deploy.sample.plan import District, Plan, School
from deploy.sample.profile import Profile
from deploy.sample.scores import Results
from deploy.sample.students import Population
from deploy.sample.terms import Term

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
EXITS = ("", "End of school year", "Transferred", "Withdrawn", "Graduated", "Completed", "Dropout")
REASONS = ("Absent", "Medical waiver", "Parental waiver", "Refusal by parent")
_CHARACTERISTICS = ("Economic Disadvantaged", "Homeless", "Foster Care", "Parent in Military", "Migrant")
_FOSTER, _MIGRANT = (1 << _CHARACTERISTICS.index(name) for name in ("Foster Care", "Migrant"))
_EXPLAINED = _FOSTER | _MIGRANT
_RECENT_DAYS = 1000  # within which every migrant moved
_FIRST_BIRTH = date(1990, 1, 1).toordinal()
_SEX = tuple(descriptor("Sex", name) for name in ("Male", "Female"))
_RACE = tuple(listed("races", "Race", codes) for codes in RACES)
_DISABILITY = ("", *(listed("disabilities", "Disability", (code,)) for code in DISABILITIES))
_TRAITS = tuple(
    listed(
        "studentCharacteristics",
        "StudentCharacteristic",
        tuple(code for bit, code in enumerate(_CHARACTERISTICS) if mask >> bit & 1),
    )
    for mask in range(1 << len(_CHARACTERISTICS))
)
_ENGLISH = tuple(descriptor("LimitedEnglishProficiency", code) for code in ("NotLimited", "Limited"))
_ABSENCE = tuple(
    f'{{"attendanceEventCategoryDescriptor":"{descriptor("AttendanceEventCategory", code)}"'
    for code in ("Unexcused Absence", "Excused Absence")
)


def district(each: District) -> str:
    """A local education agency."""
    category = "EducationOrganizationCategory"
    return compact(
        {
            "localEducationAgencyId": each.district_id,
            "nameOfInstitution": each.name,
            "categories": [{"educationOrganizationCategoryDescriptor": descriptor(category, "Local Education Agency")}],
            "localEducationAgencyCategoryDescriptor": descriptor("LocalEducationAgencyCategory", "Independent"),
            "_ext": {"schoolmark": {"noticeEmail": f"notices@district-{each.district_id}.example"}},
        }
    )


def school(each: School, district_id: int, profile: Profile, *, has_preschool: bool) -> str:
    """A school."""
    below = [descriptor("GradeLevel", preschool.GRADE_NAME)] if has_preschool else []
    title_i = "Title I Part A Schoolwide Assistance Program-No Choice" if each.title_i else "Not A Title I School"
    return compact(
        {
            "schoolId": each.school_id,
            "nameOfInstitution": each.name,
            "educationOrganizationCategories": [
                {"educationOrganizationCategoryDescriptor": descriptor("EducationOrganizationCategory", "School")}
            ],
            "gradeLevels": [
                {"gradeLevelDescriptor": grade} for grade in (*below, *GRADE[each.kind.low : each.kind.high + 1])
            ],
            "localEducationAgencyReference": {"localEducationAgencyId": district_id},
            "titleIPartASchoolDesignationDescriptor": descriptor("TitleIPartASchoolDesignation", title_i),
            "_ext": {
                "schoolmark": {
                    "openedOn": profile.opened_on.isoformat(),
                    "lowIncome": profile.low_income,
                    "minority": profile.minority,
                    "freeReducedLunchPercent": profile.lunch_hundredths / 100,
                }
            },
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
        "academicSubjects": [{"academicSubjectDescriptor": descriptor("AcademicSubject", test.subject)}],
    }
    if test.grade is not None:
        body["assessedGradeLevels"] = [{"gradeLevelDescriptor": GRADE[test.grade]}]
    body["performanceLevels"] = [
        {
            "assessmentReportingMethodDescriptor": descriptor("AssessmentReportingMethod", "Scale score"),
            "performanceLevelDescriptor": descriptor("PerformanceLevel", level),
            "minimumScore": str(floor),
            "maximumScore": str(ceiling),
            "resultDatatypeTypeDescriptor": descriptor("ResultDatatypeType", "Integer"),
        }
        for level, floor, ceiling in zip(test.levels, test.floors, ceilings, strict=True)
    ]
    body["_ext"] = {"schoolmark": {"test": test.name, "schoolYear": term.year}}
    return compact(body)


@cache
def _birth_dates() -> tuple[str, ...]:
    return tuple(date.fromordinal(_FIRST_BIRTH + number).isoformat() for number in range(14000))


def students(now: Population) -> list[str]:
    """The students, by their own columns only: the same line wherever and whenever they are."""
    dates = _birth_dates()
    first_names = (names.FIRST_NAMES_BOY, names.FIRST_NAMES_GIRL)
    return [
        f'{{"studentUniqueId":"{student_id}","firstName":"{first_names[girl][first]}",'
        f'"lastSurname":"{names.FAMILY_NAMES[family]}","birthDate":"{dates[born]}",'
        f'"birthSexDescriptor":"{_SEX[girl]}"}}'
        for student_id, girl, first, family, born in rows_of(
            now.student_id, now.girl, now.first_name, now.family_name, now.born - _FIRST_BIRTH
        )
    ]


def memberships(now: Population, district_id: int, term: Term) -> list[str]:
    """What a district says about its students in a year; of migrants and foster children, what makes them so."""
    traits = (now.poor, now.homeless, now.foster, now.military, now.migrant)
    mask = sum((trait.astype(np.int64) << bit for bit, trait in enumerate(traits)), np.zeros(len(now), np.int64))
    head = f'{{"educationOrganizationReference":{{"educationOrganizationId":{district_id}}},"studentReference":'
    start, tail = f',"_ext":{{"schoolmark":{{"schoolYear":{term.year}', "}}}"
    said = ("false", "true")
    return [
        f'{head}{{"studentUniqueId":"{student_id}"}},"sexDescriptor":"{_SEX[girl]}",'
        f'"hispanicLatinoEthnicity":{said[hispanic]}{_RACE[race]},'
        f'"limitedEnglishProficiencyDescriptor":"{_ENGLISH[learner]}"{_DISABILITY[disability]}{_TRAITS[trait]}{start}'
        f"{_reasons(student_id, born, trait, term) if trait & _EXPLAINED else ''}{tail}"
        for student_id, girl, hispanic, race, learner, disability, trait, born in rows_of(
            now.student_id, now.girl, now.hispanic, now.race, now.learner, now.disability, mask, now.born
        )
    ]


def _reasons(student_id: int, born: int, trait: int, term: Term) -> str:
    """The birth date, and the day of the last move or the placement, as of the tests."""
    day = term.test_day(0)
    birth = f'"birthDate":"{date.fromordinal(born)}"'
    moved = day - timedelta(days=30 + student_id * 37 % _RECENT_DAYS)
    return (
        f',"asOf":"{day}"'
        + (f',"migrant":{{{birth},"movedOn":"{moved}"}}' if trait & _MIGRANT else "")
        + (f',"fosterCare":{{{birth},"placementActive":true}}' if trait & _FOSTER else "")
    )


def enrollments(rows: Enrollments, now: Population, plan: Plan, term: Term) -> list[str]:
    """Enrolments; one that is still open has no exit."""
    days = [day.isoformat() for day in term.days]
    exits = [f'"exitWithdrawTypeDescriptor":"{descriptor("ExitWithdrawType", code)}"' for code in EXITS]
    tail = f'"schoolYearTypeReference":{{"schoolYear":{term.year}}}'
    return [
        f'{{"entryDate":"{days[entry]}","schoolReference":{{"schoolId":{school_id}}},'
        f'"studentReference":{{"studentUniqueId":"{student_id}"}},"entryGradeLevelDescriptor":"{GRADE[grade]}",{tail}'
        + ("}" if ended == OPEN else f',"exitWithdrawDate":"{days[last]}",{exits[ended]}}}')
        for entry, school_id, student_id, grade, last, ended in rows_of(
            rows.entry, school_ids(plan)[rows.school], now.student_id[rows.student], now.grade[rows.student], rows.exit,
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
        for excused, day, school_id, student_id in rows_of(
            each.excused,
            each.day,
            school_ids(plan)[rows.school[each.enrollment]],
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
    reasons = [f'"reasonNotTestedDescriptor":"{descriptor("ReasonNotTested", code)}"}}' for code in REASONS]
    grades = [f'}},"whenAssessedGradeLevelDescriptor":"{grade}",' for grade in GRADE]
    scored = f'"scoreResults":[{{{METHOD},{INTEGER},"result":"'
    return [
        f'{{"studentAssessmentIdentifier":"{student_id}{codes[test]}",{references[test]}{student_id}{dates[test]}'
        f"{school_id}{grades[grade]}"
        + (f"{scored}{score}{levels[test][level]}" if level >= 0 else reasons[reason])
        for student_id, test, school_id, grade, score, level, reason in rows_of(
            now.student_id[rows.student], rows.test, school_ids(plan)[rows.school], now.grade[rows.student], rows.score,
            rows.level, rows.reason,
        )
    ]  # fmt: skip


def _reference(test: Test, term: Term) -> str:
    return (
        f'"assessmentReference":{{"assessmentIdentifier":"{test.identifier(term.year)}","namespace":"{NAMESPACE}"}},'
        f'"studentReference":{{"studentUniqueId":"'
    )


def _level(name: str) -> str:
    reached = f'"performanceLevelDescriptor":"{descriptor("PerformanceLevel", name)}"'
    return f'"}}],"performanceLevels":[{{{METHOD},{reached}}}]}}'
