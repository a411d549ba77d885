"""Ids that stand in a body and not in the address: another district's school, district, notice, refusal or edition."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.authorization.asking import PROOF, SENT
from tests.authorization.world import DATA, Place, World

OWNED = {
    "studentSchoolAssociations": ("schoolReference", "schoolId"),
    "studentSchoolAttendanceEvents": ("schoolReference", "schoolId"),
    "studentEducationOrganizationAssociations": ("educationOrganizationReference", "educationOrganizationId"),
    "courses": ("educationOrganizationReference", "educationOrganizationId"),
    "courseTranscripts": ("courseReference", "educationOrganizationId"),
    "studentAcademicRecords": ("educationOrganizationReference", "educationOrganizationId"),
    "staffEducationOrganizationAssignmentAssociations": ("educationOrganizationReference", "educationOrganizationId"),
    "disciplineIncidents": ("schoolReference", "schoolId"),
    "studentDisciplineIncidentBehaviorAssociations": ("disciplineIncidentReference", "schoolId"),
    "disciplineActions": ("responsibilitySchoolReference", "schoolId"),
    "localActuals": ("localAccountReference", "educationOrganizationId"),
}
OF_SCHOOLS = (
    "studentSchoolAssociations", "studentSchoolAttendanceEvents", "staffEducationOrganizationAssignmentAssociations",
    "disciplineIncidents", "studentDisciplineIncidentBehaviorAssociations", "disciplineActions",
)  # fmt: skip
NOT_YOURS = "this record belongs to another district; only its own district may write it."


def owner(resource: str, place: Place) -> int:
    return int(place.school_id if resource in OF_SCHOOLS else place.district_id)


def about(resource: str, body: dict[str, Any], owner_id: int) -> dict[str, Any]:
    """The body, saying that it is of this school or district."""
    reference, leaf = OWNED[resource]
    made = {**body, reference: {**body.get(reference, {}), leaf: owner_id}}
    if "sessionReference" in body:
        made["sessionReference"] = {**body["sessionReference"], leaf: owner_id}
    return made


def push(world: World, client: str, resource: str, body: Any, **headers: str) -> httpx.Response:
    return world.ask(world.tokens[client], "ingest", "POST", DATA + resource, json=body, headers=headers)


def bulk(world: World, client: str, resource: str, bodies: list[Any], **headers: str) -> httpx.Response:
    content = "\n".join(json.dumps(body) for body in bodies)
    return world.ask(world.tokens[client], "ingest", "POST", f"/bulk/{resource}", content=content, headers=headers)


def refused(world: World, client: str) -> list[dict[str, Any]]:
    """The open refusals of a client, all pages."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0}
    while "next" in page:
        page = world.get(client, "ingest", "/refused", after=str(page["next"]))
        found += page["refused"]
    return found


@pytest.mark.parametrize("resource", OWNED)
def test_a_record_that_names_another_district_is_refused_and_the_same_with_ones_own_goes_in(
    world: World, resource: str
) -> None:
    body = world.south.bodies[resource]
    others = push(world, world.south.client, resource, about(resource, body, owner(resource, world.north)))
    assert others.status_code == 403
    assert others.json()["errors"] == [NOT_YOURS]
    own = push(world, world.south.client, resource, about(resource, body, owner(resource, world.south)))
    assert own.status_code in (200, 201), own.text


@pytest.mark.parametrize("resource", OWNED)
def test_in_a_file_anothers_record_is_refused_and_the_rest_goes_in(world: World, resource: str) -> None:
    south, north = world.south, world.north
    body = south.bodies[resource]
    stolen = about(resource, body, owner(resource, north))
    before = world.get("state", "ingest", "/status")["records"][resource]
    report = bulk(world, south.client, resource, [body, stolen, body]).json()
    counts = ("received", "unchanged", "new", "changed", "parked", "refused")
    assert [report[name] for name in counts] == [3, 2, 0, 0, 0, 1]
    assert [reason.partition(": ")[2] for reason in report["refused_by_reason"]] == [NOT_YOURS]
    assert world.get("state", "ingest", "/status")["records"][resource] == before
    mine = [one for one in refused(world, south.client) if one["submission_id"] == report["submission_id"]]
    assert [(one["status"], one["source_row"]) for one in mine] == [(403, 2)]
    assert report["submission_id"] not in [one["submission_id"] for one in refused(world, north.client)]
    # the twin: the owner's file of the same line
    again = bulk(world, north.client, resource, [north.bodies[resource]]).json()
    assert (again["received"], again["refused"]) == (1, 0)


