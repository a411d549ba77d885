"""The ingest chapter of a state, typed: what descriptors mean and who may write what."""

from functools import cache
from pathlib import Path
from typing import Any

from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.descriptors import Codes, Intake
from shared.policy import reader
from shared.policy.reader import STATES, Chapter, PolicyError, shaped
from shared.vocabulary.grades import GRADES
from shared.vocabulary.measures import SUBJECTS
from shared.vocabulary.subgroups import FLAGS, GENDERS, RACES

NONE = "none"  # how a chapter writes: this code is known and means nothing to us


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
        subjects=_codes(chapter, "academic_subjects", SUBJECTS),
        levels=_codes(chapter, "performance_levels", order),
        level_order=order,
        scale_score=_codes(chapter, "reporting_methods", ("scale_score", NONE)),
        attendance=_codes(chapter, "attendance_categories", None),
        birth_date_required=_word(chapter, "birth_date", ("required", "optional")) == "required",
        turn_month=int(_word(chapter, "school_year_turns_in_month", tuple(str(month) for month in range(1, 13)))),
        writers=_writers(chapter),
    )


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
