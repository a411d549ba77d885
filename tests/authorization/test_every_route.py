"""Every route, every kind of client, another district's ids: who may is answered, who may not is refused for that."""

import re

import httpx
import pytest

from tests.authorization.asking import Ask
from tests.authorization.rules import BAD, KINDS, OK, OTHER, OWN, STATE
from tests.authorization.table import CASES, Case
from tests.authorization.world import Place, World

ADMITTED = [(case, kind) for case in CASES for kind in KINDS if case.rule.answers[kind] == OK]
REFUSED = [(case, kind) for case in CASES for kind in case.rule.refused]
ANOTHERS = [case for case in CASES if case.rule.answers[OWN] == OK != case.rule.answers[OTHER]]


def named(pairs: list[tuple[Case, str]]) -> list[str]:
    return [f"{case.name}: {kind}" for case, kind in pairs]


def token_of(world: World, kind: str) -> str | None:
    """Everything that is asked for is north's: north asks for its own, south for another's."""
    if kind in BAD:
        return world.bad_tokens[kind]
    return world.tokens[{OWN: world.north.client, OTHER: world.south.client, STATE: "state"}[kind]]


def send(world: World, token: str | None, case: Case, ask: Ask) -> httpx.Response:
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: ask.address[found[1]], case.route)
    return world.ask(token, case.service, case.method, path, **ask.parts)


def succeed(world: World, token: str | None, case: Case, ask: Ask) -> None:
    answer = send(world, token, case, ask)
    assert answer.status_code in case.success, f"{answer.status_code}: {answer.text[:500]}"


@pytest.mark.parametrize(("case", "kind"), ADMITTED, ids=named(ADMITTED))
def test_who_may_is_answered(world: World, case: Case, kind: str) -> None:
    succeed(world, token_of(world, kind), case, case.ask(world, world.north))


@pytest.mark.parametrize(("case", "kind"), REFUSED, ids=named(REFUSED))
def test_who_may_not_is_refused_and_the_same_request_of_who_may_succeeds(world: World, case: Case, kind: str) -> None:
    ask = case.ask(world, world.north)
    answer = send(world, token_of(world, kind), case, ask)
    expected = case.rule.answers[kind]
    assert answer.status_code == expected, answer.text[:500]
    _says_nothing(answer, expected, world.north)
    succeed(world, token_of(world, case.rule.twin), case, ask)


@pytest.mark.parametrize("case", ANOTHERS, ids=[case.name for case in ANOTHERS])
def test_the_district_that_is_refused_anothers_gets_its_own(world: World, case: Case) -> None:
    """The refused client's request with its own id succeeds; so does the owner's with the id that was refused."""
    south = world.tokens[world.south.client]
    refused = case.ask(world, world.north)
    assert send(world, south, case, refused).status_code == case.rule.answers[OTHER]
    succeed(world, world.tokens[world.north.client], case, refused)
    if not case.of_north_only:
        succeed(world, south, case, case.ask(world, world.south))


def _says_nothing(answer: httpx.Response, expected: int, place: Place) -> None:
    """A refusal is a problem with its code, and repeats nothing of what was asked for."""
    problem = answer.json()
    kinds = {401: "security:authentication", 403: "security:authorization", 404: "not-found"}
    assert problem["type"] == f"urn:ed-fi:api:{kinds[expected]}"
    assert problem["status"] == expected
    assert ("WWW-Authenticate" in answer.headers) is (expected == 401)
    student = place.bodies["students"]
    for value in (place.school_id, place.district_id, student["studentUniqueId"], student["lastSurname"]):
        assert value not in answer.text.replace(problem["correlationId"], "")
