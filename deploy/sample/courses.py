"""Courses that count towards college or a trade: what each district offers, who took them and what came of it."""

from dataclasses import dataclass

import numpy as np

from deploy.sample.bodies import compact, descriptor, extension, rows_of
from deploy.sample.dice import Dice, Flags, Ints
from deploy.sample.enrollments import Enrollments
from deploy.sample.plan import District, Plan
from deploy.sample.students import Population
from deploy.sample.terms import Term

_TAKES = np.array([0.0] * 9 + [0.04, 0.09, 0.4, 0.5])  # share of a grade
_LARGE_COHORT = 120  # children in a grade, from which on a district offers the International Baccalaureate
_OUTCOMES = ("Pass", "Fail", "Incomplete", "Withdrawn")
_OUTCOME_WEIGHTS = np.array([88, 7, 2, 3], dtype=np.int64)
_TERM = descriptor("Term", "Year Round")


@dataclass(frozen=True)
class Course:
    """A course; `marks` are its exam's, lowest first, none where there is no exam."""

    code: str
    title: str
    level: str
    kind: str
    marks: tuple[str, ...] = ()
    middle: float = 0.0  # place among the marks that a student of average standing reaches


_AP, _AICE, _IB = ("1", "2", "3", "4", "5"), ("U", "E", "D", "C", "B", "A"), ("1", "2", "3", "4", "5", "6", "7")
_EVERYWHERE = (
    Course("AP-ENG-LANG", "AP English Language", "Advanced Placement", "ap", _AP, 1.9),
    Course("DC-ENG-COMP", "Dual Credit English Composition", "Dual Credit", "dual"),
    Course("IC-CONSTR", "Construction Trades", "Industry Certification", "industry"),
    Course("AP-CALC-AB", "AP Calculus AB", "Advanced Placement", "ap", _AP, 1.8),
    Course("DC-ALGEBRA", "Dual Credit College Algebra", "Dual Credit", "dual"),
    Course("IC-HEALTH", "Health Sciences", "Industry Certification", "industry"),
    Course("HON-ENG", "Honors English", "Honors", ""),
)
_AICE_COURSE = Course("AICE-GP", "AICE General Paper", "AICE", "aice", _AICE, 2.0)
_IB_COURSE = Course("IB-ENG-HL", "IB English HL", "International Baccalaureate", "ib", _IB, 3.3)


def offered(district: District) -> list[Course]:
    """The courses of a district."""
    more = [_AICE_COURSE] if district.district_id % 2 else []
    return [*_EVERYWHERE, *more, *([_IB_COURSE] if district.cohort >= _LARGE_COHORT else [])]


def lines(district: District) -> list[str]:
    """The courses of a district, the same in each year."""
    return [
        compact(
            {
                "courseCode": course.code,
                "educationOrganizationReference": {"educationOrganizationId": district.district_id},
                "courseTitle": course.title,
                "levelCharacteristics": [
                    {"courseLevelCharacteristicDescriptor": descriptor("CourseLevelCharacteristic", course.level)}
                ],
            }
        )
        for course in offered(district)
    ]


def transcripts(rows: Enrollments, now: Population, plan: Plan, district: int, term: Term, seed: int) -> list[str]:
    """What students took who ended the year in the district."""
    dice = Dice(seed, "transcripts", term.year, district)
    courses = offered(plan.districts[district])
    ends = np.flatnonzero(rows.exit == len(term.days) - 1)
    who = rows.student[ends]
    keen = np.clip(1 + 0.5 * now.ability[who], 0.2, 2.0)
    takes = dice.chance(len(who), np.clip(_TAKES[now.grade[who]] * keen, 0.0, 0.95))
    who = who[takes & ~now.alternate[who]]
    times = 1 + dice.chance(len(who), 0.35).astype(np.int64)
    first = dice.below(len(who), len(courses))
    student = np.repeat(who, times)
    nth = np.arange(len(student), dtype=np.int64) - np.repeat(np.cumsum(times) - times, times)
    course = (np.repeat(first, times) + nth) % len(courses)
    outcome = dice.pick(len(student), _OUTCOME_WEIGHTS)
    middles = np.array([each.middle for each in courses])[course]
    tops = np.array([max(len(each.marks) - 1, 0) for each in courses], dtype=np.int64)[course]
    reached = np.floor(middles + 1.2 * now.ability[student] + 0.8 * dice.bell(len(student)) + 0.5).astype(np.int64)
    mark = np.clip(reached, 0, tops)
    passed = dice.chance(len(student), np.clip(0.75 + 0.15 * now.ability[student], 0.1, 0.97))
    return _texts(now.student_id[student], course, outcome, mark, passed, courses, plan.districts[district], term)


def _texts(
    student_id: Ints, course: Ints, outcome: Ints, mark: Ints, passed: Flags, courses: list[Course],
    district: District, term: Term,
) -> list[str]:  # fmt: skip
    place = district.district_id
    heads = [
        f'{{"courseReference":{{"courseCode":"{each.code}","educationOrganizationId":{place}}},'
        f'"studentAcademicRecordReference":{{"educationOrganizationId":{place},"schoolYear":{term.year},'
        f'"studentUniqueId":"'
        for each in courses
    ]
    tails = [
        f'","termDescriptor":"{_TERM}"}},"courseAttemptResultDescriptor":"{descriptor("CourseAttemptResult", code)}"'
        for code in _OUTCOMES
    ]
    return [
        f"{heads[at]}{student}{tails[end]}{_came_of_it(courses[at], end == 0, is_passed, reached)}}}"
        for student, at, end, reached, is_passed in rows_of(student_id, course, outcome, mark, passed)
    ]


def _came_of_it(course: Course, is_done: bool, is_passed: bool, mark: int) -> str:
    """Credits, and the exam's mark, the college credit or the credential where there is one."""
    credits = ',"earnedCredits":1.0' if is_done else ',"earnedCredits":0.0'
    if not course.kind or not is_done:
        return credits
    said = "true" if is_passed else "false"
    if course.marks:
        fact = f'"examScore":"{course.marks[mark]}"'
    else:
        fact = f'"{"creditAwarded" if course.kind == "dual" else "credentialPassed"}":{said}'
    return f"{credits}," + extension(f'"accelerated":{{{fact}}}')
