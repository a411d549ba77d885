"""Records: what is kept of a run of batches, and which schools it may have changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.events.envelope import Event
from shared.events.fact import Fact
from shared.events.sis import (
    AttendanceRecorded,
    DirectoryRecorded,
    EnrollmentsRecorded,
    ResultsRecorded,
    Revised,
    StudentsRecorded,
)
from shared.vocabulary import school_years

Pairs = set[tuple[str, str]]

_KINDS: Mapping[type[Event], Mapping[str, str]] = {  # which kinds of facts an event holds, and under which name
    DirectoryRecorded: {"districts": "districts", "schools": "schools", "assessments": "assessments"},
    StudentsRecorded: {"students": "students", "demographics": "demographics"},
    EnrollmentsRecorded: {"enrollments": "enrollments"},
    ResultsRecorded: {"results": "results"},
    AttendanceRecorded: {"attendance": "events"},
}


@dataclass
class Kept:
    """Revisions to keep, by kind, and what they touch: (school or student, school year) pairs, schools of any year."""

    revisions: dict[str, list[Revised[Any]]] = field(default_factory=dict)
    schools: Pairs = field(default_factory=set)
    students: Pairs = field(default_factory=set)
    schools_of_any_year: set[str] = field(default_factory=set)


def on_recorded(events: Sequence[Event], state: None, now: datetime) -> tuple[Kept, list[Fact], None]:
    """Keeps every revision; marks what a score may depend on.

    An enrolment or a result touches its school and every school of the student in that year (a result also in the
    next year, whose growth it is measured from); demographics the student's schools; a directory record its own school
    in the years that have a provisional score. A student record and attendance touch nothing: no rule reads them.
    """
    del state, now
    kept = Kept()
    for event in events:
        for kind, name in _KINDS[type(event)].items():
            kept.revisions.setdefault(kind, []).extend(getattr(event, name))
    of = kept.revisions.get
    for placed in (of("enrollments", []), of("results", [])):
        kept.schools |= {(r.record.school_id, r.record.school_year) for r in placed if r.record.school_id}
    tested = _of_students(of("results", []))
    later = {(student, school_years.ending(school_years.parse(year) + 1)) for student, year in tested}
    kept.students = tested | later | _of_students(of("enrollments", [])) | _of_students(of("demographics", []))
    kept.schools_of_any_year = {each.record.school_id for each in of("schools", [])}
    return kept, [], None


def _of_students(revised: Iterable[Revised[Any]]) -> Pairs:
    return {(r.record.student_id, r.record.school_year) for r in revised}
