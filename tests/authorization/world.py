"""One running line for all authorization tests: two districts that each have everything a route can be asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy import sample as sampling
from deploy import story
from deploy.local.keys import PRIVATE_KEY, STATE_CLIENT, district_client
from deploy.sample.manifest import Manifest
from services.ingest.rules.catalog import BY_NAME, TABLE
from shared.runtime import tokens
from tests.pipeline.line import Line, started
from tests.services import accountability_bodies

DATA = "/data/v3/ed-fi/"
STATE = "ms"
RESOURCES = tuple(resource.name for resource in TABLE)
STATE_WRITES = (
    "localEducationAgencies", "schools", "assessments", "studentAssessments", *accountability_bodies.STATE_WRITES,
)  # fmt: skip


def path_of(resource: str) -> str:
    """The address of a resource."""
    return f"/data/v3/{BY_NAME[resource].space}/{resource}"


@dataclass(frozen=True)
class Place:
    """A district and one thing of each kind that is its own. `notice`: None where no school owes one."""

    district_id: str
    client: str
    school_id: str
    bodies: dict[str, dict[str, Any]]
    ids: dict[str, str]
    refusal: str
    submission: str
    notice: str | None


@dataclass(frozen=True)
class World:
    """The line, its clients' tokens, tokens that are no good, and what there is to ask for."""

    line: Line
    http: httpx.Client
    tokens: dict[str, str]
    bad_tokens: dict[str, str | None]
    north: Place
    south: Place
    released: str
    built: str
    years: tuple[str, str]

    def ask(self, token: str | None, service: str, method: str, path: str, **parts: Any) -> httpx.Response:
        """An answer to whoever holds the token. Redirects are not followed."""
        headers = dict(parts.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.http.request(method, self.line.cluster.url(service) + path, headers=headers, **parts)

    def get(self, client: str, service: str, path: str, **params: str) -> Any:
        """The JSON that a client gets, who may ask for it."""
        answer = self.ask(self.tokens[client], service, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def must(self, client: str, service: str, path: str, body: Any) -> Any:
        """The JSON answer to a POST that must go in."""
        answer = self.ask(self.tokens[client], service, "POST", path, json=body)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def made(folder: Path, namespace: str, kafka: str, database_url: str) -> Iterator[World]:
    """Pushes a small state, certifies both years, releases the first; north is the district that owes a notice."""
    manifest = sampling.write(folder / "sample", districts=3, schools=10, years=2, seed=11)
    districts = story.districts(folder / "sample")
    with (
        started(folder / "line", namespace, districts, kafka, database_url) as line,
        httpx.Client(timeout=30, trust_env=False) as http,
    ):
        first, last = manifest.years
        line.push([*story.directory(folder / "sample"), *_needed(folder / "sample", manifest)])
        released, built = line.certify(first), line.certify(last)
        line.state.release(released)
        line.wait("a notice is owed", lambda: bool(line.state.get("notify", "/obligations")))
        owes = line.state.get("notify", "/obligations")[0]
        other = next(each for each in manifest.faulty_districts if str(each) != owes["district_id"])
        found = {name: api.token() for name, api in line.clients.items()}
        yield World(
            line=line,
            http=http,
            tokens=found,
            bad_tokens=_bad_tokens(line.cluster.keys / PRIVATE_KEY, folder),
            north=_place(line, http, owes["district_id"], owes),
            south=_place(line, http, str(other), None),
            released=released,
            built=built,
            years=(first, last),
        )


def _needed(folder: Path, manifest: Manifest) -> Iterator[story.Push]:
    """Every year, but absences of the last one only: they are many, and a day of each district is enough here."""
    for school_year in story.all_years(manifest):
        for push in story.year(folder, school_year):
            if school_year == manifest.years[-1] or push.resource != "studentSchoolAttendanceEvents":
                yield push


def _bad_tokens(key: Path, folder: Path) -> dict[str, str | None]:
    """Each says that it is the state's, and has one flaw."""
    now = datetime.now(UTC)
    stranger = folder / "stranger.pem"
    stranger.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    spent = now - tokens.LIFETIME - timedelta(seconds=5)
    return {
        "no token": None,
        "a spent token": tokens.issue(key, STATE_CLIENT, "state", None, STATE, spent)[0],
        "a token signed by another key": tokens.issue(stranger, STATE_CLIENT, "state", None, STATE, now)[0],
        "a token of another state": tokens.issue(key, STATE_CLIENT, "state", None, "trial", now)[0],
    }


def _place(line: Line, http: httpx.Client, district_id: str, notice: dict[str, Any] | None) -> Place:
    """A district's own things, read as the state sees them, and a refusal and a submission made for it now."""
    state, own = line.state, line.district(district_id)
    schools = state.get("ingest", DATA + "schools", limit="100")
    mine = sorted(str(s["schoolId"]) for s in schools if _district_of(s) == district_id)
    school = str(notice["school_id"]) if notice else mine[0]
    bodies = {"schools": next(s for s in schools if str(s["schoolId"]) == school)}
    # a student whom the district has enrolled in the school and wrote last (others may have moved on)
    written = {each["studentUniqueId"]: each for each in own.get("ingest", DATA + "students", limit="5000")}
    enrolled = state.get("ingest", DATA + "studentSchoolAssociations", limit="5000", schoolId=school)
    student = next(s for each in enrolled if (s := each["studentReference"]["studentUniqueId"]) in written)
    bodies["students"] = written[student]
    for name, leaf, value in (
        ("localEducationAgencies", "localEducationAgencyId", district_id),
        ("studentSchoolAssociations", "schoolId", school),
        ("studentSchoolAttendanceEvents", "schoolId", school),
        ("studentEducationOrganizationAssociations", "educationOrganizationId", district_id),
    ):
        whose = (
            {} if name in ("localEducationAgencies", "studentSchoolAttendanceEvents") else {"studentUniqueId": student}
        )
        bodies[name] = state.get("ingest", DATA + name, limit="1", **{leaf: value}, **whose)[0]
    results = state.get("ingest", DATA + "studentAssessments", limit="5000")
    bodies["studentAssessments"] = next(r for r in results if str(r["reportedSchoolReference"]["schoolId"]) == school)
    bodies["assessments"] = state.get("ingest", DATA + "assessments", limit="1")[0]
    for name, make in accountability_bodies.of_place(district_id, school, student).items():
        client = STATE_CLIENT if name in STATE_WRITES else district_client(district_id)
        bodies[name] = {"id": _pushed(line, http, client, name, make), **make}
    report = _bulk(line, http, district_id)
    refusals = own.get("ingest", "/refused")["refused"]
    return Place(
        district_id=district_id,
        client=district_client(district_id),
        school_id=school,
        bodies={name: {leaf: value for leaf, value in body.items() if leaf != "id"} for name, body in bodies.items()},
        ids={name: body["id"] for name, body in bodies.items()},
        refusal=next(r["refusal_id"] for r in refusals if r["submission_id"] == report["submission_id"]),
        submission=report["submission_id"],
        notice=notice["obligation_id"] if notice else None,
    )


def _pushed(line: Line, http: httpx.Client, client: str, name: str, body: dict[str, Any]) -> str:
    """The id of a record that goes in."""
    headers = {"Authorization": f"Bearer {line.clients[client].token()}"}
    answer = http.post(line.cluster.url("ingest") + path_of(name), json=body, headers=headers)
    assert answer.json()["outcome"] == "new", answer.text
    return str(answer.json()["id"])


def _district_of(school: dict[str, Any]) -> str:
    return str(school["localEducationAgencyReference"]["localEducationAgencyId"])


def _bulk(line: Line, http: httpx.Client, district_id: str) -> dict[str, Any]:
    """A file of one student without a birth date: a submission and a refusal of this district."""
    body = json.dumps({"studentUniqueId": f"X{district_id}", "firstName": "Zebulon", "lastSurname": "Quackenbush"})
    headers = {"Authorization": f"Bearer {line.district(district_id).token()}"}
    answer = http.post(f"{line.cluster.url('ingest')}/bulk/students", content=body, headers=headers)
    report: dict[str, Any] = answer.json()
    assert report["refused"] == 1, report
    return report
