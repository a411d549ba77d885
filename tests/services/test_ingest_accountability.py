"""Records beside enrolment and tests through the real door and database: each alone, each in a file, and who may."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.ingest.rules.catalog import BY_NAME
from shared.events.sis import AccountabilityRecorded
from tests.services import accountability_bodies as made
from tests.services.accountability_bodies import STATE_WRITES
from tests.services.ingest_door import Door, district, opened, school, student


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    """The door with two districts of a school each, and a student."""
    with opened(database_url, folder) as found:
        for number in (1001, 1002):
            found.push("state", "localEducationAgencies", district(number))
            found.push("state", "schools", school(number * 1000 + 1, number))
        found.push("north", "students", student())
        yield found


def path_of(resource: str) -> str:
    return f"/data/v3/{BY_NAME[resource].space}/{resource}"


def writer_of(resource: str) -> str:
    return "state" if resource in STATE_WRITES else "north"


def push(door: Door, client: str, resource: str, body: Any) -> Any:
    return door.ask(client, "POST", path_of(resource), json=body)


def parts(door: Door) -> set[str]:
    """The lists of the topic that hold any record."""
    events = [event for _, event in door.facts() if isinstance(event, AccountabilityRecorded)]
    found = {name: each for event in events for name, each in event if each}
    return {name for name, each in found.items() if isinstance(each, tuple)}


def test_every_resource_goes_in_alone_is_read_back_replaced_and_ended(door: Door) -> None:
    ids = {}
    for resource, make in made.MAKE.items():
        client = writer_of(resource)
        answer = push(door, client, resource, make())
        assert (answer.status_code, answer.json()["outcome"]) == (201, "new"), (resource, answer.text)
        one = answer.headers["Location"].removeprefix("http://testserver")
        assert one == f"{path_of(resource)}/{answer.json()['id']}"
        assert push(door, client, resource, make()).json()["outcome"] == "unchanged"
        assert door.ask("state", "GET", one).json() == {"id": answer.json()["id"], **make()}
        assert door.ask("state", "GET", path_of(resource) + "?totalCount=true").headers["Total-Count"] == "1"
        ids[resource] = one
    keys = {row.key.decode() for row, event in door.facts() if isinstance(event, AccountabilityRecorded)}
    assert keys == {"ms", "1001001"}  # a school's own, else the state's
    records = [record for _, _, part, record in door.recorded() if part in AccountabilityRecorded.model_fields]
    assert len(records) == len(made.MAKE)
    for resource, one in ids.items():
        changed = {**made.MAKE[resource](), "more": 1}  # what is not known is kept and ignored
        put = door.ask(writer_of(resource), "PUT", one, json=changed)
        assert (put.status_code, put.content) == (204, b""), put.text
        assert door.ask("state", "GET", one).json()["more"] == 1
    for resource, one in reversed(ids.items()):
        assert door.ask(writer_of(resource), "DELETE", one).status_code == 204
        assert door.ask("state", "GET", one).status_code == 404


def test_a_record_is_replaced_under_its_own_key_and_by_its_own_district_only(door: Door) -> None:
    one = f"{path_of('disciplineIncidents')}/{push(door, 'north', 'disciplineIncidents', made.incident()).json()['id']}"
    other = door.ask("north", "PUT", one, json=made.incident("I-2"))
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (400, "key-change-not-supported")
    assert door.ask("north", "PUT", one, json=made.incident(incidentDate="yesterday")).status_code == 400
    assert door.ask("south", "PUT", one, json=made.incident()).status_code == 404
    assert door.ask("north", "PUT", one[:-4] + "0000", json=made.incident()).status_code == 404
    assert door.ask("north", "GET", one).json()["incidentDate"] == "2024-10-02"


def test_our_own_resources_have_an_address_of_their_own(door: Door) -> None:
    wrong = door.ask("state", "POST", "/data/v3/ed-fi/graduationCohortMembers", json=made.cohort_member())
    assert wrong.status_code == 404
    assert "/data/v3/schoolmark/graduationCohortMembers" in wrong.json()["detail"]
    assert door.ask("north", "POST", "/data/v3/schoolmark/courses", json=made.course()).status_code == 404
    listed = {each["resource"] for each in door.ask("state", "GET", "/metadata/data/v3/dependencies").json()}
    assert {"/schoolmark/graduationCohortMembers", "/ed-fi/courses"} <= listed


def test_a_file_of_every_resource_comes_to_the_same_in_every_format(door: Door) -> None:
    told = {}
    for resource, make in made.MAKE.items():
        client = writer_of(resource)
        good = make()
        report = door.bulk(client, resource, [good, {**good, **_nothing(resource)}, b"{no json"])
        assert (report["new"], report["refused"]) == (1, 2), (resource, report)
        told[resource] = door.recorded()[-1][3]
        frame = _columns(good)
        parquet = BytesIO()
        frame.write_parquet(parquet)
        for data, kind in ((frame.write_csv().encode(), "text/csv"), (parquet.getvalue(), "application/octet-stream")):
            headers = {"Content-Type": kind}
            answer = door.ask(client, "POST", f"/bulk/{resource}", content=data, headers=headers).json()
            assert (answer["received"], answer["refused"], answer["parked"]) == (1, 0, 0), (resource, answer)
            assert door.recorded()[-1][3] == told[resource]
    assert parts(door) == {BY_NAME[resource].part for resource in made.MAKE}


def _nothing(resource: str) -> dict[str, Any]:
    """What spoils the key, so that the line is known by nothing."""
    return {name: None for name in made.MAKE[resource]() if name != "_ext"}


def _columns(body: Any, path: str = "") -> pl.DataFrame:
    """One row with the path of each value as its column, all text."""
    found: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                walk(inner, f"{path}.{place}")
        else:
            found[path] = value if isinstance(value, str) else json.dumps(value)

    walk(body, path)
    return pl.DataFrame({name: [value] for name, value in found.items()})


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("courses", made.course(organisation=1002)),
        ("courses", made.course(organisation=1002001, **made.ext(educationOrganizationKind="school"))),
        ("courseTranscripts", made.transcript(organisation=1002)),
        ("studentAcademicRecords", made.awards(organisation=1002)),
        ("staffEducationOrganizationAssignmentAssociations", made.assignment(organisation=1002001)),
        ("disciplineIncidents", made.incident(school=1002001)),
        ("studentDisciplineIncidentBehaviorAssociations", made.involvement(school=1002001)),
        ("disciplineActions", made.action(school=1002001)),
        ("localActuals", made.expenditure(organisation=1002)),
    ],
)
def test_a_district_writes_its_own_only_alone_and_in_a_file(door: Door, resource: str, body: dict[str, Any]) -> None:
    alone = push(door, "north", resource, body)
    assert alone.status_code == 403, alone.text
    assert door.bulk("north", resource, [body])["refused"] == 1
    assert door.bulk("south", resource, [body])["refused"] == 0
    assert door.ask("north", "GET", path_of(resource)).json() == []


@pytest.mark.parametrize("resource", STATE_WRITES)
def test_what_the_state_makes_no_district_writes(door: Door, resource: str) -> None:
    assert push(door, "north", resource, made.MAKE[resource]()).status_code == 403


def test_children_wait_for_their_course_their_staff_and_their_incident(door: Door) -> None:
    for child, parent in (
        ("courseTranscripts", "courses"),
        ("staffEducationOrganizationAssignmentAssociations", "staffs"),
        ("studentDisciplineIncidentBehaviorAssociations", "disciplineIncidents"),
    ):
        assert push(door, "north", child, made.MAKE[child]()).json()["outcome"] == "parked"
        push(door, "north", parent, made.MAKE[parent]())
        assert len(door.ask("north", "GET", path_of(child)).json()) == 1
        assert parts(door) >= {BY_NAME[child].part, BY_NAME[parent].part}
