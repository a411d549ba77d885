"""Records: what is kept of a run of batches, and which schools it may have changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.scoring.rules.frames import OTHERS
from shared.events.fact import Fact
from shared.events.sis import (
    AccountabilityRecorded,
    AttendanceRecorded,
    DirectoryRecorded,
    EnrollmentsRecorded,
    Recorded,
    ResultsRecorded,
    Revised,
    StudentsRecorded,
)

ANY_LATER_YEAR = "9999-00"
_SCORED = ("demographics", "enrollments", "results", "transcripts", "awards")
_OF_ANY_YEAR = ("schools", "cohorts")

_KINDS: Mapping[type[Recorded], Mapping[str, str]] = {  # which kinds of facts an event holds, and under which name
    DirectoryRecorded: {"districts": "districts", "schools": "schools", "assessments": "assessments"},
    StudentsRecorded: {"students": "students", "demographics": "demographics"},
    EnrollmentsRecorded: {"enrollments": "enrollments"},
    ResultsRecorded: {"results": "results"},
    AttendanceRecorded: {"attendance": "events"},
    AccountabilityRecorded: {name: name for name in OTHERS},
}


Students = set[tuple[str, str, str]]  # student, first and last year


@dataclass
class Kept:
    """Revisions to keep, by kind, and what they touch: whom single pushes change, and schools of any year.

    A student touches every school where he or she is enrolled or was tested in the years given. `loads`: the first and
    the last revision of each message of a load, whose students touch their schools when it is over.
    """

    revisions: dict[str, list[Revised[Any]]] = field(default_factory=dict)
    pushed: Students = field(default_factory=set)
    loads: list[tuple[int, int]] = field(default_factory=list)
    schools_of_any_year: set[str] = field(default_factory=set)


def on_recorded(events: Sequence[Recorded], state: None, now: datetime) -> tuple[Kept, list[Fact], None]:
    """Keeps every revision; marks what a score may depend on.

    An enrolment, demographics, a result, a transcript or awards touch every school of the student in that year (a
    result also in later years, whose growth is measured from it, and awards, which stay the student's); a directory
    record and a cohort member touch their school in the years that have a provisional score. What no rating reads, such
    as attendance, discipline, staff and money, touches nothing.
    """
    del state, now
    kept = Kept()
    for event in events:
        parts = {kind: getattr(event, name) for kind, name in _KINDS[type(event)].items()}
        for kind, revised in parts.items():
            kept.revisions.setdefault(kind, []).extend(revised)
        told = [each for kind in _SCORED for each in parts.get(kind, ())]
        if not event.is_load:
            kept.pushed.update(_touched(parts))
        elif told:
            kept.loads.append((min(each.revision for each in told), max(each.revision for each in told)))
    changed = (each.record.school_id for kind in _OF_ANY_YEAR for each in kept.revisions.get(kind, ()))
    kept.schools_of_any_year = {school_id for school_id in changed if school_id is not None}
    return kept, [], None


def _touched(parts: Mapping[str, Iterable[Revised[Any]]]) -> Iterator[tuple[str, str, str]]:
    for kind in ("demographics", "enrollments", "transcripts"):
        records = (each.record for each in parts.get(kind, ()))
        yield from ((r.student_id, r.school_year, r.school_year) for r in records)
    for kind in ("results", "awards"):
        records = (each.record for each in parts.get(kind, ()))
        yield from ((r.student_id, r.school_year, ANY_LATER_YEAR) for r in records)
