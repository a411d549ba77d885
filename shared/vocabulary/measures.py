"""Measures: what is counted of whom. A measure is a subject and a kind; its counts are integers."""

SUBJECTS = ("reading", "math", "science", "history")
SUBJECT_LABELS = {
    "reading": "Reading",
    "math": "Mathematics",
    "science": "Science",
    "history": "U.S. History",
}

# Areas of the points tables that are no subject. Their measures: progress, rate, performance, participation.
AREA_LABELS = {
    "english_learners": "English learners",
    "graduation": "Graduation",
    "acceleration": "Acceleration",
    "readiness": "College and career readiness",
}

PROFICIENCY = "proficiency"
GROWTH = "growth"
GROWTH_LOWEST = "growth_lowest"
PARTICIPATION = "participation"
LEVEL = "level"

KIND_LABELS = {
    PROFICIENCY: "proficiency",
    GROWTH: "growth, all students",
    GROWTH_LOWEST: "growth, lowest 25 percent",
    PARTICIPATION: "participation",
}

# Growth is summed in hundredths, so that a weight such as 1.25 stays an integer; every other measure counts heads.
UNITS = {GROWTH: 100, GROWTH_LOWEST: 100}


def measure(subject: str, kind: str) -> str:
    """The id of a measure, such as "reading.growth"; a level carries its rank: "math.level.4"."""
    return f"{subject}.{kind}"


def subject_of(measure_id: str) -> str:
    """The subject of a measure id."""
    return measure_id.split(".", 1)[0]


def kind_of(measure_id: str) -> str:
    """The kind of a measure id: "reading.level.4" is a "level"."""
    return measure_id.split(".")[1]


def unit_of(measure_id: str) -> int:
    """How many parts of the numerator make one student: 100 for growth, else 1."""
    return UNITS.get(kind_of(measure_id), 1)


def label(measure_id: str) -> str:
    """The name a reader sees, such as "Reading: growth, all students"."""
    subject, kind = measure_id.split(".", 1)
    return f"{(SUBJECT_LABELS | AREA_LABELS)[subject]}: {KIND_LABELS.get(kind, kind.replace('.', ' '))}"
