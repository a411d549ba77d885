"""Tokens with other flaws, at every service; and what is open to everyone tells of no student."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.keys import PRIVATE_KEY, PUBLIC_KEY
from deploy.local.processes import SERVICES
from tests.authorization.test_lists import rows
from tests.authorization.world import World

GUARDED = {
    "ingest": "/status",
    "scoring": "/provisional/{school}",
    "designation": "/schools/{school}/history",
    "reportcard": "/preview/{edition}/schools/{school}",
    "notify": "/obligations",
}


def flawed(world: World) -> dict[str, str]:
    """Tokens that say they are the state's, each with a flaw of its own."""
    keys = world.line.cluster.keys
    key = (keys / PRIVATE_KEY).read_bytes()
    now = datetime.now(UTC)
    claims = {"sub": "state", "kind": "state", "state": "ms", "iat": now, "exp": now + timedelta(minutes=5)}

    def signed(**changes: object) -> str:
        kept = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(kept, key, algorithm="EdDSA")

    head, body, _ = signed().split(".")
    district = jwt.decode(world.tokens[world.north.client], options={"verify_signature": False})
    raised = base64.urlsafe_b64encode(json.dumps({**district, "kind": "state"}).encode()).rstrip(b"=").decode()
    public = base64.urlsafe_b64encode((keys / PUBLIC_KEY).read_bytes()).decode()
    return {
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "signed with the public key": jwt.encode(claims, public, algorithm="HS256"),
        "a district's, raised to the state's": ".".join((head, raised, world.tokens[world.north.client].split(".")[2])),
        "its signature cut off": f"{head}.{body}.",
        "without an end": signed(exp=None),
        "of nobody": signed(sub=None),
        "of no state": signed(state=None),
        "of no kind": signed(kind=None),
        "of an unknown kind": signed(kind="admin"),
        "no token at all": "state",
    }


FLAWS = (
    "unsigned", "signed with the public key", "a district's, raised to the state's", "its signature cut off",
    "without an end", "of nobody", "of no state", "of no kind", "of an unknown kind", "no token at all",
)  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_token_is_401_and_the_same_request_with_a_good_one_succeeds(
    world: World, service: str, flaw: str
) -> None:
    path = GUARDED[service].format(school=world.north.school_id, edition=world.built)
    answer = world.ask(flawed(world)[flaw], service, "GET", path)
    assert answer.status_code == 401
    assert flawed(world)[flaw] not in answer.text or flaw == "no token at all"
    assert world.ask(world.tokens["state"], service, "GET", path).status_code == 200


def test_a_secret_is_asked_for_and_only_the_right_one_gives_a_token(world: World) -> None:
    secrets = world.line.cluster.secrets
    for client, secret, expected in (
        (world.north.client, secrets[world.north.client], 200),
        (world.north.client, secrets[world.south.client], 401),
        ("state", secrets[world.north.client], 401),
        ("state", "", 401),
        ("nobody", secrets["state"], 401),
    ):
        fields = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        answer = world.ask(None, "ingest", "POST", "/oauth/token", data=fields)
        assert answer.status_code == expected
        assert secrets["state"] not in answer.text


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_open_tells_of_no_student(world: World, service: str) -> None:
    """Words of every label, help text and health answer, against every student's id and names."""
    students, _ = rows(world, "state", "students")
    assert len(students) > 2000
    known = {each[leaf].casefold() for each in students for leaf in ("studentUniqueId", "firstName", "lastSurname")}
    known |= {"zebulon", "quackenbush"}  # whom ingest has refused
    text = world.ask(None, service, "GET", "/metrics").text
    said = [value for family in text_string_to_metric_families(text) for s in family.samples for value in _labels(s)]
    assert said, "no metric has a label: nothing was looked at"
    said += [line for line in text.splitlines() if line.startswith("#")]
    said += [world.ask(None, service, "GET", path).text for path in ("/healthz", "/readyz", "/openapi.json")]
    words = {word for each in said for word in re.findall(r"[\w-]+", each.casefold())}
    assert words & known == set()


def _labels(sample: object) -> list[str]:
    return [str(value) for value in getattr(sample, "labels").values()]  # noqa: B009 (the parser has no types)
