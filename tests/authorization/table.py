"""The one table of every route of the five services: who may ask for it, and what is asked."""

from dataclasses import dataclass

from tests.authorization import asking
from tests.authorization.asking import Asking, card, notice, plain
from tests.authorization.rules import (
    CLIENTS,
    DISTRICTS,
    ENDED,
    HIDDEN,
    ITS_OWN,
    PUBLIC,
    READERS,
    REPORTED,
    STATE_ONLY,
    STATE_SEES,
    Rule,
)
from tests.authorization.world import RESOURCES, STATE_WRITES

DATA = ("/data/v3/{space:space}/{name}", "/data/v3/{year:int}/{space:space}/{name}")
PERSONS = (
    "students",
    "staffs",
)  # nobody's own before a stay or an assignment says whose: whoever has one may write one


@dataclass(frozen=True)
class Case:
    """A route with one thing that is asked of it. `of_north_only`: only one district has such a thing."""

    service: str
    method: str
    route: str
    rule: Rule
    ask: Asking
    success: frozenset[int]
    about: str = ""
    of_north_only: bool = False

    @property
    def name(self) -> str:
        """How the case is called in test ids."""
        return f"{self.service} {self.method} {self.route} {self.about}".strip()


def _case(
    service: str, line: str, rule: Rule, ask: Asking | None = None, success: tuple[int, ...] = (200,), about: str = "",
    of_north_only: bool = False,
) -> Case:  # fmt: skip
    method, route = line.split()
    return Case(service, method, route, rule, ask or plain(), frozenset(success), about, of_north_only)


def _everywhere() -> list[Case]:
    """What the runtime and the framework give every service."""
    routes = ("healthz", "readyz", "metrics", "openapi.json")
    services = ("ingest", "scoring", "designation", "reportcard", "notify")
    return [_case(service, f"GET /{route}", PUBLIC) for service in services for route in routes]


def _records() -> list[Case]:
    """Records, by resource: the chapter says who writes which."""
    found = []
    for name in RESOURCES:
        state_writes = name in STATE_WRITES
        writes = STATE_ONLY if state_writes else DISTRICTS if name in PERSONS else REPORTED
        reads = {"assessments": CLIENTS, "postSecondaryEvents": STATE_SEES}.get(name, HIDDEN)
        ends = STATE_ONLY if state_writes else ENDED
        for route in DATA:
            found += [
                _case("ingest", f"POST {route}", writes, asking.push(name), (200, 201), name),
                _case("ingest", f"GET {route}", CLIENTS, asking.every(name), about=name),
                _case("ingest", f"GET {route}/{{given}}", reads, asking.record(name), about=name),
                _case("ingest", f"PUT {route}/{{given}}", ends, asking.replaced(name), (204,), name),
                _case("ingest", f"DELETE {route}/{{given}}", ends, asking.fresh(name), (204,), name),
            ]
        # a file is taken from whoever may write its resource; its lines are judged one by one (test_ids_in_bodies.py)
        files = STATE_ONLY if state_writes else DISTRICTS
        found.append(_case("ingest", "POST /bulk/{name}", files, asking.bulk(name), about=name))
    return found


def _ingest() -> list[Case]:
    submission = "GET /bulk/submissions/{submission_id}"
    return [
        # before the records, so that the edition certified already is certified again, which costs nothing
        _case("ingest", "POST /editions", STATE_ONLY, asking.certify, (200, 201)),
        _case("ingest", "GET /editions", STATE_ONLY),
        _case("ingest", "GET /", PUBLIC),
        _case("ingest", "GET /metadata/data/v3/dependencies", PUBLIC),
        _case("ingest", "GET /metadata/data/v3/{year:int}/dependencies", PUBLIC, plain(year="2025")),
        _case("ingest", "POST /oauth/token", PUBLIC, asking.secret),
        _case("ingest", "POST /oauth/token_info", CLIENTS),
        _case("ingest", "POST /bulk", DISTRICTS, asking.mapped("students"), about="students"),
        _case("ingest", "POST /bulk", STATE_ONLY, asking.mapped("localEducationAgencies"), about="directory"),
        _case("ingest", submission, HIDDEN, lambda world, place: asking.Ask({"submission_id": place.submission})),
        _case("ingest", "GET /refused", CLIENTS),
        _case("ingest", "GET /refused/download", CLIENTS),
        _case(
            "ingest",
            "GET /refused/{refusal_id}",
            HIDDEN,
            lambda world, place: asking.Ask({"refusal_id": place.refusal}),
        ),
        _case("ingest", "GET /status", CLIENTS),
        *_records(),
    ]


