"""A piece of a file decided together comes to what its lines come to one by one, good and bad ones in any mix."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.ingest.api import reading
from services.ingest.api.intake import reader_of
from services.ingest.api.pieces import Piece
from services.ingest.api.reading import read_piece
from services.ingest.api.writer import write
from services.ingest.handle import Push
from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import OUTCOMES, Sender
from shared.events.catalog import BY_NAME as TOPICS
from shared.runtime import outbox
from shared.runtime.database import prepare
from shared.runtime.observe import Metrics
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from tests.services import accountability_bodies as further
from tests.services import ingest_door as made

STATE, NORTH, SOUTH = (
    Sender("state", "state", None),
    Sender("north", "district", "1001"),
    Sender("south", "district", "1002"),
)
ODD = (
    "",
    " ",
    "9",
    "Ünï",
    'a"b',
    "back\\slash",
    "tab\there",
    "new\nline",
    "\x00",
    "1001",
    "x" * 300,
    "\x1f",
    "{}",
    "\\N",
)
WORSE: tuple[Any, ...] = (None, True, False, 0, -1, 1, 2.5, 2**63, "12", "true", [], {}, [[]], [{}], *ODD)

RESOURCES = (
    "students", "studentSchoolAssociations", "studentAssessments", "studentEducationOrganizationAssociations",
    "studentSchoolAttendanceEvents",
)  # fmt: skip
FURTHER = tuple(further.MAKE)


def good(dice: random.Random, resource: str) -> dict[str, Any]:
    """A record that may come in; few students, so that keys meet again."""
    student = dice.choice(["S1", "S2", "S3", "S4", "MISSING", 'Q"\\uo","te', "Tab\tbed"])
    school = dice.choice([1001001, 1001002, 1002001, 9009009])
    build: dict[str, Callable[[], dict[str, Any]]] = {
        "students": lambda: made.student(student, firstName=dice.choice(["Ann", "Bo", "Ünï\tx"])),
        "studentSchoolAssociations": lambda: made.enrollment(
            student, school, entryDate=f"2024-08-{dice.randint(1, 9):02}"
        ),
        "studentEducationOrganizationAssociations": lambda: made.groups(student, dice.choice([1001, 1002])),
        "studentAssessments": lambda: made.result(
            student,
            school,
            studentAssessmentIdentifier=f"r{dice.randint(1, 40)}",
            scoreResults=[
                {
                    "assessmentReportingMethodDescriptor": "x#Scale score",
                    "result": dice.choice(["300", "371", "371", "371", "400"]),
                }
            ],
        ),
        "studentSchoolAttendanceEvents": lambda: made.absence(
            student, school, eventDate=f"2024-09-{dice.randint(10, 30)}"
        ),
    }
    return build[resource]() if resource in build else good_further(dice, resource, student, school)


def good_further(dice: random.Random, resource: str, student: str, school: int) -> dict[str, Any]:
    """The same beside enrolment and tests."""
    number = f"N{dice.randint(1, 3)}"
    organisation = dice.choice([1001, 1002, school])
    told = {"educationOrganizationKind": "school"} if organisation == school else {}
    build: dict[str, Callable[[], dict[str, Any]]] = {
        "courses": lambda: further.course(number, organisation, **further.ext(**told)),
        "courseTranscripts": lambda: further.transcript(student, number, organisation, **further.ext(**told)),
        "studentAcademicRecords": lambda: further.awards(student, organisation, **further.ext(**told)),
        "graduationCohortMembers": lambda: further.cohort_member(
            student, school, **({"schoolReference": None} if dice.random() < 0.5 else {})
        ),
        "postSecondaryEvents": lambda: further.outcome(student, eventDate=f"2025-09-{dice.randint(10, 30)}"),
        "staffs": lambda: further.staff(number, yearsOfPriorProfessionalExperience=dice.choice(["2.5", 2.5, 7])),
        "staffEducationOrganizationAssignmentAssociations": lambda: further.assignment(
            number, school, beginDate=f"2024-08-{dice.randint(10, 30)}"
        ),
        "disciplineIncidents": lambda: further.incident(number, school),
        "studentDisciplineIncidentBehaviorAssociations": lambda: further.involvement(student, number, school),
        "disciplineActions": lambda: further.action(student, school, disciplineDate=f"2024-10-{dice.randint(10, 30)}"),
        "localActuals": lambda: further.expenditure(number, 1001 + dice.randint(0, 1), amount=dice.choice([1, "1.00"])),
        "educationOrganizationMemberships": lambda: further.membership(dice.choice([1001, 1002])),
    }
    return build[resource]()


def spoilt(dice: random.Random, body: Any) -> Any:
    """The same with one thing changed somewhere, at random."""
    if isinstance(body, dict) and body and dice.random() < 0.9:
        name = dice.choice([*body])
        what = dice.random()
        if what < 0.2:
            del body[name]
        elif what < 0.3:
            body[dice.choice(["id", "more", "_ext"])] = dice.choice(WORSE)
        else:
            body[name] = spoilt(dice, body[name])
        return body
    if isinstance(body, list) and body and dice.random() < 0.7:
        return [*body, spoilt(dice, body[0])] if dice.random() < 0.5 else [spoilt(dice, each) for each in body]
    return dice.choice([*WORSE, str(body), body])


def lines_of(dice: random.Random, resource: str, count: int, bad: float) -> list[bytes]:
    found = []
    for _ in range(count):
        body: Any = good(dice, resource)
        if dice.random() < bad:
            body = spoilt(dice, body)
        line = orjson.dumps(body) if isinstance(body, dict) or dice.random() < 0.5 else b"{no json"
        found.append(line.replace(b'"', b"'", 1) if dice.random() < bad / 10 else line)
    return found


@dataclass
class World:
    """A database with a directory and some students, and how lines are written to it."""

    runtime: Runtime
    together: bool

    def take(self, sender: Sender, resource: str, lines: list[bytes], year: str | None) -> Counter[str]:
        """Writes lines; how many came to which outcome."""
        reader, rows = reader_of("ms"), range(1, len(lines) + 1)
        before = self._outcomes()
        if self.together:
            read = read_piece(reader, Piece(BY_NAME[resource], rows, lines), year)
            entries = [(sender, entry) for entry in read.others]
            write(self.runtime, Push("ms", entries, table=(sender, read.table)))
        else:
            each = [
                (sender, reader.read(BY_NAME[resource], line, year, row)) for line, row in zip(lines, rows, strict=True)
            ]
            write(self.runtime, Push("ms", each))
        return self._outcomes() - before

    def _outcomes(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        for family in self.runtime.metrics.records_in.collect():
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    counted[sample.labels["outcome"]] += int(sample.value)
        return counted

    def kept(self) -> dict[str, Any]:
        """Everything that was kept, without the numbers that only say in which order."""
        item = "record_id::text, resource, digest::text, key, body, record, client, writer_district, school_id, "
        item += "district_id, school_year, parent_1::text, parent_2::text, parent_3::text"
        tables = {
            "records": f"{item}, is_deleted",
            "parked": f"{item}, kind, waits_for, source_row",
            "refused": "refusal_id::text, client, district_id, resource, record_id::text, status, body::text, "
            "reasons::text, source_row, resolved_at is null",
            "seen": "*",
        }
        with self.runtime.engine.connect() as connection:
            return {
                name: sorted(str(tuple(row)) for row in connection.execute(sa.text(f"select {columns} from {name}")))
                for name, columns in tables.items()
            }

    def told(self) -> list[str]:
        """Every record that the facts tell, sorted; each fact's bytes are what its contract would write."""
        found, revisions = [], []
        with self.runtime.engine.connect() as connection:
            rows = connection.execute(sa.select(outbox.rows)).all()
        for row in rows:
            event = TOPICS[row.topic].decode(bytes(row.value))
            assert (event.to_bytes(), event.event_id) == (bytes(row.value), row.event_id)
            for part in type(event).model_fields:
                value = getattr(event, part)
                for each in value if isinstance(value, tuple) and row.topic.startswith("sis.") else ():
                    revisions.append(each.revision)
                    found.append(f"{row.topic} {row.part} {row.key!r} {part} {each.op} {each.record}")
        assert len(set(revisions)) == len(revisions)
        return sorted(found)


