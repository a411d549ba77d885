"""The ingest chapter of a state, typed: what descriptors mean and who may write what."""

from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.descriptors import Codes, Further, Intake, Limits, Program
from services.ingest.rules.forms import ASSESSMENT_KINDS
from shared.policy import reader
from shared.policy.reader import STATES, Chapter, PolicyError, shaped
from shared.vocabulary.grades import GRADES
from shared.vocabulary.measures import SUBJECTS
from shared.vocabulary.subgroups import FLAGS, GENDERS, RACES

NONE = "none"  # how a chapter writes: this code is known and means nothing to us
EXIT_KINDS = ("graduated", "completed", "dropout", "transferred", "year_end", "deceased", "expelled", "other", NONE)
COURSE_KINDS = ("aice", "ap", "ib", "dual", "industry")
AWARDS = ("regular", "alternate", "equivalency", "completion", "industry", "other")
DISCIPLINES = ("in_school_suspension", "out_of_school_suspension", "expulsion")


@cache
def intake_in_force(state: str, folder: Path = STATES) -> Intake:
    """The newest version of the state's chapter: what is pushed today is read by today's descriptors."""
    document = reader.read(folder / state / "ingest.yaml")
    newest = max(part["to"] for part in document["versions"])
    return intake_of(reader.chapter(state, "ingest", newest, folder))


@shaped
def intake_of(chapter: Chapter) -> Intake:
    """A chapter as values. Raises PolicyError where a meaning is none of our words."""
    order = tuple(str(name) for name in reader.value(chapter, "level_order"))
    return Intake(
        grades=_codes(chapter, "grade_levels", GRADES),
        sexes=_codes(chapter, "sexes", (*GENDERS, NONE)),
        races=_codes(chapter, "races", (*RACES, NONE)),
        hispanic=_word(chapter, "hispanic_group", RACES),
        several_races=_word(chapter, "several_races_group", RACES),
        english=_codes(chapter, "english_proficiency", (*FLAGS, NONE)),
        disabilities=_codes(chapter, "disabilities", (*FLAGS, NONE)),
        characteristics=_codes(chapter, "student_characteristics", (*FLAGS, NONE)),
        title_i=_codes(chapter, "title_i_designations", ("yes", "no")),
        subjects=_codes(chapter, "academic_subjects", (*SUBJECTS, NONE)),
        levels=_codes(chapter, "performance_levels", (*order, *reader.value(chapter, "other_levels"))),
        level_order=order,
        scale_score=_codes(chapter, "reporting_methods", ("scale_score", NONE)),
        attendance=_codes(chapter, "attendance_categories", None),
        birth_date_required=_word(chapter, "birth_date", ("required", "optional")) == "required",
        turn_month=int(_word(chapter, "school_year_turns_in_month", tuple(str(month) for month in range(1, 13)))),
        writers=_writers(chapter),
        exits=_codes(chapter, "exit_types", EXIT_KINDS),
        assessment_kinds=_codes(chapter, "assessment_kinds", ASSESSMENT_KINDS),
        objectives=_codes(chapter, "objectives", None),
        tests=_programs(chapter),
        limits=_limits(chapter),
        further=_further(chapter),
    )


def _further(chapter: Chapter) -> Further:
    scores: Any = reader.value(chapter, "exam_scores")
    rated: Any = reader.value(chapter, "effectiveness_range")
    return Further(
        course_levels=_codes(chapter, "course_levels", (*COURSE_KINDS, NONE)),
        attempts=_codes(chapter, "attempt_results", ("pass", "fail", "incomplete", "withdrawn")),
        diplomas=_codes(chapter, "diplomas", AWARDS),
        achievements=_codes(chapter, "achievement_categories", (*AWARDS, NONE)),
        classifications=_codes(chapter, "staff_classifications", ("teacher", "school_leader", "other")),
        credentials=_codes(chapter, "teaching_credentials", ("standard", "provisional", "emergency", NONE)),
        behaviors=_codes(chapter, "behaviors", None),
        disciplines=_codes(chapter, "disciplines", (*DISCIPLINES, NONE)),
        outcomes=_codes(chapter, "outcomes", ("enrolled", "employed", NONE)),
        exam_scores={kind: frozenset(listed) for kind, listed in scores.items()},
        effectiveness=(_number(rated["lowest"]), _number(rated["highest"])),
    )


def _programs(chapter: Chapter) -> dict[str, Program]:
    found: Any = reader.value(chapter, "tests_by_program")
    return {
        name: Program(told["since"], {subject: frozenset(told[subject]) for subject in SUBJECTS if subject in told})
        for name, told in found.items()
    }


def _limits(chapter: Chapter) -> Limits:
    migrant: Any = reader.value(chapter, "migrant_limits")
    foster: Any = reader.value(chapter, "foster_limits")
    ages = int(_number(migrant["lowest_age"])), int(_number(migrant["highest_age"]))
    return Limits(
        migrant_ages=ages,
        migrant_months=int(_number(migrant["months"])),
        foster_age=int(_number(foster["highest_age"])),
        foster_age_placed=int(_number(foster["highest_age_placed"])),
    )


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise PolicyError(f"ingest chapter: {text!r} is no number") from None


def _codes(chapter: Chapter, name: str, words: tuple[str, ...] | None) -> Codes:
    found: Any = reader.value(chapter, name)
    for code, meaning in found.items():
        if words is not None and meaning not in words:
            raise PolicyError(f"ingest chapter, {name}, {code}: {meaning!r} is none of {', '.join(words)}")
    return Codes({code: "" if meaning == NONE else meaning for code, meaning in found.items()})


def _word(chapter: Chapter, name: str, words: tuple[str, ...]) -> str:
    found = str(reader.value(chapter, name))
    if found not in words:
        raise PolicyError(f"ingest chapter, {name}: {found!r} is none of {', '.join(words)}")
    return found


def _writers(chapter: Chapter) -> dict[str, frozenset[str]]:
    found: Any = reader.value(chapter, "writers")
    if set(found) != set(BY_NAME):
        raise PolicyError(f"ingest chapter, writers: name each of {', '.join(BY_NAME)} once, and nothing else")
    return {resource: frozenset(kinds) for resource, kinds in found.items()}
