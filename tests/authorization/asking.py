"""What is asked for at each route: the ids of the address, the body, and whatever must stand before."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.ingest.rules.catalog import BY_NAME
from tests.authorization.world import STATE_WRITES, Place, World, path_of

OTHER_KEYS: dict[str, tuple[str, str | int]] = {  # what makes another record of a body: a part of its key
    "courses": ("courseCode", "another {}"),
    "graduationCohortMembers": ("cohortYear", 2032),
    "postSecondaryEvents": ("eventDate", "2022-08-02"),
    "staffs": ("staffUniqueId", "another-{}"),
    "staffEducationOrganizationAssignmentAssociations": ("beginDate", "2022-08-02"),
    "disciplineIncidents": ("incidentIdentifier", "another {}"),
    "disciplineActions": ("disciplineActionIdentifier", "another {}"),
    "localActuals": ("asOfDate", "2025-05-31"),
}
SENT = {"sent_on": "2025-09-22", "channel": "letter"}
PROOF = {"kind": "postmark", "reference": "receipt 17", "sent_on": "2025-09-22"}
REJECTED = {"accepted": False, "reason": "the postmark cannot be read"}


@dataclass(frozen=True)
class Ask:
    """The values that stand in a route's address, and the rest of the request."""

    address: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)


Asking = Callable[[World, Place], Ask]


def plain(**address: str) -> Asking:
    """The same request for every place."""
    return lambda world, place: Ask(address)


def sending(body: Any) -> Asking:
    """The same body for every place."""
    return lambda world, place: Ask(parts={"json": body})


def record(name: str) -> Asking:
    """A record by its id."""
    return lambda world, place: Ask(_address(name, given=place.ids[name]))


def every(name: str) -> Asking:
    """The list of a resource."""
    return lambda world, place: Ask(_address(name))


def replaced(name: str) -> Asking:
    """A record that stands, by its id, as it is."""
    return lambda world, place: Ask(_address(name, given=place.ids[name]), {"json": place.bodies[name]})


def _address(name: str, **more: str) -> dict[str, str]:
    return {"space": BY_NAME[name].space, "name": name, "year": "2025", **more}


def push(name: str) -> Asking:
    """A record that stands, pushed again: it changes nothing."""
    return lambda world, place: Ask(_address(name), {"json": place.bodies[name]})


def bulk(name: str) -> Asking:
    """The same as a file."""
    return lambda world, place: Ask({"name": name}, {"content": json.dumps(place.bodies[name])})


def mapped(name: str) -> Asking:
    """A CSV of one row that a mapping reads as a record of the place."""
    bodies: dict[str, Any] = {
        "localEducationAgencies": {"localEducationAgencyId": "{ID}", "nameOfInstitution": "{NAME}"},
        "students": {"studentUniqueId": "S{ID}", "firstName": "{NAME}", "lastSurname": "{NAME}", "birthDate": "{DAY}"},
    }
    mapping = {"name": "rows", "records": [{"resource": name, "one_per": ["ID"], "body": bodies[name]}]}

    def ask(world: World, place: Place) -> Ask:
        rows = f"ID,NAME,DAY\n9{place.district_id},Nine,2015-04-01\n"
        return Ask(parts={"files": {"mapping": ("m.yaml", json.dumps(mapping)), "file": ("rows.csv", rows)}})

    return ask


def fresh(name: str) -> Asking:
    """A record of the place that nothing needs, pushed just now by who may, to be ended."""

    def ask(world: World, place: Place) -> Ask:
        writer = "state" if name in STATE_WRITES else place.client
        made = world.must(writer, "ingest", path_of(name), _another(name, place))
        return Ask(_address(name, given=made["id"]))

    return ask


def _another(name: str, place: Place) -> dict[str, Any]:
    """A body like the place's own, under a key of its own."""
    body = dict(place.bodies[name])
    number = f"9{place.district_id}"
    match name:
        case "localEducationAgencies":
            return {**body, "localEducationAgencyId": int(number)}
        case "schools":
            return {**body, "schoolId": int(number) * 1000}
        case "assessments":
            return {**body, "assessmentIdentifier": f"another {number}"}
        case "students":
            return {**body, "studentUniqueId": f"another-{number}"}
        case "studentSchoolAssociations":
            kept = ("studentReference", "schoolReference", "entryGradeLevelDescriptor")
            return {leaf: body[leaf] for leaf in kept} | {"entryDate": date(2022, 8, 1).isoformat()}
        case "studentEducationOrganizationAssociations":
            return {**body, "_ext": {"schoolmark": {"schoolYear": 2021}}}
        case "studentAssessments":
            return {**body, "studentAssessmentIdentifier": f"another {number}"}
        case "studentSchoolAttendanceEvents":
            return {**body, "eventDate": "2022-08-02"}
        case "courseTranscripts":
            record = {**body["studentAcademicRecordReference"], "schoolYear": 2018}
            return {**body, "studentAcademicRecordReference": record}
        case "studentDisciplineIncidentBehaviorAssociations":  # it waits for its incident
            reference = {**body["disciplineIncidentReference"], "incidentIdentifier": f"unheard {number}"}
            return {**body, "disciplineIncidentReference": reference}
        case "studentAcademicRecords" | "educationOrganizationMemberships":
            return {**body, "schoolYearTypeReference": {"schoolYear": 2018}}
    leaf, value = OTHER_KEYS[name]
    return {**body, leaf: value.format(number) if isinstance(value, str) else value}


def notice(body: Any = None, *, proved: bool = False) -> Asking:
    """The place's parent notice; with `proved`, proof was handed in just before."""

    def ask(world: World, place: Place) -> Ask:
        assert place.notice is not None, "only a district that owes a notice can be asked for one"
        if proved:
            world.must(place.client, "notify", f"/obligations/{place.notice}/evidence", PROOF)
        return Ask({"obligation_id": place.notice}, {} if body is None else {"json": body})

    return ask


def card(*, of: str, level: str = "school", measure: str = "math.participation", subgroup: str = "all") -> Asking:
    """A card of the place, in the `released` or the `built` edition."""

    def ask(world: World, place: Place) -> Ask:
        entity = place.school_id if level == "school" else place.district_id
        return Ask(
            {
                "edition_id": getattr(world, of),
                "school_id": place.school_id,
                "district_id": place.district_id,
                "level": level,
                "entity_id": entity,
                "measure": measure,
                "subgroup": subgroup,
                "suffix": ".json",
            }
        )

    return ask


def release(world: World, place: Place) -> Ask:
    """The released edition, released again: the first release is told."""
    return Ask(parts={"json": {"edition_id": world.released}})


def certify(world: World, place: Place) -> Ask:
    """The first year."""
    return Ask(parts={"json": {"school_year": world.years[0], "notified_on": "2025-09-15"}})


def secret(world: World, place: Place) -> Ask:
    """A client's id and secret as form fields."""
    cluster = world.line.cluster
    fields = {"grant_type": "client_credentials", "client_id": place.client}
    return Ask(parts={"data": fields | {"client_secret": cluster.secrets[place.client]}})


def login(world: World, place: Place) -> Ask:
    """A good token in the form."""
    return Ask(parts={"data": {"token": world.tokens[place.client]}})
