"""The parts that texts of many bodies are made of: descriptors, references, compact JSON."""

import json
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np

from deploy.sample.dice import Ints
from deploy.sample.plan import Plan

_EDFI = "uri://ed-fi.org/"
NAMESPACE = "uri://sample.example/Assessment"
GRADE_NAMES = (
    "Kindergarten", "First grade", "Second grade", "Third grade", "Fourth grade", "Fifth grade", "Sixth grade",
    "Seventh grade", "Eighth grade", "Ninth grade", "Tenth grade", "Eleventh grade", "Twelfth grade",
)  # fmt: skip


def compact(body: object) -> str:
    """A body as one line of JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def descriptor(kind: str, code: str) -> str:
    """A descriptor's value in Ed-Fi's namespace."""
    return f"{_EDFI}{kind}Descriptor#{code}"


def field_of(kind: str, code: str) -> str:
    """A property that holds a descriptor and is named after it, as text."""
    return f'"{kind[0].lower()}{kind[1:]}Descriptor":"{descriptor(kind, code)}"'


def listed(field: str, kind: str, codes: tuple[str, ...]) -> str:
    """A property that lists descriptors, with the comma before it; nothing when there are none."""
    return f',"{field}":[' + ",".join(f"{{{field_of(kind, code)}}}" for code in codes) + "]" if codes else ""


def student_of(student_id: object) -> str:
    """A reference to a student."""
    return f'"studentReference":{{"studentUniqueId":"{student_id}"}}'


def school_of(school_id: object) -> str:
    """A reference to a school."""
    return f'"schoolReference":{{"schoolId":{school_id}}}'


def organisation_of(organisation_id: object) -> str:
    """A reference to a school or a district."""
    return f'"educationOrganizationReference":{{"educationOrganizationId":{organisation_id}}}'


def year_of(year: int) -> str:
    """A reference to a school year."""
    return f'"schoolYearTypeReference":{{"schoolYear":{year}}}'


def extension(text: str) -> str:
    """What Ed-Fi has no place for, as the last property."""
    return f'"_ext":{{"schoolmark":{{{text}}}}}'


def assessment_key(code: str, year: int) -> dict[str, object]:
    """What identifies a test of a school year."""
    return {"assessmentIdentifier": f"{code}-{year}", "namespace": NAMESPACE}


def taken(code: str, year: int, day: date) -> tuple[Callable[[int], str], str]:
    """A result's text up to the end of the student's id, and from there to the school's id."""
    key = f'"assessmentReference":{{"assessmentIdentifier":"{code}-{year}","namespace":"{NAMESPACE}"}}'
    middle = f'-{code}-{year}",{key},"studentReference":{{"studentUniqueId":"'
    between = f'"}},"administrationDate":"{day}T14:00:00Z",{year_of(year)},"reportedSchoolReference":{{"schoolId":'
    return lambda student_id: f'{{"studentAssessmentIdentifier":"{student_id}{middle}{student_id}', between


GRADE = tuple(descriptor("GradeLevel", name) for name in GRADE_NAMES)
METHOD = field_of("AssessmentReportingMethod", "Scale score")
INTEGER = field_of("ResultDatatypeType", "Integer")


def school_ids(plan: Plan) -> Ints:
    """The schools' ids, in the order of the plan."""
    return np.array([each.school_id for each in plan.schools], dtype=np.int64)


def rows_of(*columns: np.ndarray) -> Iterator[tuple]:  # type: ignore[type-arg]
    """The rows that the columns make."""
    return zip(*(column.tolist() for column in columns), strict=True)