def test_in_a_mapped_file_anothers_row_is_refused_and_the_rest_goes_in(world: World) -> None:
    body = world.south.bodies["studentSchoolAssociations"]
    mapping = {
        "name": "enrolments",
        "records": [
            {
                "resource": "studentSchoolAssociations",
                "one_per": ["STUDENT", "SCHOOL"],
                "body": {
                    "studentReference": {"studentUniqueId": "{STUDENT}"},
                    "schoolReference": {"schoolId": "{SCHOOL}"},
                    "entryDate": "2021-08-02",
                    "entryGradeLevelDescriptor": body["entryGradeLevelDescriptor"],
                },
            }
        ],
    }
    student = body["studentReference"]["studentUniqueId"]
    rows = f"STUDENT,SCHOOL\n{student},{world.north.school_id}\n{student},{world.south.school_id}\n"
    files = {"mapping": ("m.yaml", json.dumps(mapping)), "file": ("rows.csv", rows)}
    report = world.ask(world.tokens[world.south.client], "ingest", "POST", "/bulk", files=files).json()
    assert (report["received"], report["new"], report["refused"]) == (2, 1, 1)
    wanted = {"studentUniqueId": student, "entryDate": "2021-08-02", "limit": "10"}
    found = world.get("state", "ingest", DATA + "studentSchoolAssociations", **wanted)
    assert [str(each["schoolReference"]["schoolId"]) for each in found] == [world.south.school_id]


def enrolled_at(world: World, school: int) -> list[str | None]:
    """The last days of the enrolments at a school."""
    found = world.get("state", "ingest", DATA + "studentSchoolAssociations", schoolId=str(school))
    return [each.get("exitWithdrawDate") for each in found]


def open_school(world: World, place: Place, number: int) -> None:
    """The state's directory tells of one more school of the place."""
    made = push(world, "state", "schools", {**place.bodies["schools"], "schoolId": number})
    assert made.status_code == 201, made.text


@pytest.mark.parametrize("whose", ["north", "south"])
def test_what_waited_for_a_school_goes_in_only_if_the_school_comes_as_its_districts(world: World, whose: str) -> None:
    place, number = getattr(world, whose), 7001 if whose == "north" else 7002
    resource = "studentSchoolAssociations"
    waiting = about(resource, world.south.bodies[resource], number)
    answer = push(world, world.south.client, resource, waiting)
    assert (answer.status_code, answer.json()["outcome"]) == (201, "parked")
    open_school(world, place, number)
    told = [one for one in refused(world, world.south.client) if one["status"] == 403 and one["resource"] == resource]
    stolen = {"$.schoolReference": [NOT_YOURS]}
    if whose == "north":
        assert enrolled_at(world, number) == []
        assert stolen in [one["reasons"] for one in told]
    else:
        assert len(enrolled_at(world, number)) == 1


def test_a_record_that_waits_is_not_replaced_by_another_district(world: World) -> None:
    """Whose an unknown school is shows when it comes: until then neither district may take the other's place."""
    resource = "studentSchoolAssociations"
    kept = ("studentReference", "entryDate", "entryGradeLevelDescriptor")
    body = {leaf: world.north.bodies[resource][leaf] for leaf in kept}
    mine = {**about(resource, body, 7003), "exitWithdrawDate": "2025-05-01"}
    theirs = {**about(resource, body, 7003), "exitWithdrawDate": "2025-05-02"}
    assert push(world, world.north.client, resource, mine).status_code == 201
    assert push(world, world.south.client, resource, theirs).status_code == 403
    assert push(world, world.north.client, resource, mine).status_code == 201
    open_school(world, world.north, 7003)
    assert enrolled_at(world, 7003) == ["2025-05-01"]


