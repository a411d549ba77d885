"""The cookie way: a person logs in with a token, and sees and may do what the token's client may, and no more."""

from http.cookies import SimpleCookie

import pytest

from shared.runtime.http import COOKIE
from tests.authorization.rules import BAD
from tests.authorization.world import Place, World

HTML = {"accept": "text/html"}


def logged_in(world: World, client: str, target: str = "") -> tuple[str, str]:
    """The cookie header that a browser would send from now on, and where it is led."""
    form = {"token": world.tokens[client], "next": target}
    answer = world.ask(None, "reportcard", "POST", "/login", data=form)
    world.http.cookies.clear()  # each test sends its cookie itself
    assert answer.status_code == 303, answer.text
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "strict"
    assert 0 < int(cookie["max-age"]) <= 30 * 60
    return f"{COOKIE}={cookie.value}", answer.headers["location"]


def status(world: World, cookie: str, path: str, accept: str = "application/json") -> int:
    headers = {"cookie": cookie, "accept": accept}
    return world.ask(None, "reportcard", "GET", path, headers=headers).status_code


def card(world: World, place: Place) -> str:
    return f"/preview/{world.built}/schools/{place.school_id}"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_district_logged_in_sees_its_own_preview_and_not_anothers(world: World, accept: str) -> None:
    for own, other in ((world.north, world.south), (world.south, world.north)):
        cookie, _ = logged_in(world, own.client)
        assert status(world, cookie, card(world, own), accept) == 200
        assert status(world, cookie, card(world, other), accept) == 403
        assert status(world, cookie, f"/preview/{world.built}/state", accept) == 403
    cookie, _ = logged_in(world, "state")
    for path in (card(world, world.north), card(world, world.south), f"/preview/{world.built}/state"):
        assert status(world, cookie, path, accept) == 200


@pytest.mark.parametrize("kind", BAD[1:])
def test_a_bad_token_does_not_log_in_and_is_no_cookie(world: World, kind: str) -> None:
    token = world.bad_tokens[kind]
    answer = world.ask(None, "reportcard", "POST", "/login", data={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert str(token) not in answer.text
    cookie = f"{COOKIE}={token}"
    assert status(world, cookie, card(world, world.north)) == 401
    assert status(world, f"{COOKIE}={world.tokens['state']}", card(world, world.north)) == 200
    listed = world.ask(None, "reportcard", "GET", "/api/editions", headers={"cookie": cookie})
    assert [one["edition_id"] for one in listed.json()] == [world.released]  # as to any reader


@pytest.mark.parametrize("kind", BAD)
def test_a_browser_without_a_good_token_is_led_to_the_login_and_back(world: World, kind: str) -> None:
    path = card(world, world.north)
    answer = world.ask(world.bad_tokens[kind], "reportcard", "GET", path, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    assert logged_in(world, world.north.client, path)[1] == path
    assert world.ask(world.tokens[world.north.client], "reportcard", "GET", path, headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "/preview//x", "/\\x", "/logout"]
)
def test_the_login_leads_to_previews_of_this_site_only(world: World, target: str) -> None:
    assert logged_in(world, world.north.client, target)[1] == "/editions"


def test_a_bad_bearer_token_is_not_helped_by_a_good_cookie(world: World) -> None:
    cookie, _ = logged_in(world, world.north.client)
    for path in (card(world, world.north), "/api/editions"):
        bad = world.ask(world.bad_tokens[BAD[1]], "reportcard", "GET", path, headers={"cookie": cookie})
        assert bad.status_code == 401
        good = world.ask(world.tokens[world.north.client], "reportcard", "GET", path, headers={"cookie": cookie})
        assert good.status_code == 200


def test_a_cookie_releases_only_for_the_state(world: World) -> None:
    body = {"edition_id": world.released}
    for client, expected in ((world.north.client, 403), ("state", 200)):
        cookie, _ = logged_in(world, client)
        answer = world.ask(None, "reportcard", "POST", "/releases", json=body, headers={"cookie": cookie})
        assert answer.status_code == expected


def test_previews_are_kept_by_nobody_on_the_way(world: World) -> None:
    for path in (card(world, world.north), f"{card(world, world.north)}.json", f"{card(world, world.north)}.csv"):
        answer = world.ask(world.tokens["state"], "reportcard", "GET", path)
        assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in answer.headers


def test_logging_out_takes_the_cookie_away(world: World) -> None:
    cookie, _ = logged_in(world, world.north.client)
    answer = world.ask(None, "reportcard", "POST", "/logout", headers={"cookie": cookie})
    gone = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert (gone.value, gone["max-age"]) == ("", "0")
