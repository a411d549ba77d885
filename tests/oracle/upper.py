"""What makes the other components of a small state: cohorts, courses, college entrance, English learners' tests."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from shared.events.records import (
    AssessmentRecord,
    AwardsRecord,
    CohortMemberRecord,
    CourseRecord,
    DemographicsRecord,
    EnrollmentRecord,
    LevelRange,
    ResultRecord,
    ScorePart,
    TranscriptRecord,
)
from shared.vocabulary.subgroups import GENDERS, RACES
from tests.oracle.states import EARLIER, YEAR, Pupil, Record, Shape, pupils_of, schools_of

CLASS = EARLIER[0]
CLASS_YEARS = (("2020-21", 2020), ("2021-22", 2021), ("2022-23", 2022), ("2023-24", 2023))
COURSES = {"AICE1": ("aice",), "AP1": ("ap",), "IBAP": ("ib", "ap"), "DUAL": ("dual",), "IND": ("industry",), "GYM": ()}
MARKS = {"aice": ("U", "E", "A*"), "ap": ("2", "3", "5"), "ib": ("3", "4", "7")}
CERTIFICATES = ("Bronze", "Silver", "Gold", "Platinum")


def upper_school(shape: Shape) -> list[Record]:
    """Records beside `state_of`'s, of the same students and of a graduation class."""
    dice = random.Random(shape.seed + 1)
    told: list[Record] = [*_tests(), *_courses()]
    for pupil in pupils_of(shape):
        if dice.random() < 0.25:
            told += _english(dice, pupil)
        if int(pupil.grade) >= 10:
            told += _acceleration(dice, pupil)
        if int(pupil.grade) >= 11:
            told += _readiness(dice, pupil)
    told += _class(dice, shape)
    dice.shuffle(told)
    return told


def _tests() -> Iterator[AssessmentRecord]:
    yield AssessmentRecord(assessment_id="EL", program="ELPT", kind="english_language", test="EL", levels=())
    yield AssessmentRecord(assessment_id="ACT", program="ACT", kind="college_entrance", test="ACT", levels=())
    levels = tuple(LevelRange(name=name) for name in CERTIFICATES)
    yield AssessmentRecord(assessment_id="WK", program="WorkKeys", kind="work_readiness", test="WK", levels=levels)


def _courses() -> Iterator[CourseRecord]:
    for name, kinds in COURSES.items():
        yield CourseRecord(course_id=name, district_id="D0", title=name, kinds=kinds)


