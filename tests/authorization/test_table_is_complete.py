"""The table names every route that the five services have, and none that they have not."""

from importlib import import_module

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from deploy.local.processes import SERVICES
from shared.runtime.launch import application
from shared.runtime.settings import Settings
from tests.authorization.rules import BAD, KINDS, OK
from tests.authorization.table import CASES


def served(service: str, *more: APIRouter) -> FastAPI:
    """The application that the service's process serves (not started)."""
    settings = Settings(service, "unused:0", "postgresql+psycopg://unused/unused", "ms", f"{service}-test")
    app = application(settings, (), import_module(f"services.{service}.api").router, ())
    for router in more:
        app.include_router(router)
    return app


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path) of every route of an application. HEAD comes with GET and asks for no more."""
    found = set()
    for each in iter_route_contexts(app.routes):
        assert each.path, f"{each}: a route without a path (a mounted application?) is not understood here"
        assert each.methods, f"{each.path}: a route without methods (a web socket?) is not understood here"
        found |= {(method, each.path) for method in each.methods - {"HEAD"}}
    return found


def in_table(service: str) -> set[tuple[str, str]]:
    return {(case.method, case.route) for case in CASES if case.service == service}


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_has_every_route_and_no_other(service: str) -> None:
    there, known = routes_of(served(service)), in_table(service)
    assert sorted(there - known) == [], "routes without a line in tests/authorization/table.py"
    assert sorted(known - there) == [], "lines of tests/authorization/table.py whose route is gone"


def test_a_new_route_would_be_found_wherever_it_is_added() -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter()

    @inner.patch("/{thing}")
    def added(thing: str) -> str:
        return thing

    outer.include_router(inner, prefix="/outer")
    assert routes_of(served("scoring", outer)) - in_table("scoring") == {("PATCH", "/outer/inner/{thing}")}


def test_the_table_covers_five_services_and_every_kind_of_client() -> None:
    assert {case.service for case in CASES} == set(SERVICES)
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert set(case.rule.answers) == set(KINDS)
        assert all(case.rule.answers[kind] in (OK, 401) for kind in BAD)
        assert all(case.rule.answers[kind] != 401 for kind in KINDS if kind not in BAD)
