"""Counts a demo's totals anew from the sample's own files and compares them with what the line came to."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy import story
from deploy.sample.manifest import Manifest

SUBJECTS = {
    "English Language Arts": "reading",
    "Mathematics": "math",
    "Science": "science",
    "Social Studies": "history",
}


Body = dict[str, Any]
Key = Callable[[Body], tuple[object, ...]]


def _student(body: Body) -> str:
    return str(body["studentReference"]["studentUniqueId"])


def _organisation(body: Body) -> int:
    return int(body["educationOrganizationReference"]["educationOrganizationId"])


KEYS: dict[str, Key] = {
    "localEducationAgencies": lambda b: (b["localEducationAgencyId"],),
    "schools": lambda b: (b["schoolId"],),
    "students": lambda b: (b["studentUniqueId"],),
    "studentSchoolAssociations": lambda b: (
        b["studentReference"]["studentUniqueId"],
        b["schoolReference"]["schoolId"],
        b["entryDate"],
    ),
    "studentEducationOrganizationAssociations": lambda b: (
        b["studentReference"]["studentUniqueId"],
        b["educationOrganizationReference"]["educationOrganizationId"],
        b["_ext"]["schoolmark"]["schoolYear"],
    ),
    "assessments": lambda b: (b["assessmentIdentifier"], b["namespace"]),
    "studentAssessments": lambda b: (b["studentAssessmentIdentifier"],),
    "studentSchoolAttendanceEvents": lambda b: (
        b["studentReference"]["studentUniqueId"],
        b["schoolReference"]["schoolId"],
        b["sessionReference"]["sessionName"],
        b["eventDate"],
        b["attendanceEventCategoryDescriptor"],
    ),
    "courses": lambda b: (b["courseCode"], _organisation(b)),
    "courseTranscripts": lambda b: (
        *b["courseReference"].values(),
        *b["studentAcademicRecordReference"].values(),
        b["courseAttemptResultDescriptor"],
    ),
    "studentAcademicRecords": lambda b: (
        _student(b),
        _organisation(b),
        b["schoolYearTypeReference"]["schoolYear"],
        b["termDescriptor"],
    ),
    "staffs": lambda b: (b["staffUniqueId"],),
    "staffEducationOrganizationAssignmentAssociations": lambda b: (
        b["staffReference"]["staffUniqueId"],
        _organisation(b),
        b["staffClassificationDescriptor"],
        b["beginDate"],
    ),
    "disciplineIncidents": lambda b: (b["incidentIdentifier"], b["schoolReference"]["schoolId"]),
    "studentDisciplineIncidentBehaviorAssociations": lambda b: (
        _student(b),
        *b["disciplineIncidentReference"].values(),
    ),
    "disciplineActions": lambda b: (
        b["disciplineActionIdentifier"],
        b["disciplineDate"],
        _student(b),
        b["responsibilitySchoolReference"]["schoolId"],
    ),
    "localActuals": lambda b: (*b["localAccountReference"].values(), b["asOfDate"]),
    "graduationCohortMembers": lambda b: (_student(b), b["cohortYear"]),
    "postSecondaryEvents": lambda b: (_student(b), b["eventDate"], b["postSecondaryEventCategoryDescriptor"]),
    "educationOrganizationMemberships": lambda b: (_organisation(b), b["schoolYearTypeReference"]["schoolYear"]),
}


class Differs(RuntimeError):
    """A total of the line is not the total of the files; the message names both numbers."""


def participation(folder: Path, school_year: str) -> dict[str, tuple[int, int]]:
    """(tested, expected) students by subject, statewide, counted from the result files with nothing but json."""
    subjects: dict[str, str] = {}
    tested: dict[str, set[str]] = {}
    expected: dict[str, set[str]] = {}
    for line in (folder / "state" / school_year / "assessments.ndjson").open(encoding="utf-8"):
        body = json.loads(line)
        descriptor = body["academicSubjects"][0]["academicSubjectDescriptor"].partition("#")[2]
        if descriptor in SUBJECTS:  # the tests of English learners, of college entrance and of work have none of these
            subjects[body["assessmentIdentifier"]] = SUBJECTS[descriptor]
    for line in (folder / "state" / school_year / "studentAssessments.ndjson").open(encoding="utf-8"):
        body = json.loads(line)
        subject = subjects.get(body["assessmentReference"]["assessmentIdentifier"])
        if subject is None:
            continue
        student = body["studentReference"]["studentUniqueId"]
        expected.setdefault(subject, set()).add(student)
        if body.get("performanceLevels"):
            tested.setdefault(subject, set()).add(student)
    return {subject: (len(tested.get(subject, ())), len(students)) for subject, students in expected.items()}


def records(folder: Path, manifest: Manifest) -> int:
    """How many different records the clients pushed that a server must let in, told apart by their natural keys."""
    return different(folder, manifest, story.whole(folder, manifest))


def different(folder: Path, manifest: Manifest, pushed: Sequence[story.Push]) -> int:
    """How many different good records some pushes hold."""
    keys: set[tuple[object, ...]] = set()
    for push in pushed:
        bad = manifest.faults.get(push.path.relative_to(folder).as_posix(), {})
        for number, line in enumerate(push.path.open(encoding="utf-8"), start=1):
            if str(number) not in bad:
                keys.add((push.resource, *KEYS[push.resource](json.loads(line))))
    return len(keys)


def letters(entities: list[dict[str, Any]]) -> Counter[str]:
    """Schools by letter, from the scored entities of an edition."""
    return Counter(e["rating"]["letter"] for e in entities if e["level"] == "school" and e["rating"]["letter"])


def compare(what: str, from_files: object, from_line: object) -> str:
    """A line for the report. Raises Differs when the two are not the same."""
    if from_files != from_line:
        raise Differs(f"{what}: {from_files} in the files, {from_line} in the line")
    return f"{what}: {from_files}, in the files as in the line"