def test_a_district_cannot_change_a_result_and_the_state_can(world: World) -> None:
    body = world.north.bodies["studentAssessments"]
    changed = {leaf: value for leaf, value in body.items() if leaf not in ("scoreResults", "performanceLevels")}
    changed["reasonNotTestedDescriptor"] = "uri://ed-fi.org/ReasonNotTestedDescriptor#Absent"
    path = f"{DATA}studentAssessments/{world.north.ids['studentAssessments']}"
    assert push(world, world.north.client, "studentAssessments", changed).status_code == 403
    assert bulk(world, world.north.client, "studentAssessments", [changed]).status_code == 403
    assert "reasonNotTestedDescriptor" not in world.get("state", "ingest", path) or body == changed
    assert push(world, "state", "studentAssessments", changed).json()["outcome"] in ("changed", "unchanged")
    assert push(world, "state", "studentAssessments", body).status_code == 200


def test_a_district_certifies_and_releases_nothing(world: World) -> None:
    token = world.tokens[world.north.client]
    editions = world.get("state", "ingest", "/editions")
    asked = {"school_year": world.years[1], "notified_on": "2025-09-16"}
    assert world.ask(token, "ingest", "POST", "/editions", json=asked).status_code == 403
    assert world.get("state", "ingest", "/editions") == editions
    asked = {"edition_id": world.built}
    assert world.ask(token, "reportcard", "POST", "/releases", json=asked).status_code == 403
    known = {one["edition_id"]: one["state"] for one in world.get("state", "reportcard", "/api/editions")}
    assert (known[world.built], known[world.released]) == ("built", "released")


def test_another_districts_notice_stays_as_it_was(world: World) -> None:
    path = f"/obligations/{world.north.notice}"
    before = world.get("state", "notify", path)
    for act, body in (("sent", SENT), ("evidence", PROOF)):
        answer = world.ask(world.tokens[world.south.client], "notify", "POST", f"{path}/{act}", json=body)
        assert answer.status_code == 403
    assert world.get("state", "notify", path) == before


def test_a_district_does_not_decide_on_its_own_proof(world: World) -> None:
    path = f"/obligations/{world.north.notice}"
    world.must(world.north.client, "notify", f"{path}/evidence", PROOF)
    decision = {"accepted": True}
    own = world.ask(world.tokens[world.north.client], "notify", "POST", f"{path}/evidence/decision", json=decision)
    assert own.status_code == 403
    assert world.get("state", "notify", path)["life"]["evidence"]["accepted"] is None
    undecided = {"accepted": False, "reason": "unreadable"}
    assert world.must("state", "notify", f"{path}/evidence/decision", undecided)["life"]["evidence"] is None


def test_another_districts_refusal_cannot_be_mended(world: World) -> None:
    assert push(world, world.north.client, "students", {"studentUniqueId": "no name"}).status_code == 400
    mine = refused(world, world.north.client)[-1]["refusal_id"]
    for place, status in ((world.south, 404), (world.north, 200)):
        body = place.bodies["students"]
        assert push(world, place.client, "students", body, **{"Refusal-Id": mine}).status_code == status
        mended = world.get("state", "ingest", f"/refused/{mine}")["resolved_at"] is not None
        assert mended is (status == 200)


def test_another_districts_submission_id_tells_nothing(world: World) -> None:
    resource, mine = "studentSchoolAssociations", {"Submission-Id": str(uuid4())}
    line = [world.north.bodies[resource]]
    assert bulk(world, world.north.client, resource, line, **mine).status_code == 200
    stolen = bulk(world, world.south.client, resource, line, **mine)
    assert stolen.status_code == 409
    assert "received" not in stolen.json()
    assert bulk(world, world.north.client, resource, line, **mine).json()["received"] == 1
