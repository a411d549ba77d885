"""Lists: no row of another district, in no order, by no filter; and each row that is left out there is its owner's."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.authorization.world import DATA, RESOURCES, Place, World, path_of

MANY = "5000"


def rows(world: World, client: str, resource: str, **filters: str) -> tuple[list[dict[str, Any]], int]:
    """A list of records, page by page, and its Total-Count."""
    found: list[dict[str, Any]] = []
    while True:
        params = {"limit": MANY, "offset": str(len(found)), "totalCount": "true", **filters}
        answer = world.ask(world.tokens[client], "ingest", "GET", path_of(resource), params=params)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        if len(answer.json()) < int(MANY):
            return found, int(answer.headers["Total-Count"])


def owner_of(body: dict[str, Any], districts: dict[str, str]) -> str:
    """The district of a record, as the record itself and the directory say; "" if neither does."""
    for leaf in (
        "schoolReference", "reportedSchoolReference", "responsibilitySchoolReference", "disciplineIncidentReference",
    ):  # fmt: skip
        if leaf in body:
            return districts[str(body[leaf]["schoolId"])]
    for leaf in ("courseReference", "localAccountReference", "educationOrganizationReference"):
        if leaf in body:
            number = str(body[leaf]["educationOrganizationId"])
            return districts.get(number, number)
    for leaf, name in (("localEducationAgencyReference", "localEducationAgencyId"),):
        if leaf in body:
            return str(body[leaf][name])
    return str(body.get("localEducationAgencyId", ""))


def directory(world: World) -> dict[str, str]:
    """The district of each school."""
    found, _ = rows(world, "state", "schools")
    return {str(s["schoolId"]): str(s["localEducationAgencyReference"]["localEducationAgencyId"]) for s in found}


OWNED = [name for name in RESOURCES if name not in ("students", "staffs", "assessments", "postSecondaryEvents")]


@pytest.mark.parametrize("resource", OWNED)
def test_a_districts_list_is_exactly_its_part_of_the_states(world: World, resource: str) -> None:
    districts = directory(world)
    whole, total = rows(world, "state", resource)
    assert total == len(whole)
    for place in (world.north, world.south):
        own, count = rows(world, place.client, resource)
        mine = {each["id"] for each in whole if owner_of(each, districts) == place.district_id}
        assert {each["id"] for each in own} == mine != set()
        assert count == len(own) == len(mine)
    assert len(whole) > len(mine)


@pytest.mark.parametrize("resource", ["students", "staffs"])
def test_persons_are_listed_for_the_district_that_wrote_them_last(world: World, resource: str) -> None:
    lists = [{each["id"] for each in rows(world, p.client, resource)[0]} for p in (world.north, world.south)]
    whole = {each["id"] for each in rows(world, "state", resource)[0]}
    assert lists[0]
    assert lists[1]
    assert not lists[0] & lists[1]
    assert lists[0] | lists[1] < whole


def test_what_became_of_graduates_is_the_states(world: World) -> None:
    assert rows(world, "state", "postSecondaryEvents")[1] > 0
    for place in (world.north, world.south):
        assert rows(world, place.client, "postSecondaryEvents") == ([], 0)


def test_tests_are_everybodys(world: World) -> None:
    lists = [rows(world, client, "assessments") for client in ("state", world.north.client, world.south.client)]
    assert lists[0] == lists[1] == lists[2]


FILTERS: dict[str, tuple[str, Callable[[Place], str]]] = {
    "localEducationAgencies": ("localEducationAgencyId", lambda place: place.district_id),
    "schools": ("schoolId", lambda place: place.school_id),
    "students": ("studentUniqueId", lambda place: place.bodies["students"]["studentUniqueId"]),
    "studentSchoolAssociations": ("schoolId", lambda place: place.school_id),
    "studentEducationOrganizationAssociations": ("educationOrganizationId", lambda place: place.district_id),
    "studentAssessments": (
        "studentAssessmentIdentifier",
        lambda place: place.bodies["studentAssessments"]["studentAssessmentIdentifier"],
    ),
    "studentSchoolAttendanceEvents": ("schoolId", lambda place: place.school_id),
    "staffs": ("staffUniqueId", lambda place: place.bodies["staffs"]["staffUniqueId"]),
    "graduationCohortMembers": ("studentUniqueId", lambda place: place.bodies["students"]["studentUniqueId"]),
    "disciplineIncidents": ("schoolId", lambda place: place.school_id),
    "disciplineActions": ("schoolId", lambda place: place.school_id),
    "studentDisciplineIncidentBehaviorAssociations": ("schoolId", lambda place: place.school_id),
    "staffEducationOrganizationAssignmentAssociations": ("educationOrganizationId", lambda place: place.school_id),
    **dict.fromkeys(
        ("courses", "courseTranscripts", "studentAcademicRecords", "localActuals", "educationOrganizationMemberships"),
        ("educationOrganizationId", lambda place: place.district_id),
    ),
}


@pytest.mark.parametrize("resource", FILTERS)
def test_a_filter_by_anothers_key_finds_nothing(world: World, resource: str) -> None:
    leaf, value_of = FILTERS[resource]
    wanted = {leaf: value_of(world.north)}
    assert rows(world, world.south.client, resource, **wanted) == ([], 0)
    own, count = rows(world, world.north.client, resource, **wanted)
    assert len(own) == count > 0


@pytest.mark.parametrize("asked", [{}, {"district": "another's"}, {"resolved": "true"}])
def test_refused_records_are_listed_for_their_own_district(world: World, asked: dict[str, str]) -> None:
    for place, other in ((world.north, world.south), (world.south, world.north)):
        params = {name: other.district_id if name == "district" else value for name, value in asked.items()}
        found = world.get(place.client, "ingest", "/refused", **params)["refused"]
        assert {one["district_id"] for one in found} == {place.district_id}
        assert {one["client"] for one in found} == {place.client}
    whole = world.get("state", "ingest", "/refused", resolved="true")["refused"]
    assert {world.north.district_id, world.south.district_id} <= {one["district_id"] for one in whole}
    picked = world.get("state", "ingest", "/refused", district=world.south.district_id)["refused"]
    assert {one["district_id"] for one in picked} == {world.south.district_id}


def test_refused_records_are_downloaded_by_their_own_district(world: World) -> None:
    def downloaded(client: str, **params: str) -> list[dict[str, Any]]:
        answer = world.ask(world.tokens[client], "ingest", "GET", "/refused/download", params=params)
        assert answer.status_code == 200
        return [json.loads(line) for line in answer.text.splitlines()]

    for place, other in ((world.north, world.south), (world.south, world.north)):
        for params in ({}, {"district": other.district_id}):
            found = downloaded(place.client, **params)
            assert {one["district_id"] for one in found} == {place.district_id}
            assert all("body" in one or "body_base64" in one for one in found)
    assert {world.north.district_id, world.south.district_id} <= {one["district_id"] for one in downloaded("state")}


def test_how_things_stand_counts_ones_own(world: World) -> None:
    for place in (world.north, world.south):
        found = world.get(place.client, "ingest", "/status", school_year="1999-00")
        counts = {name: rows(world, place.client, name)[1] for name in RESOURCES}
        assert found["records"] == {name: count for name, count in counts.items() if count}
        assert found["silent_districts"] == [place.district_id]  # nobody reported that year; of others it hears nothing
    whole = world.get("state", "ingest", "/status", school_year="1999-00")["silent_districts"]
    assert {world.north.district_id, world.south.district_id} < set(whole)


def test_notices_are_listed_for_their_own_district(world: World) -> None:
    north, south = world.north, world.south
    whole = world.get("state", "notify", "/obligations")
    for place in (north, south):
        mine = [one for one in whole if one["district_id"] == place.district_id]
        assert world.get(place.client, "notify", "/obligations") == mine
        assert (place is south) is (north.notice not in [one["obligation_id"] for one in mine])
    assert world.get(south.client, "notify", "/obligations", school_id=north.school_id) == []
    of_school = [one for one in whole if one["school_id"] == north.school_id]
    assert of_school
    for client in (north.client, "state"):
        assert world.get(client, "notify", "/obligations", school_id=north.school_id) == of_school


@pytest.mark.parametrize("edition", ["released", "built"])
def test_statuses_of_an_edition_are_listed_for_their_own_district(world: World, edition: str) -> None:
    path = f"/designations/{getattr(world, edition)}"
    whole = world.get("state", "designation", path)["schools"]
    for place in (world.north, world.south):
        own = world.get(place.client, "designation", path)["schools"]
        assert own == [each for each in whole if each["district_id"] == place.district_id]
        assert any(each["school_id"] == place.school_id for each in own)
    assert len(whole) > len(own)


def test_a_history_is_of_the_school_that_was_asked_for(world: World) -> None:
    for place in (world.north, world.south):
        found = world.get(place.client, "designation", f"/schools/{place.school_id}/history")["decisions"]
        assert {each["school_id"] for each in found} == {place.school_id}


def test_the_preview_of_a_district_names_its_own_schools_only(world: World) -> None:
    districts = directory(world)
    for place in (world.north, world.south):
        path = f"/preview/{world.built}/districts/{place.district_id}.json"
        members = world.get(place.client, "reportcard", path)["members"]
        assert {districts[each["entity_id"]] for each in members} == {place.district_id}


def test_what_is_not_released_is_public_to_nobody(world: World) -> None:
    """Whatever token is sent: public pages are of released editions. The twins: released, or in the preview."""
    first, last = world.years
    place = world.north
    explained = f"school/{place.school_id}/math.participation.json"
    pairs = [
        (f"/{what}?year={last}", f"/{what}?year={first}", f"/preview/{world.built}/{what}")
        for what in (f"schools/{place.school_id}.json", f"districts/{place.district_id}.csv", "state.json")
    ]
    pairs.append(
        (
            f"/explain/{world.built}/{explained}",
            f"/explain/{world.released}/{explained}",
            f"/preview/{world.built}/explain/{explained}",
        )
    )
    for token in (None, world.tokens[place.client], world.tokens["state"]):
        for hidden, released, _ in pairs:
            assert world.ask(token, "reportcard", "GET", hidden).status_code == 404
            assert world.ask(token, "reportcard", "GET", released).status_code == 200
    for _, _, preview in pairs:
        assert world.ask(world.tokens["state"], "reportcard", "GET", preview).status_code == 200


def test_editions_that_are_not_released_are_listed_for_clients_only(world: World) -> None:
    public = world.ask(None, "reportcard", "GET", "/api/editions").json()
    assert [one["edition_id"] for one in public] == [world.released]
    assert not {"state", "released_by"} & set(public[0])
    for client in ("state", world.north.client):
        known = {one["edition_id"] for one in world.get(client, "reportcard", "/api/editions")}
        assert {world.released, world.built} <= known


def test_a_client_of_no_district_has_nothing_of_its_own(world: World, nobody: str) -> None:
    """A token that says district and names none is good, and sees no district's rows."""
    place: Place = world.north
    for service, path in (
        ("scoring", f"/provisional/{place.school_id}"),
        ("designation", f"/schools/{place.school_id}/history"),
        ("reportcard", f"/preview/{world.built}/schools/{place.school_id}"),
        ("notify", f"/obligations/{place.notice}"),
    ):
        assert world.ask(nobody, service, "GET", path).status_code == 403
    for service, path in (
        ("ingest", DATA + "studentSchoolAssociations"),
        ("ingest", DATA + "students"),
        ("notify", "/obligations"),
    ):
        assert world.ask(nobody, service, "GET", path).json() == []
    assert world.ask(nobody, "ingest", "GET", "/refused").json()["refused"] == []
    assert world.ask(nobody, "ingest", "GET", "/refused/download").text == ""
    assert world.ask(nobody, "designation", "GET", f"/designations/{world.built}").json()["schools"] == []
    for path in (f"/refused/{place.refusal}", f"/bulk/submissions/{place.submission}"):
        assert world.ask(nobody, "ingest", "GET", path).status_code == 404
