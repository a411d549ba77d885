"""HTTP: who a client is, and one shape for every error (problem details): what, where, the mend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import uuid4

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.runtime import tokens
from shared.runtime.database import is_passing
from shared.runtime.observe import place_of
from shared.runtime.runtime import Runtime

URN = "urn:ed-fi:api:"
COOKIE = "schoolmark_token"


class Problem(Exception):
    """An answer that refuses. `urn` is the stable code; messages never repeat a value of the request."""

    def __init__(
        self,
        status: int,
        urn: str,
        title: str,
        detail: str,
        errors: Sequence[str] = (),
        validation_errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(title)
        self.status, self.urn, self.title, self.detail = status, urn, title, detail
        self.errors, self.validation_errors = list(errors), validation_errors or {}

    def response(self) -> JSONResponse:
        """The problem-details body; empty members are left out, as Ed-Fi's clients need."""
        body: dict[str, Any] = {
            "detail": self.detail,
            "type": self.urn if self.urn.startswith("urn:") else URN + self.urn,
            "title": self.title,
            "status": self.status,
            "correlationId": str(uuid4()),
        }
        if self.validation_errors:
            body["validationErrors"] = {path: list(texts) for path, texts in self.validation_errors.items()}
        if self.errors:
            body["errors"] = self.errors
        headers = {503: {"Retry-After": "2"}, 401: {"WWW-Authenticate": "Bearer"}}.get(self.status)
        return JSONResponse(body, self.status, headers)


@dataclass(frozen=True)
class Client:
    """Who asks: the state, or one district for its own schools."""

    id: str
    kind: Literal["state", "district"]
    district_id: str | None = None

    def may_see_district(self, district_id: str | None) -> bool:
        """The state sees every district, a district itself."""
        return self.kind == "state" or (district_id is not None and district_id == self.district_id)


async def runtime_of(request: Request) -> Runtime:
    """The process's runtime. 503 while it still starts. Like all that routes depend on here: never in a thread."""
    runtime = getattr(request.app.state, "runtime", None)
    if runtime is None:
        raise Problem(503, "service-unavailable", "Starting", "The service is still starting; try again in a moment.")
    return cast(Runtime, runtime)


async def client_of(request: Request, runtime: Runtime = Depends(runtime_of)) -> Client:
    """The client of a valid bearer token, or of the site's cookie. 401 otherwise."""
    return client_in(request, runtime)


def client_in(request: Request, runtime: Runtime) -> Client:
    """The client that a request names. Raises Problem (401)."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")
    key = runtime.settings.token_public_key
    if not token or key is None:
        raise _unauthenticated("Send an access token: Authorization: Bearer <token>.")
    try:
        claims = tokens.verify(key, token, runtime.settings.state)
    except tokens.BadToken as error:
        raise _unauthenticated(f"{error}.") from None
    if claims.get("kind") not in ("state", "district"):
        raise _unauthenticated("The access token names no kind of client.")
    return Client(claims["sub"], cast(Literal["state", "district"], claims["kind"]), claims.get("district"))


async def only_state(client: Client = Depends(client_of)) -> Client:
    """The state's client. 403 for any other."""
    if client.kind != "state":
        raise forbidden("Only the state's client may do this.")
    return client


def forbidden(detail: str) -> Problem:
    """403: authenticated, not allowed."""
    return Problem(403, "security:authorization", "Authorization Denied", detail)


def not_found(detail: str) -> Problem:
    """404: not there, or not for this client to know."""
    return Problem(404, "not-found", "Not Found", detail)


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, "security:authentication", "Authentication Failed", detail)


def install_errors(app: FastAPI, log: Any) -> None:
    """Every error of the app leaves as problem details; an unexpected one is logged by its type and place only."""

    async def problem(_: Request, error: Exception) -> JSONResponse:
        return cast(Problem, error).response()

    async def validation(_: Request, error: Exception) -> JSONResponse:
        found: dict[str, list[str]] = {}
        for part in cast(RequestValidationError, error).errors():
            path = "$." + ".".join(str(step) for step in part["loc"][1:])
            found.setdefault(path, []).append(str(part["msg"]))
        text = "The request is not valid; see validationErrors for each place and its mend."
        return Problem(400, "bad-request:data-validation-failed", "Data Validation Failed", text, (), found).response()

    async def http(_: Request, error: Exception) -> JSONResponse:
        status = cast(HTTPException, error).status_code
        known = {404: ("not-found", "Not Found"), 405: ("method-not-allowed", "Method Not Allowed")}
        urn, title = known.get(status, ("bad-request", "Bad Request"))
        return Problem(status, urn, title, f"{title}: there is nothing at this address for this method.").response()

    async def database(_: Request, error: Exception) -> JSONResponse:
        log("http.database_error", error=type(error).__name__)
        if is_passing(error):
            text = "The database does not answer at the moment; nothing was taken; try again shortly."
            return Problem(503, "service-unavailable", "Service Unavailable", text).response()
        return await unexpected(_, error)

    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        log("http.failed", error=type(error).__name__, place=place_of(error))
        text = "Something failed here; nothing was taken. Tell the operator the correlation id."
        return Problem(500, "internal-server-error", "Internal Server Error", text).response()

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(sa.exc.SQLAlchemyError, database)
    app.add_exception_handler(Exception, unexpected)


async def answer_to(request: Request, error: Exception) -> Response:
    """What the application answers when a route raises this; for what stands before it."""
    handlers = request.app.exception_handlers
    answer = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
    return cast(Response, await answer(request, error))
