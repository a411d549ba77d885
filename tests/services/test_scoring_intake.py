"""Taking in: batches handled together come to what they come to one by one; a revision that is there stays."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from services.scoring import stream
from services.scoring.store.tables import FACTS
from shared.events.records import AttendanceRecord, DemographicsRecord, StudentRecord
from shared.events.sis import (
    ATTENDANCE,
    STUDENTS,
    AttendanceRecorded,
    EditionRequested,
    Revised,
    StudentsRecorded,
)
from shared.runtime import inbox
from shared.runtime.database import prepare
from shared.runtime.transaction import Handled, Message, Transactions
from shared.vocabulary.identity import fact_id
from tests.services.scoring_log import (
    MARKERS,
    STATE,
    YEAR,
    Log,
    directory,
    make_enrollment,
    make_result,
    messages_of,
    new_database,
    request_of,
)


def mixed(dice: random.Random, unreadable: bool) -> list[Message]:
    """Some batches, with a message twice, a value that goes there and back, markers, and some nobody can read."""
    students = [f"{number:02d}" for number in range(6)]
    records: list[Any] = [*directory(), *(make_enrollment(student) for student in students)]
    for student in students:
        records += [make_result(student, "reading", state) for state in ("1a", "4a", "1a")]
        records += [DemographicsRecord(student_id=student, district_id="A", school_year=YEAR)]
    told = [(topic, key, event.to_bytes()) for topic, key, event in messages_of(records)]
    told += [_students(1000), _attendance(2000)]
    if unreadable:
        told += [(STUDENTS, STATE, _students(3000, "a\\u0000b")[2])]
        told += [(STUDENTS, STATE, value) for value in (b"", b"{", b'{"type":"students.recorded"}')]
    dice.shuffle(told)
    readable = [each for each in told if b'"event_id"' in each[2] and b"u0000" not in each[2]]
    told += [dice.choice(readable) for _ in range(5)]  # a relay's duplicates: old ids, new offsets
    told += [
        (topic, STATE, _marker(place).to_bytes()) for place in MARKERS for topic in _TOPICS if topic.name == place.topic
    ]
    offsets: dict[tuple[str, int], int] = {}
    batch = []
    for topic, key, value in told:
        place = (topic.name, dice.randrange(2))
        offsets[place] = offsets.get(place, -1) + 1
        batch.append(Message(*place, offsets[place], key.encode(), value))
    return batch


_TOPICS = tuple(route.topic for route in stream.ROUTES)


def _students(revision: int, student: str = "S") -> tuple[Any, str, bytes]:
    revised = Revised[StudentRecord](op="upsert", revision=revision, record=StudentRecord(student_id="S"))
    event = StudentsRecorded(event_id=fact_id("test", revision), students=(revised,))
    return STUDENTS, "A", event.to_bytes().replace(b'"S"', f'"{student}"'.encode())


def _attendance(revision: int) -> tuple[Any, str, bytes]:
    record = AttendanceRecord(student_id="S", school_id="A1", school_year=YEAR, day="2023-09-01", category="excused")
    revised = Revised[AttendanceRecord](op="upsert", revision=revision, record=record)
    return ATTENDANCE, "A1", AttendanceRecorded(event_id=fact_id("test", revision), events=(revised,)).to_bytes()


def _marker(place: Any) -> EditionRequested:
    request = request_of(20)
    event_id = fact_id("edition.requested", request.edition_id, place.topic, place.partition)
    return request.model_copy(update={"event_id": event_id})


@pytest.fixture
def engines(postgres: Any) -> Iterator[list[sa.Engine]]:
    made = [prepare(new_database(postgres.url), "scoring") for _ in range(2)]
    yield made
    for engine in made:
        engine.dispose()


def state_of(engine: sa.Engine) -> dict[str, Any]:
    """Everything a batch leaves, but for the order in which it was written."""
    queries: dict[str, sa.Executable] = {
        **{kind: sa.select(table) for kind, table in FACTS.items()},
        "touched": sa.text("select distinct school_id, school_year, student_id from touched_schools"),
        "loads": sa.text("select unnest(range_agg(revisions)) from touched_by_loads"),
        "markers": sa.text("select edition_id, topic, part, at_offset from edition_markers"),
        "editions": sa.text("select edition_id, state from editions"),
        "inbox": sa.select(inbox.positions),
        "applied": sa.select(inbox.applied),
        "outbox": sa.text("select topic, part, key, event_id, value from outbox"),
    }
    with engine.connect() as connection:
        return {name: sorted(map(repr, connection.execute(query))) for name, query in queries.items()}


def handled(engine: sa.Engine, batches: Sequence[Sequence[Message]]) -> Handled:
    transactions = Transactions(engine, "scoring", stream.ROUTES, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    counts = [transactions.handle(batch) for batch in batches]
    return Handled(*(sum(getattr(each, name) for each in counts) for name in ("applied", "duplicates", "rejected")))


@pytest.mark.parametrize(("seed", "unreadable"), [(1, False), (2, False), (3, True)])
def test_messages_together_come_to_what_they_come_to_one_by_one(
    engines: list[sa.Engine], seed: int, unreadable: bool
) -> None:
    batch = mixed(random.Random(seed), unreadable)
    together, one_by_one = engines
    told = handled(together, [batch])
    assert told == handled(one_by_one, [[message] for message in batch])
    assert told.duplicates == 5  # each a copy of another
    assert told.rejected == (4 if unreadable else 0)  # a NUL, and three that are no event at all
    assert state_of(together) == state_of(one_by_one)


def test_a_revision_that_is_there_already_stays(database_url: str) -> None:
    log = Log(prepare(database_url, "scoring"))
    enrollment, result = make_enrollment("01"), make_result("01", "reading", "1a")
    log.send(messages_of([enrollment], 1))
    again = [
        (topic, key, event.model_copy(update={"event_id": fact_id("anew")}))
        for topic, key, event in messages_of([enrollment], 1)
    ]
    told = log.send([*again, *messages_of([result], 2)])
    assert (told.applied, told.rejected) == (2, 0)
    with log.engine.connect() as connection:
        assert connection.execute(sa.text("select revision from enrollment_facts")).scalars().all() == [1]
        assert connection.execute(sa.text("select revision from result_facts")).scalars().all() == [2]
    log.engine.dispose()


def test_one_revision_of_two_records_is_refused_and_not_lost(database_url: str) -> None:
    log = Log(prepare(database_url, "scoring"))
    told = log.send([*messages_of([make_enrollment("01")], 1), *messages_of([make_enrollment("02")], 1)])
    assert (told.applied, told.rejected) == (1, 1)
    [rejected] = log.rejections()
    assert rejected.reason.startswith("a revision of enrollments is already kept with other values")
    log.engine.dispose()


def test_a_number_too_large_for_the_database_is_refused_with_its_message(database_url: str) -> None:
    log = Log(prepare(database_url, "scoring"))
    result = make_result("01", "reading", "1a", scale_score=2**31)
    told = log.send([*messages_of([result], 1), *messages_of([make_enrollment("01")], 2)])
    assert (told.applied, told.rejected) == (1, 1)
    log.engine.dispose()
