"""Who may do what: every route with every kind of client and another district's ids; each refusal has a twin."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.ingest_door import (
    DATA,
    Door,
    absence,
    assessment,
    district,
    enrollment,
    groups,
    opened,
    result,
    school,
    student,
)


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        for number in (1001, 1002):
            made.push("state", "localEducationAgencies", district(number))
            made.push("state", "schools", school(number * 1000 + 1, number))
        made.push("state", "assessments", assessment())
        made.push("north", "students", student("N1"))
        made.push("south", "students", student("S1"))
        yield made


STATE_ONLY = {
    "localEducationAgencies": district(),
    "schools": school(),
    "assessments": assessment(),
    "studentAssessments": result("N1", 1001001),
}


@pytest.mark.parametrize("resource", STATE_ONLY)
def test_what_the_state_writes_a_district_may_not(door: Door, resource: str) -> None:
    assert door.push("north", resource, STATE_ONLY[resource]).status_code == 403
    assert door.ask("north", "POST", f"/bulk/{resource}", content=b"").status_code == 403
    assert door.push("state", resource, STATE_ONLY[resource]).status_code in (200, 201)
    assert door.ask("state", "POST", f"/bulk/{resource}", content=b"").status_code == 200


OWN = {
    "studentSchoolAssociations": (enrollment("N1", 1001001), enrollment("N1", 1002001)),
    "studentEducationOrganizationAssociations": (groups("N1", 1001), groups("N1", 1002)),
    "studentSchoolAttendanceEvents": (absence("N1", 1001001), absence("N1", 1002001)),
}


@pytest.mark.parametrize("resource", OWN)
def test_a_district_writes_reads_and_ends_only_its_own(door: Door, resource: str) -> None:
    own, other = OWN[resource]
    assert door.push("north", resource, other).status_code == 403
    made = door.push("north", resource, own)
    assert made.status_code == 201
    assert door.push("state", resource, own).status_code == 403
    path = f"{DATA}{resource}/{made.json()['id']}"
    assert door.ask("south", "GET", path).status_code == 404
    assert door.ask("north", "GET", path).status_code == 200
    assert door.ask("state", "GET", path).status_code == 200
    assert door.ask("south", "GET", DATA + resource).json() == []
    assert len(door.ask("north", "GET", DATA + resource).json()) == 1
    assert door.ask("south", "DELETE", path).status_code == 404
    assert door.ask("north", "DELETE", path).status_code == 204


def test_only_the_state_certifies(door: Door) -> None:
    body = {"school_year": "2024-25", "notified_on": "2025-09-15"}
    assert door.ask("north", "POST", "/editions", json=body).status_code == 403
    assert door.ask("north", "GET", "/editions").status_code == 403
    assert door.ask("state", "GET", "/editions").status_code == 200


def test_refusals_are_seen_by_their_own_district(door: Door) -> None:
    door.push("north", "students", {"studentUniqueId": "N2"})
    one = door.ask("north", "GET", "/refused").json()["refused"][0]["refusal_id"]
    assert door.ask("south", "GET", "/refused?district=1001").json()["refused"] == []
    assert door.ask("south", "GET", f"/refused/{one}").status_code == 404
    assert door.ask("north", "GET", f"/refused/{one}").status_code == 200
    assert door.ask("south", "GET", "/refused/download").text == ""
    assert door.ask("state", "GET", "/refused/download").text.count("\n") == 1
    stolen = door.push("south", "students", student("S2"), **{"Refusal-Id": one})
    assert stolen.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", DATA + "students"),
        ("GET", DATA + "students"),
        ("DELETE", DATA + "students/00000000-0000-0000-0000-000000000000"),
        ("POST", "/bulk/students"),
        ("POST", "/bulk"),
        ("GET", "/bulk/submissions/00000000-0000-0000-0000-000000000000"),
        ("GET", "/refused"),
        ("GET", "/refused/download"),
        ("GET", "/status"),
        ("POST", "/editions"),
        ("GET", "/editions"),
    ],
)
def test_without_a_token_nothing_is_answered(door: Door, method: str, path: str) -> None:
    answer = door.http.request(method, path)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:ed-fi:api:security:authentication"


def test_a_token_asks_for_the_right_secret(door: Door) -> None:
    form = {"Grant_Type": "client_credentials"}  # older clients write it so
    right = door.http.post("/oauth/token", data=form, auth=("north", "secret north"))
    assert (right.status_code, right.json()["token_type"]) == (200, "bearer")
    assert right.json()["expires_in"] == 1800
    in_form = {**form, "client_id": "north", "client_secret": "secret north"}
    assert door.http.post("/oauth/token", data=in_form).status_code == 200
    for auth in (("north", "secret south"), ("nobody", "x"), ("north", "")):
        assert door.http.post("/oauth/token", data=form, auth=auth).status_code == 401
    assert door.http.post("/oauth/token", data={}, auth=("north", "secret north")).status_code == 400


def test_refusing_answers_hold_reasons_and_no_value(door: Door) -> None:
    body = student("N3", birthDate="Tuesday", lastSurname="x" * 76, id="1")
    answer = door.push("north", "students", body)
    problem = answer.json()
    assert answer.status_code == 400
    assert problem["type"] == "urn:ed-fi:api:bad-request:data-validation-failed"
    assert problem["validationErrors"] == {
        "$.id": ["id must be left out; the natural key decides it."],
        "$.lastSurname": ["lastSurname must have 1 to 75 characters."],
        "$.birthDate": ["birthDate must be a day written YYYY-MM-DD."],
    }
    assert "Tuesday" not in answer.text
    assert "errors" not in problem
    assert door.ask("north", "POST", DATA + "students", content=b"").status_code == 400
    assert door.push("north", "unicorns", {}).status_code == 404
