"""Cards out of memory: the same as new ones, never another's, never older than the release, never without bound."""

import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.reportcard import store
from services.reportcard.api import kept, public
from shared.runtime.database import prepare
from tests.services.reportcard_builders import Service, make_edition, random_state

STATE = random_state(3, 2, 5)  # S000, S002, S004 in D00; S001, S003 in D01
FIRST, SECOND = make_edition(STATE, cut=1), make_edition(STATE, cut=2)
ADDRESSES = [
    f"/{card}{suffix}{query}"
    for card in ("schools/S001", "districts/D01", "state")
    for suffix in ("", ".json", ".csv")
    for query in ("", "?year=2024-25")
]


@pytest.fixture
def service(database_url: str, folder: Path) -> Service:
    made = Service(prepare(database_url, "reportcard"), folder)
    made.take(FIRST)
    made.take(SECOND)
    made.release(FIRST)
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths whose cards were drawn by the application, in order."""
    paths: list[str] = []
    shown = public.shown

    def noted(request: Any, *more: Any) -> Any:
        paths.append(f"{request.url.path}?{request.url.query}".removesuffix("?"))
        return shown(request, *more)

    monkeypatch.setattr(public, "shown", noted)
    return paths


def edition_of(answer: Any) -> str:
    return str(answer.json()["edition_id"])


def test_a_kept_card_is_the_same_as_a_new_one(service: Service, drawn: list[str]) -> None:
    for address in ADDRESSES:
        first, second = service.http.get(address), service.http.get(address, headers=service.bearer("district", "D00"))
        assert first.status_code == second.status_code == 200
        assert (first.content, dict(first.headers)) == (second.content, dict(second.headers))
        again = service.http.get(address, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        other = service.http.get(address, headers={"If-None-Match": '"other"'})
        assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert drawn == ADDRESSES
    new = service.http.get("/state?drawn=anew", headers={"If-None-Match": service.http.get("/state").headers["etag"]})
    kept_one = service.http.get("/state", headers={"If-None-Match": new.headers["etag"]})
    assert (new.status_code, dict(new.headers)) == (kept_one.status_code, dict(kept_one.headers))
    assert drawn == [*ADDRESSES, "/state?drawn=anew"]


def test_a_release_here_is_seen_by_the_next_reader(service: Service) -> None:
    for edition in (FIRST, SECOND):
        service.release(edition)
        for _ in range(2):
            assert edition_of(service.http.get("/schools/S001.json")) == str(edition.edition_id)


def test_a_release_elsewhere_is_seen_within_a_second_and_a_withdrawn_card_gone(service: Service) -> None:
    """Another process on the same database opens the second edition; then what was opened is not what stands here."""
    for _ in range(2):
        assert edition_of(service.http.get("/schools/S001.json")) == str(FIRST.edition_id)
    query = sa.select(store.editions.c.fingerprint).where(store.editions.c.edition_id == SECOND.edition_id)
    with service.engine.begin() as connection:
        found = store.release_of(connection, FIRST.edition_id)
        assert found is not None
        row = {**found.__dict__, "edition_id": SECOND.edition_id, "fingerprint": connection.execute(query).scalar_one()}
        connection.execute(sa.insert(store.releases).values(row))
    time.sleep(kept.TRUE_FOR_SECONDS)
    assert edition_of(service.http.get("/schools/S001.json")) == str(SECOND.edition_id)
    with service.engine.begin() as connection:
        connection.execute(sa.update(store.releases).values(fingerprint="another"))
    time.sleep(kept.TRUE_FOR_SECONDS)
    assert service.http.get("/schools/S001.json").status_code == 404


def test_a_card_made_before_a_release_is_not_kept_after_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader's card was drawn, and before it is sent the next edition is opened and looked at."""
    card_answer = public.card_answer

    def slow(*given: Any) -> Any:
        made = card_answer(*given)
        monkeypatch.setattr(public, "card_answer", card_answer)
        service.release(SECOND)
        service.http.get("/schools/S001.json")
        service.http.get("/schools/S001.json")
        return made

    monkeypatch.setattr(public, "card_answer", slow)
    assert edition_of(service.http.get("/schools/S001.json")) == str(FIRST.edition_id)
    assert edition_of(service.http.get("/schools/S001.json")) == str(SECOND.edition_id)


def test_a_preview_is_neither_kept_nor_answered_out_of_memory(service: Service, drawn: list[str]) -> None:
    state = service.bearer("state")
    for edition in (FIRST, SECOND):
        path = f"/preview/{edition.edition_id}/schools/S001.json"
        public_one, preview = service.http.get("/schools/S001.json"), service.http.get(path, headers=state)
        assert preview.headers["cache-control"] == "private, no-store"
        assert "etag" not in preview.headers
        assert edition_of(preview) == str(edition.edition_id)
        assert edition_of(public_one) == str(FIRST.edition_id)
        assert service.http.get(path).status_code == 401
    assert [path for path, _ in service.app._cards] == ["/schools/S001.json"]


def test_no_query_and_no_address_of_nothing_fills_the_memory(service: Service, drawn: list[str]) -> None:
    for query in (
        "?x=1",
        "?year=2024-25&x=1",
        "?year=2024-25&year=2024-25",
        "?year=2024%2D25",
        "?year=",
        "?&",
        "?YEAR=1",
    ):
        service.http.get(f"/schools/S001{query}")
    for path in (
        "/schools/nobody",
        "/schools/S001?year=1999-00",
        "/districts/S001.json",
        "/state.txt",
        "/",
        "/editions",
    ):
        service.http.get(path)
    assert not service.app._cards


def test_what_was_asked_longest_ago_goes_first_when_the_memory_is_full(
    service: Service, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(service.http.get("/schools/S001.json").content)
    monkeypatch.setattr(kept, "MOST_BYTES", 3 * size + size // 2)
    for path in ("/schools/S000.json", "/schools/S002.json", "/schools/S001.json", "/schools/S003.json"):
        service.http.get(path)
    found = service.app
    assert [path for path, _ in found._cards][-2:] == ["/schools/S001.json", "/schools/S003.json"]
    assert ("/schools/S000.json", b"") not in found._cards
    assert found._bytes == sum(len(card.body) for card in found._cards.values()) <= kept.MOST_BYTES


def test_without_a_database_nothing_is_answered_out_of_memory_for_long(service: Service) -> None:
    assert service.http.get("/schools/S001").status_code == service.http.get("/schools/S001").status_code == 200
    working = service.runtime.engine
    service.runtime.engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    time.sleep(kept.TRUE_FOR_SECONDS)
    assert service.http.get("/schools/S001").status_code == 503
    service.runtime.engine = working
    assert service.http.get("/schools/S001").status_code == 200


def test_when_the_look_itself_fails_the_application_answers(
    service: Service, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing stands before the memory that would make a problem of an error of its own."""

    def fails(_: Any) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(kept, "_standing_now", fails)
    service.http.get("/schools/S001")
    time.sleep(kept.TRUE_FOR_SECONDS)
    assert service.http.get("/schools/S001").status_code == 200
    assert drawn == ["/schools/S001", "/schools/S001"]
