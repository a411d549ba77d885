"""The columns of canonical record files, read off the records' own contracts: what each value must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.scoring.rules import frames
from shared.events import records
from shared.events.envelope import Frozen
from shared.vocabulary.grades import GRADES
from shared.vocabulary.subgroups import GENDERS, RACES

RECORDS: Mapping[str, type[Frozen]] = {
    "districts": records.DistrictRecord,
    "schools": records.SchoolRecord,
    "assessments": records.AssessmentRecord,
    "students": records.StudentRecord,
    "demographics": records.DemographicsRecord,
    "enrollments": records.EnrollmentRecord,
    "results": records.ResultRecord,
    "attendance": records.AttendanceRecord,
    "courses": records.CourseRecord,
    "transcripts": records.TranscriptRecord,
    "awards": records.AwardsRecord,
    "cohorts": records.CohortMemberRecord,
    "staff": records.StaffRecord,
    "assignments": records.AssignmentRecord,
    "incidents": records.IncidentRecord,
    "involvements": records.InvolvementRecord,
    "actions": records.ActionRecord,
    "outcomes": records.OutcomeRecord,
    "expenditures": records.ExpenditureRecord,
    "memberships": records.MembershipRecord,
}
NEEDED = ("districts", "schools", "assessments", "demographics", "enrollments", "results")
_STUDENTS: frames.Schema = {"student_id": frames.RESULTS["student_id"]}
# What is kept of a file: what the rules read; of students, whom no rule reads, the key.
SCHEMAS = {**frames.SCHEMAS, "results": frames.OTHER_RESULTS, "students": _STUDENTS}
KEYS = {**frames.KEYS, "students": tuple(_STUDENTS)}
# Whose id a record names; as at ingest, a record does not count without them.
_STUDENT = {"student_id": "students"}
_SCHOOL, _DISTRICT = {"school_id": "schools"}, {"district_id": "districts"}
PARENTS: Mapping[str, Mapping[str, str]] = {
    "schools": _DISTRICT,
    "demographics": _DISTRICT | _STUDENT,
    "enrollments": _SCHOOL | _STUDENT,
    "results": {"assessment_id": "assessments"} | _SCHOOL | _STUDENT,
    "attendance": _SCHOOL | _STUDENT,
    "courses": _SCHOOL | _DISTRICT,
    "transcripts": {"course_id": "courses"} | _SCHOOL | _DISTRICT | _STUDENT,
    "awards": _SCHOOL | _DISTRICT | _STUDENT,
    "cohorts": _SCHOOL | _DISTRICT | _STUDENT,
    "assignments": {"staff_id": "staff"} | _SCHOOL | _DISTRICT,
    "incidents": _SCHOOL,
    "involvements": _SCHOOL | _STUDENT,
    "actions": _SCHOOL | _STUDENT,
    "outcomes": _STUDENT,
    "expenditures": _SCHOOL | _DISTRICT,
    "memberships": _SCHOOL | _DISTRICT,
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
_OBJECTS = {
    "LevelRange": '{"name":"Passing","lowest":60,"highest":79}',
    "ScorePart": '{"name":"math","score":22}',
    "Duty": '{"subject":"math","fte_thousandths":500,"in_field":true,"credential":"standard"}',
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
    of_objects: str | None = None  # of a list: what one of its objects looks like

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
            if self.of_objects:
                return f"a list, such as [{self.of_objects}]"
            members = f" of {', '.join(self.choices)}" if self.choices else ""
            inside = ",".join(f'"{word}"' for word in self.choices[1:3] or ("fighting",))
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
        choices=tuple(way.get("enum", way.get("items", {}).get("enum", words))),
        least=way.get("minimum", Column.least),
        greatest=way.get("maximum", Column.greatest),
        of_objects=_OBJECTS.get(way.get("items", {}).get("$ref", "").rpartition("/")[2]),
    )
