"""Counts a demo's totals anew from the sample's own files and compares them with what the line came to."""

import json
from collections import Counter
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
        subjects[body["assessmentIdentifier"]] = SUBJECTS[descriptor]
    for line in (folder / "state" / school_year / "studentAssessments.ndjson").open(encoding="utf-8"):
        body = json.loads(line)
        subject = subjects[body["assessmentReference"]["assessmentIdentifier"]]
        student = body["studentReference"]["studentUniqueId"]
        expected.setdefault(subject, set()).add(student)
        if body.get("performanceLevels"):
            tested.setdefault(subject, set()).add(student)
    return {subject: (len(tested.get(subject, ())), len(students)) for subject, students in expected.items()}


def records(folder: Path, manifest: Manifest) -> int:
    """How many lines the clients pushed that a server must let in."""
    pushed = [*story.directory(folder)]
    for school_year in story.all_years(manifest):
        pushed += story.year(folder, school_year)
    lines = 0
    for push in pushed:
        path = str(push.path.relative_to(folder))
        lines += sum(1 for _ in push.path.open("rb")) - manifest.faulty.get(path, 0)
    return lines


def letters(entities: list[dict[str, Any]]) -> Counter[str]:
    """Schools by letter, from the scored entities of an edition."""
    return Counter(e["rating"]["letter"] for e in entities if e["level"] == "school" and e["rating"]["letter"])


def compare(what: str, from_files: object, from_line: object) -> str:
    """A line for the report. Raises Differs when the two are not the same."""
    if from_files != from_line:
        raise Differs(f"{what}: {from_files} in the files, {from_line} in the line")
    return f"{what}: {from_files}, the same in the files and in the line"
