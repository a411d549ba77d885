"""Decides which facts tell of changed records: their topic, their key, and which stand in one event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import repeat

import orjson

from services.ingest.handle.tables import Accepted
from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import UNCHANGED, Write
from services.ingest.rules.resources import Resource
from shared.events.fact import Encoded, Fact
from shared.events.sis import (
    ACCOUNTABILITY,
    ATTENDANCE,
    BATCH_RECORDS,
    DIRECTORY,
    ENROLLMENTS,
    RESULTS,
    STUDENTS,
    AccountabilityRecorded,
    AttendanceRecorded,
    DirectoryRecorded,
    EnrollmentsRecorded,
    Recorded,
    ResultsRecorded,
    StudentsRecorded,
)
from shared.events.topic import Topic
from shared.vocabulary.identity import fact_id

_EVENTS: dict[str, tuple[Topic, type[Recorded]]] = {
    "directory": (DIRECTORY, DirectoryRecorded),
    "students": (STUDENTS, StudentsRecorded),
    "enrollments": (ENROLLMENTS, EnrollmentsRecorded),
    "results": (RESULTS, ResultsRecorded),
    "attendance": (ATTENDANCE, AttendanceRecorded),
    "accountability": (ACCOUNTABILITY, AccountabilityRecorded),
}
_PARTS = {
    topic: [name for name in event.model_fields if name not in Recorded.model_fields and name != "type"]
    for topic, (_, event) in _EVENTS.items()
}
# a changed record: its resource, what was done, its revision, its digest, and its JSON (or the fields of it)
_Change = tuple[Resource, str, int, bytes, orjson.Fragment | dict[str, object]]
_Groups = dict[tuple[str, str], list[_Change]]  # by topic and key


def facts_of(state: str, writes: Iterable[Write], *, is_load: bool) -> list[Fact]:
    """Changed records as events: one topic and key at a time, in order of revision, at most BATCH_RECORDS in each.

    `is_load`: they came in a file.
    """
    groups: _Groups = defaultdict(list)
    for write in writes:
        item, resource = write.item, BY_NAME[write.item.resource]
        key = _topic_key(state, resource, write.sender.key, item.school_id)
        groups[resource.topic, key].append((resource, write.op, write.revision, item.digest, item.record))
    return _facts(groups, is_load)


def facts_of_table(state: str, accepted: Accepted, *, is_load: bool) -> list[Fact]:
    """As `facts_of`, of records that were let in together."""
    if accepted.outcome == UNCHANGED:
        return []
    table, resource = accepted.table, accepted.table.resource
    revisions = range(accepted.first_revision, accepted.first_revision + len(table))
    texts = map(orjson.Fragment, table.texts)
    changes = zip(repeat(resource), repeat("upsert"), revisions, table.digests, texts, strict=False)
    groups: _Groups = defaultdict(list)
    for school, change in zip(table.school_ids, changes, strict=True):
        groups[resource.topic, _topic_key(state, resource, accepted.sender.key, school)].append(change)
    return _facts(groups, is_load)


def _topic_key(state: str, resource: Resource, sender_key: str, school_id: str | None) -> str:
    if resource.topic == "directory":
        return state
    return sender_key if resource.topic == "students" else school_id or state


def _facts(groups: _Groups, is_load: bool) -> list[Fact]:
    return [
        _fact(topic, key, group[start : start + BATCH_RECORDS], is_load)
        for (topic, key), group in groups.items()
        for start in range(0, len(group), BATCH_RECORDS)
    ]


def _fact(topic: str, key: str, changes: Sequence[_Change], is_load: bool) -> Fact:
    """An event as its bytes: thousands a second are made, and scoring's contract checks each when it reads it.

    The digests are in the id, so that a rebuilt ingest that counts revisions anew never reuses one.
    """
    destination, event = _EVENTS[topic]
    causes = sha256(b"".join(f"{op}:{revision}:".encode() + digest for _, op, revision, digest, _ in changes))
    event_id = fact_id(f"{topic}.recorded", key, causes.hexdigest())
    told = {"type": event.model_fields["type"].default, "is_load": is_load}
    body: dict[str, object] = {"event_id": event_id, "version": 1, **told}
    parts: dict[str, list[object]] = {part: [] for part in _PARTS[topic]}
    for resource, op, revision, _, record in changes:
        parts[resource.part].append({"op": op, "revision": revision, "record": record})
    value = orjson.dumps({**body, **parts}, option=orjson.OPT_SORT_KEYS)
    return Fact(destination, key, Encoded(event_id, value))
