"""The columns of canonical record files, read off the records' own contracts: what each value must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from services.scoring.rules import frames
from shared.events.envelope import Frozen
from shared.events.records import (
    AssessmentRecord,
    AttendanceRecord,
    DemographicsRecord,
    DistrictRecord,
    EnrollmentRecord,
    ResultRecord,
    SchoolRecord,
    StudentRecord,
)
from shared.vocabulary.grades import GRADES
from shared.vocabulary.subgroups import GENDERS, RACES

RECORDS: Mapping[str, type[Frozen]] = {
    "districts": DistrictRecord,
    "schools": SchoolRecord,
    "assessments": AssessmentRecord,
    "students": StudentRecord,
    "demographics": DemographicsRecord,
    "enrollments": EnrollmentRecord,
    "results": ResultRecord,
    "attendance": AttendanceRecord,
}
NEEDED = tuple(frames.SCHEMAS)  # the rules read these; the others are checked where they are there
_STUDENTS: frames.Schema = {"student_id": frames.RESULTS["student_id"]}
_ATTENDANCE: frames.Schema = {
    **_STUDENTS,
    "school_id": frames.WORD,
    "school_year": frames.WORD,
    "day": pl.Date,
    "category": frames.WORD,
}
# What is kept of a file: what the rules read; of what no rule reads, the key.
SCHEMAS = {**frames.SCHEMAS, "students": _STUDENTS, "attendance": _ATTENDANCE}
KEYS = {**frames.KEYS, "students": tuple(_STUDENTS), "attendance": tuple(_ATTENDANCE)}
# Whose id a record names; as at ingest, a record does not count without them.
PARENTS: Mapping[str, Mapping[str, str]] = {
    "schools": {"district_id": "districts"},
    "demographics": {"district_id": "districts", "student_id": "students"},
    "enrollments": {"school_id": "schools", "student_id": "students"},
    "results": {"assessment_id": "assessments", "school_id": "schools", "student_id": "students"},
    "attendance": {"school_id": "schools", "student_id": "students"},
}

# Words that the rules look for; ingest lets no other in, and another one would be counted nowhere.
_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("schools", "grades"): GRADES,
    ("demographics", "gender"): GENDERS,
    ("demographics", "race"): RACES,
}

TEXT, YEAR, DAY, TRUTH, WHOLE, LIST = "text", "school year", "day", "truth", "whole", "list"
_FORMS = {"boolean": TRUTH, "integer": WHOLE, "array": LIST}
_NINE_DIGITS = 10**9 - 1
_EXPECTED = {
    TEXT: "text",
    YEAR: "a school year, such as 2024-25",
    DAY: "a day written YYYY-MM-DD",
    TRUTH: "true or false",
}


@dataclass(frozen=True)
class Column:
    """A field of a record: its form, and the bounds or choices of its values. `default` None: it has none."""

    name: str
    form: str
    is_required: bool
    may_be_empty: bool
    default: Any = None
    choices: tuple[str, ...] = ()
    least: int = -_NINE_DIGITS
    greatest: int = _NINE_DIGITS
    of_levels: bool = False

    def expected(self) -> str:
        """What a value must be, in words."""
        return self._must_be() + (", or left out" if self.may_be_empty else "")

    def _must_be(self) -> str:
        if self.choices and self.form == TEXT:
            return f"one of {', '.join(self.choices)}"
        if self.form == WHOLE:
            narrower = (self.least, self.greatest) != (Column.least, Column.greatest)
            bounds = f"from {self.least} to {self.greatest}" if narrower else "of nine digits at most"
            return f"a whole number {bounds}"
        if self.form == LIST:
            inside = '{"name":"Passing","lowest":60,"highest":79}' if self.of_levels else '"KG","01"'
            members = f" of {', '.join(self.choices)}" if self.choices else ""
            return f"a list{members}, such as [{inside}]"
        return _EXPECTED[self.form]


@cache
def columns_of(kind: str) -> tuple[Column, ...]:
    """The fields of a kind of record, in the contract's order."""
    schema = RECORDS[kind].model_json_schema()
    required = schema["required"]
    return tuple(
        _column(name, told, name in required, _WORDS.get((kind, name), ()))
        for name, told in schema["properties"].items()
    )


def _column(name: str, told: dict[str, Any], is_required: bool, words: tuple[str, ...]) -> Column:
    ways = told.get("anyOf", [told])
    (way,) = [each for each in ways if each["type"] != "null"]
    form = DAY if way.get("format") == "date" else _FORMS.get(way["type"], TEXT)
    return Column(
        name=name,
        form=YEAR if name == "school_year" else form,
        is_required=is_required,
        may_be_empty=len(ways) > 1,
        default=told.get("default"),
        choices=tuple(way.get("enum", words)),
        least=way.get("minimum", Column.least),
        greatest=way.get("maximum", Column.greatest),
        of_levels="$ref" in way.get("items", {}),
    )
