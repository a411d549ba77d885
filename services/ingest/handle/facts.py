"""Decides which facts tell of changed records: their topic, their key, and which stand in one event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import (
    Write,
)
from shared.events.envelope import Event
from shared.events.fact import Fact
from shared.events.sis import (
    ATTENDANCE,
    BATCH_RECORDS,
    DIRECTORY,
    ENROLLMENTS,
    RESULTS,
    STUDENTS,
    AttendanceRecorded,
    DirectoryRecorded,
    EnrollmentsRecorded,
    ResultsRecorded,
    StudentsRecorded,
)
from shared.events.topic import Topic
from shared.vocabulary.identity import fact_id

_EVENTS: dict[str, tuple[Topic, type[Event]]] = {
    "directory": (DIRECTORY, DirectoryRecorded),
    "students": (STUDENTS, StudentsRecorded),
    "enrollments": (ENROLLMENTS, EnrollmentsRecorded),
    "results": (RESULTS, ResultsRecorded),
    "attendance": (ATTENDANCE, AttendanceRecorded),
}


def facts_of(state: str, writes: Iterable[Write]) -> list[Fact]:
    """Changed records as events: one topic and key at a time, in order of revision, at most BATCH_RECORDS in each."""
    groups: dict[tuple[str, str], list[Write]] = defaultdict(list)
    for write in writes:
        topic = BY_NAME[write.item.resource].topic
        groups[topic, _topic_key(state, topic, write)].append(write)
    return [
        _fact(topic, key, group[start : start + BATCH_RECORDS])
        for (topic, key), group in groups.items()
        for start in range(0, len(group), BATCH_RECORDS)
    ]


def _topic_key(state: str, topic: str, write: Write) -> str:
    if topic == "directory":
        return state
    if topic == "students":
        return write.sender.key
    return write.item.school_id or state


def _fact(topic: str, key: str, writes: Sequence[Write]) -> Fact:
    destination, event = _EVENTS[topic]
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for write in writes:
        revised = {"op": write.op, "revision": write.revision, "record": write.item.record}
        parts[BY_NAME[write.item.resource].part].append(revised)
    # the digests are in the id, so that a rebuilt ingest that counts revisions anew never reuses one
    causes = [f"{write.op}:{write.revision}:{write.item.digest.hex()}" for write in writes]
    return Fact(destination, key, event(event_id=fact_id(f"{topic}.recorded", key, *causes), **parts))
