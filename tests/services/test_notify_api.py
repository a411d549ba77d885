"""Notify's HTTP door: every route, every kind of client, another district's notice; each refusal with its twin."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.notify import api
from shared.runtime import tokens
from shared.runtime.http import install_errors
from shared.vocabulary.identity import fact_id
from tests.services.notice_world import CSI, World, make_school

MINE = fact_id("obligation", "identified_school_parents", "S1", "2024-25", CSI)
OTHERS = fact_id("obligation", "identified_school_parents", "S2", "2024-25", CSI)
SENT = {"sent_on": "2025-09-22", "channel": "letter"}
PROOF = {"kind": "postmark", "reference": "receipt 17", "sent_on": "2025-09-22"}
ACCEPT = {"accepted": True}


class Door:
    """The door over two open notices: S1 of district D1, S2 of district D2. It is 2025-09-23."""

    def __init__(self, http: TestClient, key: Path, world: World) -> None:
        self._http, self._key, self.world = http, key, world

    def ask(
        self, method: str, path: str, kind: str | None = "state", district: str | None = None, body: Any = None
    ) -> tuple[int, Any]:
        headers = {}
        if kind:
            token, _ = tokens.issue(self._key, district or "office", kind, district, "ms", datetime.now(UTC))
            headers["Authorization"] = f"Bearer {token}"
        answer = self._http.request(method, path, headers=headers, json=body)
        return answer.status_code, answer.json()

    def post(self, path: str, body: Any, kind: str = "state", district: str | None = None) -> tuple[int, Any]:
        return self.ask("POST", path, kind, district, body)


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    key = Ed25519PrivateKey.generate()
    private, public = folder / "private.pem", folder / "public.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    world = World(database_url)
    world.edition(1, [make_school("S1", after=(CSI,)), make_school("S2", after=(CSI,), district_id="D2")])
    world.at("2025-09-23T17:00:00+00:00")
    world.runtime.settings = type(world.runtime.settings)(
        **{**vars(world.runtime.settings), "token_public_key": public}
    )
    app = FastAPI()
    app.include_router(api.router)
    install_errors(app, world.runtime.log)
    app.state.runtime = world.runtime
    yield Door(TestClient(app), private, world)
    world.engine.dispose()


ROUTES = [
    ("GET", "/obligations/{}", None),
    ("POST", "/obligations/{}/sent", SENT),
    ("POST", "/obligations/{}/evidence", PROOF),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_a_district_reaches_its_own_notice_and_no_other(door: Door, method: str, path: str, body: Any) -> None:
    assert door.ask(method, path.format(OTHERS), "district", "D1", body)[0] == 403
    assert door.ask(method, path.format(OTHERS), "district", None, body)[0] == 403
    assert door.ask(method, path.format(uuid4()), "district", "D1", body)[0] == 403  # not even whether it is there
    assert door.ask(method, path.format(OTHERS), None, None, body)[0] == 401
    assert door.ask(method, path.format(MINE), "district", "D1", body)[0] == 200


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_the_state_reaches_every_notice(door: Door, method: str, path: str, body: Any) -> None:
    assert door.ask(method, path.format(OTHERS), "state", None, body)[0] == 200
    assert door.ask(method, path.format(uuid4()), "state", None, body)[0] == 404


def test_only_the_state_decides_on_proof(door: Door) -> None:
    path = f"/obligations/{MINE}/evidence/decision"
    door.post(f"/obligations/{MINE}/evidence", PROOF, "district", "D1")
    assert door.post(path, ACCEPT, "district", "D1")[0] == 403
    assert door.ask("POST", path, None, None, ACCEPT)[0] == 401
    assert door.post(f"/obligations/{uuid4()}/evidence/decision", ACCEPT)[0] == 404
    status, notice = door.post(path, ACCEPT)
    assert (status, notice["state"], notice["life"]["evidence"]["accepted"]) == (200, "evidenced", True)


def test_the_list_is_whole_for_the_state_and_its_own_for_a_district(door: Door) -> None:
    def schools(path: str, kind: str, district: str | None = None) -> list[str]:
        status, notices = door.ask("GET", path, kind, district)
        assert status == 200
        return sorted(notice["school_id"] for notice in notices)

    assert schools("/obligations", "state") == ["S1", "S2"]
    assert schools("/obligations", "district", "D1") == ["S1"]
    assert schools("/obligations", "district") == []
    assert schools("/obligations?school_id=S2", "district", "D1") == []
    assert schools("/obligations?school_id=S2", "state") == ["S2"]
    assert schools("/obligations?state=overdue", "state") == []
    door.post(f"/obligations/{MINE}/sent", SENT)
    assert schools("/obligations?state=sent", "state") == ["S1"]
    assert door.ask("GET", "/obligations", None)[0] == 401


def test_a_notice_shows_its_clock_its_mails_and_its_history(door: Door) -> None:
    door.post(f"/obligations/{MINE}/sent", SENT, "district", "D1")
    door.world.publish()
    _, notice = door.ask("GET", f"/obligations/{MINE}")
    assert (notice["starts_on"], notice["due_on"], notice["state"]) == ("2025-09-18", "2025-10-20", "sent")
    assert notice["method"].startswith("30 calendar days from 2025-09-18, start exclusive")
    assert [mail["purpose"] for mail in notice["mails"]] == ["opened"]
    assert [fact["type"] for fact in notice["history"]] == ["notice.opened", "notice.moved"]
    assert notice["history"][1]["cause"] == "notice sent by D1"
    assert (notice["address_refused"], notice["finding_is_open"]) == (False, False)


def test_the_same_report_twice_is_one_move(door: Door) -> None:
    first = door.post(f"/obligations/{MINE}/sent", SENT)
    assert door.post(f"/obligations/{MINE}/sent", SENT) == first
    _, notice = door.ask("GET", f"/obligations/{MINE}")
    assert len(notice["history"]) == 2


def test_an_act_that_the_state_of_a_notice_forbids_is_a_conflict_that_says_why(door: Door) -> None:
    assert door.post(f"/obligations/{MINE}/evidence/decision", ACCEPT)[0] == 409
    status, early = door.post(f"/obligations/{MINE}/sent", {**SENT, "sent_on": "2025-09-17"})
    assert (status, early["status"]) == (409, 409)
    assert early["detail"] == (
        "Sent on 2025-09-17: a notice leaves between its start, 2025-09-18, and today, 2025-09-23."
    )
    assert door.post(f"/obligations/{MINE}/sent", {**SENT, "sent_on": "2025-09-24"})[0] == 409  # tomorrow
    assert door.post(f"/obligations/{MINE}/sent", {**SENT, "sent_on": "2025-09-23"})[0] == 200  # today


def test_proof_keeps_counts_and_papers(door: Door) -> None:
    counts = {"households_addressed": 210, "households_returned": 2, "languages": ["English", "Spanish"]}
    status, notice = door.post(
        f"/obligations/{MINE}/evidence", {**PROOF, **counts, "signed_by_principal": True}, "district", "D1"
    )
    assert (status, notice["state"]) == (200, "sent")
    assert notice["life"]["evidence"]["details"] == {
        "households_addressed": "210",
        "households_returned": "2",
        "languages": "English, Spanish",
        "signed_by_principal": "yes",
    }


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("sent", {"sent_on": "yesterday", "channel": "letter"}, "$.sent_on"),
        ("sent", {**SENT, "student": "S"}, "$.student"),
        ("sent", {**SENT, "channel": "a\x00b"}, "$.channel"),
        ("evidence", {**PROOF, "enrolled": -1}, "$.enrolled"),
        ("evidence/decision", {"accepted": False}, "$.reason"),
    ],
)
def test_a_body_that_is_not_as_it_must_be_is_told_where(door: Door, path: str, body: Any, place: str) -> None:
    status, problem = door.post(f"/obligations/{MINE}/{path}", body)
    assert (status, list(problem["validationErrors"])) == (400, [place])


def test_a_rejected_proof_reopens_the_notice_with_its_reason(door: Door) -> None:
    door.post(f"/obligations/{MINE}/evidence", PROOF)
    no = {"accepted": False, "reason": "the postmark cannot be read"}
    status, notice = door.post(f"/obligations/{MINE}/evidence/decision", no)
    assert (status, notice["state"], notice["life"]["reason"]) == (200, "open", "the postmark cannot be read")


def test_an_unknown_state_in_the_query_is_refused(door: Door) -> None:
    assert door.ask("GET", "/obligations?state=lost")[0] == 400
    assert door.ask("GET", "/obligations?school_id=%00")[0] == 400
