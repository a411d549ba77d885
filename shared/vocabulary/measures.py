"""Measures: what is counted of whom. A measure is a subject, or one test of it, and a kind; its counts are integers."""

import re
from collections.abc import Mapping

SUBJECTS = ("reading", "math", "science", "history")
SUBJECT_LABELS = {
    "reading": "Reading",
    "math": "Mathematics",
    "science": "Science",
    "history": "U.S. History",
}

# Areas that are no subject of a test: the part of a measure's id before the dot.
ENGLISH_LEARNERS, GRADUATION, ACCELERATION, READINESS = "english_learners", "graduation", "acceleration", "readiness"
ATTENDANCE, DISCIPLINE, ADVANCED, PRESCHOOL = "attendance", "discipline", "advanced", "preschool"
OUTCOMES, SPENDING, TEACHERS, EQUITY, SAFETY = "outcomes", "spending", "teachers", "equity", "safety"
AREA_LABELS = {
    ENGLISH_LEARNERS: "English learners",
    GRADUATION: "Graduation",
    ACCELERATION: "Acceleration",
    READINESS: "College and career readiness",
    ATTENDANCE: "Attendance",
    DISCIPLINE: "Discipline",
    ADVANCED: "Advanced coursework",
    PRESCHOOL: "Preschool",
    OUTCOMES: "After graduation",
    SAFETY: "Incidents of violence",
    SPENDING: "Spending per student",
    TEACHERS: "Teachers and leaders",
    EQUITY: "Educator equity",
}

PROFICIENCY = "proficiency"
GROWTH = "growth"
GROWTH_LOWEST = "growth_lowest"
PARTICIPATION = "participation"
LEVEL = "level"
ALTERNATE = "alternate"

KIND_LABELS = {
    PROFICIENCY: "proficiency",
    GROWTH: "growth, all students",
    GROWTH_LOWEST: "growth, lowest 25 percent",
    PARTICIPATION: "participation",
    ALTERNATE: "tested in the alternate program",
}

PROGRESS = "progress"

# Growth is summed in hundredths, so that a weight such as 1.25 stays an integer; progress to English, a share of a
# yearly goal, in millionths, each student's rounded half-up (COMP-8); half credit in readiness in halves (COMP-7).
# Every other measure counts heads.
UNITS = {GROWTH: 100, GROWTH_LOWEST: 100, PROGRESS: 1_000_000, f"{READINESS}.rate": 2}


def measure(subject: str, kind: str) -> str:
    """The id of a measure, such as "reading.growth"; a level carries its rank: "math.level.4"."""
    return f"{subject}.{kind}"


def subject_of(measure_id: str) -> str:
    """The subject of a measure id."""
    return measure_id.split(".", 1)[0]


def kind_of(measure_id: str) -> str:
    """The kind of a measure id: "reading.level.4" is a "level"."""
    return measure_id.split(".")[1]


def word_of(name: str) -> str:
    """A program or test as it stands in a measure id: small letters and digits, "U.S. History" is "u-s-history"."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")


def of_test(subject: str, program: str, test: str) -> str:
    """What stands before a measure's kind when it is of one test: "reading:maap:grade-3"."""
    return f"{subject}:{word_of(program)}:{word_of(test)}"


def told_test(measure_id: str) -> tuple[str, str, str] | None:
    """Subject, program and test of a measure of one test, the last two as words; None of any other measure."""
    subject, _, rest = subject_of(measure_id).partition(":")
    program, _, test = rest.partition(":")
    return (subject, program, test) if rest else None


def unit_of(measure_id: str) -> int:
    """How many parts of the numerator make one student: 1 where heads are counted."""
    return UNITS.get(measure_id) or UNITS.get(kind_of(measure_id), 1)


def label(measure_id: str) -> str:
    """The name a reader sees, such as "Reading: growth, all students"."""
    area, kind = measure_id.split(".", 1)
    test = told_test(measure_id)
    named = test_label(test, {}) if test else (SUBJECT_LABELS | AREA_LABELS)[area]
    return f"{named}: {KIND_LABELS.get(kind, kind.replace('.', ' '))}"


def test_label(test: tuple[str, str, str], words: Mapping[str, str]) -> str:
    """The name of a test as a reader sees it: "Reading, MAAP, grade 3". `words`: a state's own for program and test."""
    subject, program, name = test
    told = words.get(program, program.upper()), words.get(name, name.replace("-", " "))
    return ", ".join((SUBJECT_LABELS[subject], *told))
