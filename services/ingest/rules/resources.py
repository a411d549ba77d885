"""The one table of resources: what identifies a record, what it needs, what it means and where it goes.

The HTTP routes, bulk intake, listings and the dependency order are all made from it, in its order: parents first.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.ingest.rules import forms, meanings
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.keeping import Parent, Reasons
from services.ingest.rules.meanings import Body, Fields
from services.ingest.rules.shapes import Check, Errors
from shared.vocabulary.identity import NAMESPACE

Needed = tuple[str, tuple[str, ...], str, bool]  # resource, its key, the property that points at it, whether it owns


@dataclass(frozen=True)
class Resource:
    """One resource. `topic` and `part` say which sis event carries its records, and in which of its lists.

    `key` gives the natural key's parts, from a body and the school year of the URL; `leaves` are their names.
    """

    name: str
    topic: str
    part: str
    form: Callable[[Intake], Check]
    leaves: tuple[str, ...]
    key: Callable[[Body, str | None], tuple[Any, ...]]
    meaning: Callable[[Body, Intake, str | None, Errors], Fields]
    needs: Callable[[Fields, Body], Iterable[Needed]]
    owner: str | None = None  # the record field by which a district client's right is decided
    is_school_keyed: bool = False


_NAMESPACE = NAMESPACE.bytes
_VERSION_5 = 5 << 76 | 2 << 62
_UUID_BITS = ~(0xF << 76 | 3 << 62)


def record_id(state: str, resource: str, key: Iterable[str]) -> UUID:
    """The id of a record: uuid5 of state, resource and natural key. Keys hold no NUL, so the join is unambiguous."""
    name = "\x00".join((state, resource, *key)).encode()
    number = int.from_bytes(hashlib.sha1(_NAMESPACE + name).digest()[:16], "big")
    return UUID(int=number & _UUID_BITS | _VERSION_5)


def key_of(resource: Resource, body: Any, year: str | None) -> dict[str, str] | None:
    """The natural key as text, or None when it cannot be read."""
    try:
        parts = resource.key(body, year)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    if not all(type(part) in (str, int) and part != "" and "\x00" not in str(part) for part in parts):
        return None
    return dict(zip(resource.leaves, map(str, parts), strict=True))


def examine(
    resource: Resource, check: Check, body: Any, intake: Intake, year: str | None
) -> tuple[Fields | None, Reasons]:
    """The canonical fields of a body, or why it is not let in: every reason at once, by JSON path."""
    errors: Errors = []
    if type(body) is dict and "id" in body:
        errors.append((".id", "id must be left out; the natural key decides it"))
    check(body, errors)
    fields = resource.meaning(body, intake, year, errors) if not errors else None
    reasons: Reasons = {}
    for path, message in errors:
        name = path.rpartition(".")[2].partition("[")[0]
        sentence = message if message.startswith(name) else f"{name} {message}".strip()
        reasons.setdefault("$" + path, []).append(f"{sentence}.")
    return (fields if not errors else None), reasons


def parents_of(state: str, resource: Resource, fields: Fields, body: Body) -> tuple[Parent, ...]:
    """The records that this one needs."""
    return tuple(
        Parent(_parent_id(state, name, key), reference, owns)
        for name, key, reference, owns in resource.needs(fields, body)
    )


@lru_cache(65536)  # a school is named by every record it has
def _parent_id(state: str, resource: str, key: tuple[str, ...]) -> UUID:
    return record_id(state, resource, key)


def _student(fields: Fields) -> Needed:
    return "students", (fields["student_id"],), "studentReference", False


def _school(fields: Fields, reference: str = "schoolReference") -> Needed:
    return "schools", (fields["school_id"],), reference, True


def _result_needs(fields: Fields, body: Body) -> Iterable[Needed]:
    reference = body["assessmentReference"]
    yield _student(fields)
    yield "assessments", (reference["assessmentIdentifier"], reference["namespace"]), "assessmentReference", False
    if fields["school_id"] is not None:
        yield _school(fields, "reportedSchoolReference")


TABLE = (
    Resource(
        name="localEducationAgencies",
        topic="directory",
        part="districts",
        form=forms.district,
        leaves=("localEducationAgencyId",),
        key=lambda body, year: (body["localEducationAgencyId"],),
        meaning=meanings.district,
        needs=lambda fields, body: (),
        owner="district_id",
    ),
    Resource(
        name="schools",
        topic="directory",
        part="schools",
        form=forms.school,
        leaves=("schoolId",),
        key=lambda body, year: (body["schoolId"],),
        meaning=meanings.school,
        needs=lambda fields, body: (
            ("localEducationAgencies", (fields["district_id"],), "localEducationAgencyReference", True),
        ),
        owner="district_id",
    ),
    Resource(
        name="assessments",
        topic="directory",
        part="assessments",
        form=forms.assessment,
        leaves=("assessmentIdentifier", "namespace"),
        key=lambda body, year: (body["assessmentIdentifier"], body["namespace"]),
        meaning=meanings.assessment,
        needs=lambda fields, body: (),
    ),
    Resource(
        name="students",
        topic="students",
        part="students",
        form=forms.student,
        leaves=("studentUniqueId",),
        key=lambda body, year: (body["studentUniqueId"],),
        meaning=meanings.student,
        needs=lambda fields, body: (),
    ),
    Resource(
        name="studentSchoolAssociations",
        topic="enrollments",
        part="enrollments",
        form=forms.enrollment,
        leaves=(
            "studentUniqueId",
            "schoolId",
            "entryDate",
        ),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["schoolReference"]["schoolId"],
            body["entryDate"],
        ),
        meaning=meanings.enrollment,
        needs=lambda fields, body: (_student(fields), _school(fields)),
        owner="school_id",
        is_school_keyed=True,
    ),
    Resource(
        name="studentEducationOrganizationAssociations",
        topic="students",
        part="demographics",
        form=forms.demographics,
        leaves=(
            "studentUniqueId",
            "educationOrganizationId",
            "schoolYear",
        ),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["educationOrganizationReference"]["educationOrganizationId"],
            meanings.demographics_year(body, year),
        ),
        meaning=meanings.demographics,
        needs=lambda fields, body: (
            _student(fields),
            ("localEducationAgencies", (fields["district_id"],), "educationOrganizationReference", True),
        ),
        owner="district_id",
    ),
    Resource(
        name="studentAssessments",
        topic="results",
        part="results",
        form=forms.result,
        leaves=(
            "studentAssessmentIdentifier",
            "assessmentIdentifier",
            "namespace",
            "studentUniqueId",
        ),
        key=lambda body, year: (
            body["studentAssessmentIdentifier"],
            body["assessmentReference"]["assessmentIdentifier"],
            body["assessmentReference"]["namespace"],
            body["studentReference"]["studentUniqueId"],
        ),
        meaning=meanings.result,
        needs=_result_needs,
        owner="school_id",
        is_school_keyed=True,
    ),
    Resource(
        # Ed-Fi's key also has sessionName; a day's event of one category is one fact here, whatever the session
        name="studentSchoolAttendanceEvents",
        topic="attendance",
        part="events",
        form=forms.attendance,
        leaves=(
            "studentUniqueId",
            "schoolId",
            "schoolYear",
            "eventDate",
            "attendanceEventCategoryDescriptor",
        ),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["schoolReference"]["schoolId"],
            body["sessionReference"]["schoolYear"],
            body["eventDate"],
            body["attendanceEventCategoryDescriptor"].rpartition("#")[2].casefold(),
        ),
        meaning=meanings.attendance,
        needs=lambda fields, body: (_student(fields), _school(fields)),
        owner="school_id",
        is_school_keyed=True,
    ),
)
BY_NAME = {resource.name: resource for resource in TABLE}
