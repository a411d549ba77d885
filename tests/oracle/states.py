"""Small states as canonical records: Hypothesis draws their shape and a seed, dice fill them where rules have edges."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from services.scoring import Frames, frames_of
from services.scoring.files import RECORDS
from shared.events.records import (
    AssessmentRecord,
    DemographicsRecord,
    DistrictRecord,
    EnrollmentRecord,
    LevelRange,
    ResultRecord,
    SchoolRecord,
)
from shared.vocabulary.subgroups import FLAGS, GENDERS, RACES

STATE, YEAR = "ms", "2024-25"  # whose window has 144 days of instruction, so that exactly 75 percent can be enrolled
EARLIER = ("2023-24", "2022-23")
FIRST_DAY, LAST_DAY = date(2024, 8, 5), date(2025, 5, 22)
ENOUGH = date(2024, 9, 25), date(2025, 1, 31)  # who enters on the first or leaves on the second is enrolled 108 days
SPANS = {
    "elementary": ("03", "04", "05"),
    "middle": ("06", "07", "08"),
    "high": ("09", "10", "11", "12"),
    "all": ("05", "08", "10", "12"),
}
LEVELS = {
    "MAAP": ("Minimal", "Basic", "Passing", "Proficient", "Advanced"),
    "MAAP-A": ("Basic", "Passing", "Proficient"),
}
WIDTHS = {"reading": 20, "math": 21, "science": 20, "history": 21}  # a level's middle is a score only where it is odd
COURSES = {"reading": "English II", "math": "Algebra I", "science": "Biology I", "history": "US History"}

Record = Any


@dataclass(frozen=True)
class Shape:
    """Districts as the kinds of their schools, each with how many students a grade has; and what fills them."""

    districts: tuple[tuple[tuple[str, int], ...], ...]
    seed: int


_schools = st.tuples(
    st.sampled_from(sorted(SPANS)), st.one_of(st.integers(3, 6), st.integers(9, 11), st.integers(3, 25))
)
shapes = st.builds(
    Shape,
    st.lists(st.lists(_schools, min_size=1, max_size=4).map(tuple), min_size=1, max_size=3).map(tuple),
    st.integers(0, 2**32),
)


@dataclass(frozen=True)
class Pupil:
    """Where a student is this year."""

    student_id: str
    school_id: str
    grade: str


def state_of(shape: Shape) -> list[Record]:
    """The directory, students with results of this year and earlier ones, in no particular order."""
    dice = random.Random(shape.seed)
    schools = list(schools_of(shape))
    told: list[Record] = [
        DistrictRecord(district_id=f"D{n}", name=f"District {n}") for n in range(len(shape.districts))
    ]
    told += [school for school, _ in schools]
    told += _tests()
    for pupil in pupils_of(shape):
        told += _stays(dice, pupil, [school.school_id for school, _ in schools])
        told += _groups(dice, pupil, len(shape.districts))
        told += _results(dice, pupil, [school.school_id for school, _ in schools])
    dice.shuffle(told)
    return told


def pupils_of(shape: Shape) -> list[Pupil]:
    """Every student: as many a grade as the shape says."""
    return [
        Pupil(f"{school.school_id}-{grade}-{number}", school.school_id, grade)
        for school, size in schools_of(shape)
        for grade in school.grades
        for number in range(size)
    ]


def frames(told: list[Record]) -> Frames:
    """The records as the platform reads them, every kind there."""
    rows: dict[str, list[Record]] = {kind: [] for kind in RECORDS if kind != "students"}
    kinds = {record: kind for kind, record in RECORDS.items()}
    for record in told:
        rows[kinds[type(record)]].append(record)
    return frames_of({kind: _frame(kind, found) for kind, found in rows.items()})


def _frame(kind: str, found: list[Record]) -> pl.DataFrame:
    dumped = [record.model_dump(mode="json") for record in found]
    return pl.DataFrame({name: _column(name, dumped, RECORDS[kind]) for name in RECORDS[kind].model_fields})


def _column(name: str, dumped: list[dict[str, Any]], record: Any) -> pl.Series:
    annotation = str(record.model_fields[name].annotation)
    values = [each[name] for each in dumped]
    if "tuple" in annotation:
        return pl.Series(name, [json.dumps(value) for value in values], pl.String)
    dtype = pl.Boolean if "bool" in annotation else pl.Int64 if "int" in annotation else pl.String
    return pl.Series(name, values, dtype)


def schools_of(shape: Shape) -> Iterator[tuple[SchoolRecord, int]]:
    """Each school and how many students a grade of it has."""
    for district, kinds in enumerate(shape.districts):
        for number, (kind, size) in enumerate(kinds):
            name = f"D{district}S{number}"
            yield (
                SchoolRecord(
                    school_id=name, district_id=f"D{district}", name=name, grades=SPANS[kind], title_i=number % 2 == 0
                ),
                size,
            )


def _tests() -> Iterator[AssessmentRecord]:
    for program, subject, year in itertools.product(LEVELS, WIDTHS, (YEAR, *EARLIER)):
        for test in (*(f"grade {grade}" for grade in range(3, 9)), COURSES[subject]):
            yield AssessmentRecord(
                assessment_id=_test_id(program, subject, test, year),
                program=program,
                subject=subject,
                test=test,
                levels=tuple(
                    LevelRange(name=name, lowest=_lowest(subject, rank), highest=_lowest(subject, rank + 1) - 1)
                    for rank, name in enumerate(LEVELS[program], start=1)
                ),
            )


def _test_id(program: str, subject: str, test: str, year: str) -> str:
    return f"{program} {subject} {test} {year}"


def _lowest(subject: str, rank: int) -> int:
    return 100 + WIDTHS[subject] * rank


def _stays(dice: random.Random, pupil: Pupil, schools: list[str]) -> Iterator[EnrollmentRecord]:
    """A whole year, part of one around the share that counts, or two stays, overlapping or not."""
    edge, leave = (day + timedelta(days=dice.choice((-1, 0, 0, 1, dice.randint(-9, 30)))) for day in ENOUGH)

    def stay(school: str, entry: date, last: date | None) -> EnrollmentRecord:
        return EnrollmentRecord(
            student_id=pupil.student_id, school_id=school, school_year=YEAR, entry_date=entry, exit_date=last,
            grade=pupil.grade,
        )  # fmt: skip

    other, kind = dice.choice(schools), dice.random()
    if kind < 0.75:
        yield stay(pupil.school_id, FIRST_DAY, dice.choice((None, LAST_DAY)))
    elif kind < 0.83:
        yield stay(pupil.school_id, edge, None)
    elif kind < 0.87:
        yield stay(pupil.school_id, FIRST_DAY, leave)
    elif kind < 0.97:
        overlap = dice.randrange(-3, 30)
        if other != pupil.school_id or overlap < 0:
            yield stay(other, FIRST_DAY, edge + timedelta(days=overlap))
        yield stay(pupil.school_id, edge, LAST_DAY)
    else:
        yield stay(pupil.school_id, FIRST_DAY, None)
        if other != pupil.school_id:
            yield stay(other, FIRST_DAY, None)


def _groups(dice: random.Random, pupil: Pupil, districts: int) -> Iterator[DemographicsRecord]:
    for district in {pupil.school_id[:2], f"D{dice.randrange(districts)}"} if dice.random() < 0.93 else ():
        yield DemographicsRecord(
            student_id=pupil.student_id,
            district_id=district,
            school_year=YEAR,
            gender=dice.choice((*GENDERS, None)),
            race=dice.choice((*RACES, None)),
            **{flag: dice.random() < 0.3 for flag in FLAGS},
        )


def _results(dice: random.Random, pupil: Pupil, schools: list[str]) -> Iterator[ResultRecord]:
    grade, alternate = int(pupil.grade), dice.random() < 0.08
    for subject, course in COURSES.items():
        if grade < 9 and (subject == "history" or (subject == "science" and grade not in (5, 8))):
            continue
        test = f"grade {grade}" if grade < 9 else course
        if grade == 8 and subject == "math" and dice.random() < 0.3:
            test = course
        if dice.random() < 0.97:
            yield from _sittings(dice, pupil, subject, test, YEAR, alternate, schools)
        for back, year in enumerate(EARLIER, start=1):
            if dice.random() < (0.88 if back == 1 else 0.4):
                earlier = f"grade {min(max(grade - back, 3), 8)}"
                yield from _sittings(dice, pupil, subject, earlier, year, alternate ^ (dice.random() < 0.04), [])


def _sittings(
    dice: random.Random, pupil: Pupil, subject: str, test: str, year: str, alternate: bool, schools: list[str]
) -> Iterator[ResultRecord]:
    """One result, now and then two; `schools`: others that may have reported it."""
    program = "MAAP-A" if alternate and subject != "history" else "MAAP"
    for number in range(2 if dice.random() < 0.05 else 1):
        rank = dice.randint(1, len(LEVELS[program]))
        low, high = _lowest(subject, rank), _lowest(subject, rank + 1) - 1
        middle = (low + high) // 2
        score = dice.choice((low, high, middle, middle + 1, middle - 1)) if dice.random() < 0.97 else None
        scored = dice.random() < 0.95
        where: str | None = pupil.school_id
        if schools and dice.random() < 0.1:
            where = dice.choice((*schools, None))
        yield ResultRecord(
            result_id=f"{pupil.student_id} {subject} {year} {number}",
            assessment_id=_test_id(program, subject, test, year),
            student_id=pupil.student_id,
            school_year=year,
            school_id=where,
            level=LEVELS[program][rank - 1] if scored else None,
            scale_score=score if scored else None,
        )