def bounded_test() -> dict[str, Any]:
    """The reading test, with scores from 300 to 399."""
    bounds = {"minimumScore": 300, "maximumScore": 399}
    levels = [{**level, **bounds} for level in made.assessment()["performanceLevels"]]
    return made.assessment(performanceLevels=levels)


@contextmanager
def world(database_url: str, *, together: bool) -> Iterator[World]:
    """An empty database with a directory and three students."""
    engine = prepare(database_url, "ingest")
    settings = Settings("ingest", kafka="unused:0", database_url=database_url, state="ms", instance="test")
    found = World(Runtime(settings, engine, Metrics(), lambda event, **fields: None), together)
    districts = [made.district(number) for number in (1001, 1002)]
    schools = [made.school(school, school // 1000) for school in (1001001, 1001002, 1002001)]
    students = [made.student(each) for each in ("S1", "S2", "S3")]
    for resource, bodies in (
        ("localEducationAgencies", districts), ("schools", schools), ("assessments", [bounded_test()]),
        ("students", students),
    ):  # fmt: skip
        found.take(STATE, resource, [orjson.dumps(body) for body in bodies], None)
    yield found
    with engine.begin() as connection:
        connection.execute(sa.text("drop schema ingest cascade"))
    engine.dispose()


def story(seed: int, resources: Sequence[str]) -> Iterator[tuple[Sender, str, list[bytes], str | None]]:
    """Some files of one seed: who sends which lines of which resource, for which school year."""
    dice = random.Random(seed)
    for _ in range(14):
        resource = dice.choice(resources)
        lines = lines_of(dice, resource, dice.randint(1, 60), dice.choice([0.0, 0.1, 0.6]))
        yield dice.choice([STATE, NORTH, SOUTH]), resource, lines, dice.choice([None, "2024-25"])


@pytest.mark.parametrize(
    ("seed", "resources"), [*((seed, RESOURCES) for seed in range(4)), *((seed, FURTHER) for seed in range(3))]
)
def test_together_comes_to_the_same_as_one_by_one(
    database_url: str, seed: int, resources: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LINES_TOGETHER", 7)  # so that a file here has several such parts too
    outcomes, kept, told = [], [], []
    for together in (True, False):
        with world(database_url, together=together) as each:
            outcomes.append([each.take(*file) for file in story(seed, resources)])
            kept.append(each.kept())
            told.append(each.told())
    assert outcomes[0] == outcomes[1]
    assert kept[0] == kept[1]
    assert told[0] == told[1]
    total = sum(outcomes[0], Counter())
    assert all(total[outcome] for outcome in OUTCOMES), total


def test_most_lines_of_a_good_file_need_no_look_of_their_own() -> None:
    dice = random.Random(5)
    lines = [orjson.dumps(made.result(f"S{n}", studentAssessmentIdentifier=f"r{n}")) for n in range(500)]
    spoiled = {100: spoilt(dice, made.result()), 200: {}, 300: 7}
    for place, body in spoiled.items():
        lines[place] = orjson.dumps(body)
    read = read_piece(reader_of("ms"), Piece(BY_NAME["studentAssessments"], range(1, 501), lines))
    assert len(read.table) >= 497 and len(read.table) + len(read.others) == 500
