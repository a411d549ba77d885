"""Records: what is kept of a batch, and which schools it may have changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.events.envelope import Event
from shared.events.fact import Fact
from shared.events.records import AssessmentRecord, SchoolRecord
from shared.events.sis import (
    AttendanceRecorded,
    DirectoryRecorded,
    EnrollmentsRecorded,
    ResultsRecorded,
    Revised,
    StudentsRecorded,
)
from shared.vocabulary import school_years
from shared.vocabulary.identity import canonical

Revisions = Sequence[Revised[Any]]


@dataclass(frozen=True)
class Kept:
    """Revisions to keep, by kind, and what they touch: (school or student, school year) pairs, schools of any year."""

    revisions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    schools: frozenset[tuple[str, str]] = frozenset()
    students: frozenset[tuple[str, str]] = frozenset()
    schools_of_any_year: frozenset[str] = frozenset()


def on_recorded(event: Event, state: None, now: datetime) -> tuple[Kept, list[Fact], None]:
    """Keeps every revision; marks what a score may depend on.

    An enrolment or a result touches its school and every school of the student in that year (a result also in the
    next year, whose growth it is measured from); demographics the student's schools; a directory record its own school
    in the years that have a provisional score. A student record and attendance touch nothing: no rule reads them.
    """
    del state, now
    if isinstance(event, DirectoryRecorded):
        return _directory(event), [], None
    if isinstance(event, StudentsRecorded):
        kinds: dict[str, Revisions] = {"students": event.students, "demographics": event.demographics}
        return Kept(_rows(kinds), students=_of_students(event.demographics)), [], None
    if isinstance(event, EnrollmentsRecorded):
        stays = event.enrollments
        return Kept(_rows({"enrollments": stays}), _of_schools(stays), _of_students(stays)), [], None
    if isinstance(event, ResultsRecorded):
        students = _of_students(event.results)
        later = frozenset((student, school_years.ending(school_years.parse(year) + 1)) for student, year in students)
        return Kept(_rows({"results": event.results}), _of_schools(event.results), students | later), [], None
    if isinstance(event, AttendanceRecorded):
        return Kept(_rows({"attendance": event.events})), [], None
    raise ValueError(f"scoring keeps no {type(event).__name__}")


def _directory(event: DirectoryRecorded) -> Kept:
    kinds = ("districts", "schools", "assessments")
    rows = _rows({kind: getattr(event, kind) for kind in kinds})
    return Kept(rows, schools_of_any_year=frozenset(each.record.school_id for each in event.schools))


def _rows(kinds: dict[str, Revisions]) -> dict[str, list[dict[str, Any]]]:
    return {kind: [_row(each) for each in revised] for kind, revised in kinds.items() if revised}


def _row(each: Revised[Any]) -> dict[str, Any]:
    row = {**each.record.__dict__, "revision": each.revision, "op": each.op}
    if isinstance(each.record, SchoolRecord):
        row["grades"] = ",".join(each.record.grades)
    if isinstance(each.record, AssessmentRecord):
        row["levels"] = canonical([level.__dict__ for level in each.record.levels])
    return row


def _of_schools(revised: Iterable[Revised[Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((r.record.school_id, r.record.school_year) for r in revised if r.record.school_id)


def _of_students(revised: Iterable[Revised[Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((r.record.student_id, r.record.school_year) for r in revised)
