"""Small states as records, and a log that hands them to scoring's real worker transaction on a real database."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from services.scoring import stream
from services.scoring.files import RECORDS
from services.scoring.rules.frames import OTHERS
from shared.events.editions import EDITIONS
from shared.events.envelope import Event
from shared.events.records import (
    AssessmentRecord,
    AttendanceRecord,
    DemographicsRecord,
    DistrictRecord,
    EnrollmentRecord,
    LevelRange,
    ResultRecord,
    SchoolRecord,
)
from shared.events.rejections import REJECTIONS
from shared.events.scores import SCORES
from shared.events.sis import (
    ACCOUNTABILITY,
    ATTENDANCE,
    DIRECTORY,
    ENROLLMENTS,
    RESULTS,
    SIS,
    STUDENTS,
    AccountabilityRecorded,
    AttendanceRecorded,
    DirectoryRecorded,
    EditionRequested,
    EnrollmentsRecorded,
    Marked,
    ResultsRecorded,
    Revised,
    StudentsRecorded,
)
from shared.events.topic import Topic
from shared.policy import reader
from shared.runtime import outbox
from shared.runtime.transaction import Handled, Message, Transactions
from shared.vocabulary.identity import fact_id

STATE = "ms"
YEAR, PRIOR_YEAR = "2023-24", "2022-23"
LEVELS = {
    "MAAP": ("Minimal", "Basic", "Passing", "Proficient", "Advanced"),
    "MAAP-A": ("Basic", "Passing", "Proficient"),
}
MARKERS = tuple(Marked(topic=topic.name, partition=part) for topic in SIS for part in range(topic.partitions))
Record = Any


def make_district(district_id: str = "A", **others: Any) -> DistrictRecord:
    return DistrictRecord(district_id=district_id, name=f"District {district_id}", **others)


def make_school(school_id: str = "A1", grades: tuple[str, ...] = ("KG", "05"), **others: Any) -> SchoolRecord:
    told = {"district_id": school_id[0], "name": f"School {school_id}", "title_i": True, **others}
    return SchoolRecord(school_id=school_id, grades=grades, **told)


def make_assessment(program: str, subject: str, school_year: str, test: str = "grade 5") -> AssessmentRecord:
    """Level r spans 80 + 20 r to 99 + 20 r."""
    levels = tuple(
        LevelRange(name=name, lowest=80 + 20 * rank, highest=99 + 20 * rank)
        for rank, name in enumerate(LEVELS[program], start=1)
    )
    return AssessmentRecord(
        assessment_id=assessment_id(program, subject, school_year),
        program=program,
        subject=subject,
        test=test,
        levels=levels,
    )  # type: ignore[arg-type]


def assessment_id(program: str, subject: str, school_year: str) -> str:
    return f"{program} {subject} {school_year}"


def make_enrollment(student_id: str, school_id: str = "A1", **others: Any) -> EnrollmentRecord:
    told = {"school_year": YEAR, "entry_date": date(2023, 8, 7), "grade": "05", **others}
    return EnrollmentRecord(student_id=student_id, school_id=school_id, **told)


def make_result(
    student_id: str, subject: str, state: str | None, school_year: str = YEAR, program: str = "MAAP", **others: Any
) -> ResultRecord:
    """`state` such as "2b": level 2, upper half; None: expected, no score."""
    rank = int(state[0]) if state else 0
    told = {
        "assessment_id": assessment_id(program, subject, school_year),
        "result_id": f"{student_id} {subject} {school_year}",
        "school_id": "A1",
        "level": LEVELS[program][rank - 1] if state else None,
        "scale_score": 80 + 20 * rank + (5 if state[1] == "a" else 15) if state else None,
        **others,
    }
    return ResultRecord(student_id=student_id, school_year=school_year, **told)


def directory(**others: Any) -> list[Record]:
    """Districts A and B with schools A1, A2 and B1, and every test of two years in reading, math and science."""
    tests = itertools.product(LEVELS, ("reading", "math", "science"), (PRIOR_YEAR, YEAR))
    return [
        make_district("A", notice_email="office@district-a.example"),
        make_district("B"),
        make_school("A1", **others),
        make_school("A2"),
        make_school("B1", ("09", "10", "11", "12")),
        *(make_assessment(*test) for test in tests),
    ]


def messages_of(records: Iterable[Record], revision: int = 1, op: str = "upsert") -> list[tuple[Topic, str, Event]]:
    """Topic, key and event of each record, a message each, with revisions that grow from the one given."""
    return [_message(record, number, op) for number, record in enumerate(records, start=revision)]


_PLACES = {
    DistrictRecord: (DIRECTORY, DirectoryRecorded, "districts"),
    SchoolRecord: (DIRECTORY, DirectoryRecorded, "schools"),
    AssessmentRecord: (DIRECTORY, DirectoryRecorded, "assessments"),
    DemographicsRecord: (STUDENTS, StudentsRecorded, "demographics"),
    EnrollmentRecord: (ENROLLMENTS, EnrollmentsRecorded, "enrollments"),
    ResultRecord: (RESULTS, ResultsRecorded, "results"),
    AttendanceRecord: (ATTENDANCE, AttendanceRecorded, "events"),
    **{RECORDS[kind]: (ACCOUNTABILITY, AccountabilityRecorded, kind) for kind in OTHERS},
}


def _message(record: Record, revision: int, op: str) -> tuple[Topic, str, Event]:
    topic, event, part = _PLACES[type(record)]
    key = getattr(record, "school_id", None) or getattr(record, "district_id", None) or STATE
    revised = Revised[type(record)](op=op, revision=revision, record=record)  # type: ignore[misc]
    event_id = fact_id("test", revision, op, record.model_dump_json())
    return topic, key, event(event_id=event_id, **{part: (revised,)})  # type: ignore[operator]


def request_of(cut: int, school_year: str = YEAR, chapter: dict[str, Any] | None = None) -> EditionRequested:
    """An edition; its marker in a partition has an id of its own, which `Log.mark` gives."""
    return EditionRequested(
        event_id=fact_id("edition.requested", cut),
        edition_id=fact_id("edition", cut, school_year, chapter),
        state=STATE,
        school_year=school_year,
        cut_revision=cut,
        history={},
        chapters={"scoring": chapter or reader.chapter(STATE, "scoring", school_year)},
        policy_fingerprint="f" * 64,
        notified_on=date(2024, 9, 15),
        markers=MARKERS,
    )


def new_database(server_url: str) -> str:
    """A fresh database on the tests' server, for what several tests of one module read."""
    server, name = make_url(server_url), f"test_{uuid4().hex}"
    admin = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(SQL("create database {} template template0").format(Identifier(name)))
    return server.set(database=name).render_as_string(hide_password=False)


