"""Who may ask designation what: every route, every kind of client, and each refusal's twin that succeeds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.designation import api, timer
from shared.runtime import tokens
from shared.runtime.database import prepare
from shared.runtime.http import install_errors
from shared.runtime.observe import Metrics, json_log
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.vocabulary.identity import fact_id
from tests.services.designation_log import Log, edition_id_of, make_edition, make_school

EARLIER = make_edition("2023-24", [make_school("A", 200), make_school("B", 300, district_id="D2")])
EDITION = make_edition(
    "2024-25",
    [make_school("A", 200), make_school("B", 300, district_id="D2")],
    {"2023-24": edition_id_of(EARLIER)},
)
UNDECIDED = make_edition("2022-23", [make_school("A", 200)])


class Door:
    """The service's HTTP door over a database in which EARLIER and EDITION are decided and UNDECIDED is not."""

    def __init__(self, http: TestClient, private_key: Path, runtime: Runtime) -> None:
        self._http, self._private_key, self.runtime = http, private_key, runtime

    def get(self, path: str, kind: str | None, district: str | None = None, state: str = "ms") -> tuple[int, dict]:
        headers = {}
        if kind:
            token, _ = tokens.issue(self._private_key, "client", kind, district, state, datetime.now(UTC))
            headers["Authorization"] = f"Bearer {token}"
        answer = self._http.get(path, headers=headers)
        return answer.status_code, answer.json()


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    engine = prepare(database_url, "designation")
    log = Log(engine)
    log.send(EARLIER)
    log.send(EDITION)
    log.send(UNDECIDED[:-1])
    key = Ed25519PrivateKey.generate()
    private, public = folder / "private.pem", folder / "public.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    settings = Settings("designation", "unused:9092", database_url, "ms", "test", token_public_key=public)
    log_line = json_log("designation", "test")
    app = FastAPI()
    app.include_router(api.router)
    install_errors(app, log_line)
    app.state.runtime = Runtime(settings, engine, Metrics(), log_line)
    yield Door(TestClient(app), private, app.state.runtime)
    engine.dispose()


WHOLE = f"/designations/{edition_id_of(EDITION)}"


def test_the_state_sees_every_school_of_an_edition(door: Door) -> None:
    status, body = door.get(WHOLE, "state")
    assert status == 200
    assert [(school["school_id"], school["after"]) for school in body["schools"]] == [
        ("A", ["comprehensive_support"]),
        ("B", []),
    ]


@pytest.mark.parametrize(("district", "schools"), [("D1", ["A"]), ("D2", ["B"]), ("D3", [])])
def test_a_district_sees_its_own_schools_of_an_edition(door: Door, district: str, schools: list[str]) -> None:
    status, body = door.get(WHOLE, "district", district)
    assert (status, [school["school_id"] for school in body["schools"]]) == (200, schools)


def test_a_district_token_without_a_district_sees_no_school(door: Door) -> None:
    assert door.get(WHOLE, "district") == (200, {"edition_id": str(edition_id_of(EDITION)), "schools": []})
    assert door.get("/schools/A/history", "district")[0] == 403


@pytest.mark.parametrize(
    ("path", "kind", "district", "expected"),
    [
        ("/schools/A/history", "state", None, 200),
        ("/schools/A/history", "district", "D1", 200),
        ("/schools/A/history", "district", "D2", 403),
        ("/schools/B/history", "district", "D2", 200),
        ("/schools/B/history", "district", "D1", 403),
        ("/schools/NONE/history", "state", None, 404),
        ("/schools/NONE/history", "district", "D1", 403),  # no other answer than for a school of another district
        ("/schools/A/history", None, None, 401),
        (WHOLE, None, None, 401),
        (f"/designations/{edition_id_of(UNDECIDED)}", "state", None, 404),
        (f"/designations/{fact_id('edition', 'never')}", "state", None, 404),
        (f"/designations/{fact_id('edition', 'never')}", "district", "D1", 404),
        ("/designations/no-id", "state", None, 400),
    ],
)
def test_every_route_answers_or_refuses(
    door: Door, path: str, kind: str | None, district: str | None, expected: int
) -> None:
    status, body = door.get(path, kind, district)
    assert status == expected
    assert (status == 200) == ("correlationId" not in body)


def test_a_token_of_another_state_is_refused(door: Door) -> None:
    assert door.get(WHOLE, "state", state="trial")[0] == 401
    assert door.get(WHOLE, "state", state="ms")[0] == 200


def test_a_history_runs_by_school_year(door: Door) -> None:
    _, body = door.get("/schools/A/history", "district", "D1")
    assert [(each["school_year"], each["after"]) for each in body["decisions"]] == [
        ("2023-24", []),
        ("2024-25", ["comprehensive_support"]),
    ]


def test_the_gauge_counts_decided_editions(door: Door) -> None:
    timer.measure(door.runtime)
    assert door.runtime.metrics.registry.get_sample_value("schoolmark_editions", {"state": "decided"}) == 2