def _scores() -> list[Case]:
    decided = lambda world, place: asking.Ask({"edition_id": world.built})  # noqa: E731
    school = lambda world, place: asking.Ask({"school_id": place.school_id})  # noqa: E731
    return [
        _case("scoring", "GET /provisional/{school_id}", ITS_OWN, school),
        _case("designation", "GET /designations/{edition_id}", CLIENTS, decided),
        _case("designation", "GET /schools/{school_id}/history", ITS_OWN, school),
    ]


def _public_pages() -> list[Case]:
    routes = (
        "/", "/site.css", "/state", "/state{suffix}", "/schools/{school_id}", "/schools/{school_id}.json",
        "/schools/{school_id}.csv", "/districts/{district_id}", "/districts/{district_id}.json",
        "/districts/{district_id}.csv", "/map", "/map{suffix}", "/names.json",
        "/editions", "/editions/{edition_id}/changes",
        "/editions/{edition_id}/changes{suffix}", "/explain/{edition_id}/{level}/{entity_id}/{measure}",
        "/explain/{edition_id}/{level}/{entity_id}/{measure}/{subgroup}",
    )  # fmt: skip
    return [_case("reportcard", f"GET {route}", PUBLIC, card(of="released")) for route in routes]


def _previews() -> list[Case]:
    school = ("/schools/{school_id}", "/explain/{level}/{entity_id}/{measure}",
              "/explain/{level}/{entity_id}/{measure}/{subgroup}")  # fmt: skip
    district = ("/districts/{district_id}", *school[1:])
    whole = ("/state", "/state{suffix}")
    here = "GET /preview/{edition_id}"
    return [
        *(_case("reportcard", here + route, ITS_OWN, card(of="built"), about="school") for route in school),
        *(
            _case("reportcard", here + route, ITS_OWN, card(of="built", level="district"), about="district")
            for route in district
        ),
        *(_case("reportcard", here + route, STATE_ONLY, card(of="built")) for route in whole),
    ]


def _reportcard() -> list[Case]:
    return [
        _case("reportcard", "GET /api/editions", READERS),
        _case("reportcard", "POST /releases", STATE_ONLY, asking.release),
        _case("reportcard", "GET /login", PUBLIC),
        _case("reportcard", "POST /login", PUBLIC, asking.login, (303,)),
        _case("reportcard", "POST /logout", PUBLIC, success=(303,)),
        *_public_pages(),
        *_previews(),
    ]


def _notify() -> list[Case]:
    one = "/obligations/{obligation_id}"
    return [
        _case("notify", "GET /obligations", CLIENTS),
        _case("notify", f"GET {one}", ITS_OWN, notice(), of_north_only=True),
        _case("notify", f"POST {one}/sent", ITS_OWN, notice(asking.SENT), of_north_only=True),
        _case("notify", f"POST {one}/evidence", ITS_OWN, notice(asking.PROOF), of_north_only=True),
        _case(
            "notify", f"POST {one}/evidence/decision", STATE_ONLY, notice(asking.REJECTED, proved=True),
            of_north_only=True,
        ),
    ]  # fmt: skip


CASES = [*_everywhere(), *_ingest(), *_scores(), *_reportcard(), *_notify()]