class Log:
    """The sis topics as scoring's worker sees them, and what its outbox then holds."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._offsets: dict[tuple[str, int], int] = {}
        self._transactions = Transactions(engine, "scoring", stream.ROUTES, lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def send(self, messages: Sequence[tuple[Topic, str, Event]], partition: int = 0) -> Handled:
        """One batch."""
        batch = [self._next(topic, partition, key, event.to_bytes()) for topic, key, event in messages]
        return self._transactions.handle(batch)

    def send_rows(self, rows: Sequence[Any]) -> Handled:
        """Rows of an outbox, as one batch."""
        topics = {topic.name: topic for topic in SIS}
        batch = [self._next(topics[row.topic], row.part, row.key.decode(), row.value) for row in rows]
        return self._transactions.handle(batch)

    def mark(self, request: EditionRequested, markers: Sequence[Marked] = MARKERS) -> Handled:
        """The marker of an edition in some partitions."""
        batch = []
        for each in markers:
            event_id = fact_id("edition.requested", request.edition_id, each.topic, each.partition)
            event = request.model_copy(update={"event_id": event_id})
            topic = next(topic for topic in SIS if topic.name == each.topic)
            batch.append(self._next(topic, each.partition, STATE, event.to_bytes()))
        return self._transactions.handle(batch)

    def published(self, topic: Topic = EDITIONS) -> list[Any]:
        return [topic.decode(value) for value in self.published_bytes(topic)]

    def published_bytes(self, topic: Topic = EDITIONS) -> list[bytes]:
        query = sa.select(outbox.rows.c.value).where(outbox.rows.c.topic == topic.name).order_by(outbox.rows.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def rejections(self) -> list[Any]:
        return self.published(REJECTIONS)

    def provisional(self) -> list[Any]:
        return self.published(SCORES)

    def edition_states(self) -> dict[UUID, str]:
        with self.engine.connect() as connection:
            return {row.edition_id: row.state for row in connection.execute(sa.text("select * from editions"))}

    def _next(self, topic: Topic, partition: int, key: str, value: bytes) -> Message:
        place = (topic.name, partition)
        offset = self._offsets.get(place, 0)
        self._offsets[place] = offset + 1
        return Message(topic.name, partition, offset, key.encode(), value)