def _english(dice: random.Random, pupil: Pupil) -> Iterator[ResultRecord]:
    """A goal of a fifth to the whole of what is missing; scores below, at and above it."""
    year, prior, missing = dice.randint(1, 7), dice.randint(400, 500), dice.choice((1, 7, 40, 80, 81))
    gain = dice.choice((-5, 0, 1, missing // 4, missing // 3, missing, dice.randint(0, 90)))
    for school_year, score in ((YEAR, prior + gain), (CLASS, prior)):
        if school_year == YEAR or dice.random() < 0.9:
            yield ResultRecord(
                result_id=f"{pupil.student_id} EL {school_year}",
                assessment_id="EL",
                student_id=pupil.student_id,
                school_year=school_year,
                school_id=pupil.school_id,
                scale_score=score if dice.random() < 0.95 else None,
                exit_score=prior + missing,
                program_year=year if school_year == YEAR else max(year - 1, 1),
            )


def _acceleration(dice: random.Random, pupil: Pupil) -> Iterator[TranscriptRecord]:
    for course in dice.sample(sorted(COURSES), dice.choice((0, 0, 1, 1, 2))):
        kinds = COURSES[course]
        mark = dice.choice((*MARKS.get(kinds[0], ()), None)) if kinds else None
        yield TranscriptRecord(
            student_id=pupil.student_id,
            course_id=course,
            school_id=pupil.school_id,
            school_year=dice.choice((YEAR, YEAR, YEAR, CLASS)),
            term="Spring",
            outcome=dice.choice(("pass", "pass", "fail", "incomplete", "withdrawn")),
            kind="ap" if mark in MARKS["ap"] and dice.random() < 0.2 else None,
            exam_score=mark,
            credit_awarded=dice.choice((True, False, None)),
            credential_passed=dice.choice((True, False, None)),
        )


def _readiness(dice: random.Random, pupil: Pupil) -> Iterator[Record]:
    """Marks one below, at and above those of the law; a certificate with or without what must come with it."""
    for number, year in enumerate((CLASS, YEAR)):
        if dice.random() < 0.6:
            marks = {
                "english": dice.choice((17, 18, 19)),
                "reading": dice.choice((21, 22)),
                "math": dice.choice((21, 22)),
            }
            parts = tuple(ScorePart(name=name, score=score) for name, score in marks.items() if dice.random() < 0.9)
            yield _other(pupil, "ACT", year, number, None, parts)
    if dice.random() < 0.5:
        yield _other(pupil, "WK", YEAR, 0, dice.choice(CERTIFICATES), ())
    if dice.random() < 0.4:
        yield AwardsRecord(
            student_id=pupil.student_id,
            school_id=pupil.school_id,
            school_year=YEAR,
            term="Spring",
            awards=dice.choice(((), ("industry",), ("regular",))),
            cte_completer=dice.random() < 0.3,
        )


def _other(
    pupil: Pupil, test: str, year: str, number: int, level: str | None, parts: tuple[ScorePart, ...]
) -> ResultRecord:
    return ResultRecord(
        result_id=f"{pupil.student_id} {test} {number}",
        assessment_id=test,
        student_id=pupil.student_id,
        school_year=year,
        school_id=pupil.school_id,
        level=level,
        parts=parts,
    )


def _class(dice: random.Random, shape: Shape) -> Iterator[Record]:
    """The class of the year before, at its school or where its stays of four years were longest."""
    schools = [school.school_id for school, _ in schools_of(shape)]
    for school, size in schools_of(shape):
        for number in range(size if "12" in school.grades else 0):
            student = f"{school.school_id}-class-{number}"
            unplaced = dice.random() < 0.2
            status = dice.choices(("graduate", "excluded", "completer", "dropout", "still_enrolled"), (8, 2, 1, 1, 1))[
                0
            ]
            away = status == "excluded"
            yield CohortMemberRecord(
                student_id=student,
                cohort_year=CLASS if dice.random() < 0.95 else YEAR,
                school_id=None if unplaced else school.school_id,
                district_id=f"D{dice.randrange(len(shape.districts))}"
                if not unplaced and dice.random() < 0.1
                else None,
                entered_as=dice.choice(("first_time", "transfer_in")),
                status=status,
                diploma=dice.choice(("regular", "regular", "alternate", "equivalency"))
                if status == "graduate"
                else None,
                exit_date=dice.choice((date(2024, 5, 24), date(2024, 8, 31), date(2024, 9, 1), None)),
                exit_reason=dice.choice(("out_of_state", "home_school", "deceased", "in_state")) if away else None,
                exit_evidence=dice.choice(("records_request", None)) if away else None,
            )
            if unplaced:
                yield from _four_years(dice, student, (school.school_id, dice.choice(schools)))
            yield DemographicsRecord(
                student_id=student,
                district_id=school.district_id,
                school_year=CLASS,
                gender=dice.choice((*GENDERS, None)),
                race=dice.choice(RACES),
                english_learners=dice.random() < 0.3,
            )


def _four_years(dice: random.Random, student: str, homes: tuple[str, str]) -> Iterator[EnrollmentRecord]:
    """A stay a year, each of 280 days or a few less; two years here and two there is a tie."""
    for number, (year, begins) in enumerate(CLASS_YEARS):
        entry = date(begins, 8, 10)
        yield EnrollmentRecord(
            student_id=student,
            school_id=homes[dice.random() < 0.5],
            school_year=year,
            entry_date=entry,
            exit_date=entry + timedelta(days=dice.choice((279, 279, 250))),
            grade=f"{9 + number:02d}",
        )
