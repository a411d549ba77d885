"""One record at a time, in Ed-Fi's shapes: upsert, read, list, delete. Made from the resource table."""

import re
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.datastructures import URL
from starlette.types import Receive, Scope, Send

from services.ingest import store
from services.ingest.api.intake import LARGEST_RECORD, reader_of, resource_named
from services.ingest.api.writer import Writer, writer_of
from services.ingest.handle import Changes, Delete, Standing, on_delete
from services.ingest.rules.keeping import PARKED, REFUSED, Reply, Sender
from services.ingest.rules.resources import OWN_SPACE, SPACE, Resource
from shared.runtime.http import Client, Problem, answer_to, client_in, client_of, forbidden, not_found, runtime_of
from shared.runtime.runtime import Runtime
from shared.vocabulary import school_years

router = APIRouter(tags=["records"])
_DEFAULT_PAGE, _LARGEST_PAGE = 25, 5000
_SPACES = f"{SPACE}|{OWN_SPACE}"
_PUSHED = re.compile(rf"/data/v3/(?:(?P<year>[0-9]+)/)?(?P<space>{_SPACES})/(?P<name>[^/]+)")


class _Space(StringConvertor):
    """A namespace of resources, as a part of an address."""

    regex = _SPACES


register_url_convertor("space", _Space())
_PATHS = ("/data/v3/{space:space}/{name}", "/data/v3/{year:int}/{space:space}/{name}")


def resource_of(name: str) -> Resource:
    """The resource that the URL names. 404 otherwise."""
    found = resource_named(name)
    if found is None:
        raise not_found("This resource is not taken here; GET /metadata/data/v3/dependencies lists those that are.")
    return found


def resource_at(space: str, name: str) -> Resource:
    """The resource of an address, in its own namespace. 404 otherwise."""
    found = resource_of(name)
    if found.space != space:
        raise not_found(f"This resource is taken at /data/v3/{found.space}/{found.name}.")
    return found


def must_write(runtime: Runtime, client: Client, resource: Resource) -> Sender:
    """The client as a sender, if its kind may write the resource. 403 otherwise."""
    writers = reader_of(runtime.settings.state).intake.writers[resource.name]
    if client.kind not in writers:
        raise forbidden(f"{resource.name} are written by: {', '.join(sorted(writers))}.")
    return Sender(client.id, client.kind, client.district_id)


def sees(client: Client) -> str | None:
    """The district whose records a client may see; None for all."""
    return None if client.kind == "state" else client.district_id or ""


async def push(
    space: str,
    name: str,
    request: Request,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
    writer: Writer = Depends(writer_of),
) -> Response:
    """Upserts one record; answered when it is committed with its revision, or parked. 201 new or parked, else 200."""
    resource = resource_at(space, name)
    sender = must_write(runtime, client, resource)
    header = request.headers.get("refusal-id")
    mended = await run_in_threadpool(_mended, runtime, client, header) if header else None
    raw = await _body(request)
    entry = reader_of(runtime.settings.state).read(resource, raw, _school_year(year))
    reply = await writer.push(sender, entry, mended)
    if reply.outcome == REFUSED:
        raise refusal_problem(reply)
    base = _named(request.scope["scheme"], request.headers.get("host", "")) or str(request.base_url).rstrip("/")
    headers = {"Location": f"{base}/data/v3/{resource.space}/{resource.name}/{reply.record_id}"}
    if reply.revision:
        headers["ETag"] = f'"{reply.revision}"'
    return Response(orjson.dumps(_receipt(reply)), reply.status, headers, "application/json")


for _path in _PATHS:
    router.add_api_route(_path, push, methods=["POST"], response_model=dict[str, Any])


class Pushes:
    """Stands before the application and answers single pushes: what it puts around every route took as long as they.

    A request with a query is the application's, as everything else.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application would."""
        is_post = scope["type"] == "http" and scope["method"] == "POST" and not scope["query_string"]
        named = _PUSHED.fullmatch(scope["path"]) if is_post else None
        if named is None:
            return await self._app(scope, receive, send)
        scope["app"] = self._app
        request = Request(scope, receive)
        try:
            runtime = await runtime_of(request)
            client, writer = client_in(request, runtime), await writer_of(request, runtime)
            year = int(named["year"]) if named["year"] else None
            response = await push(named["space"], named["name"], request, year, client, runtime, writer)
        except Exception as error:  # noqa: BLE001 (the application's own handlers say what each is answered with)
            response = await answer_to(request, error)
        await response(scope, receive, send)


@router.get(_PATHS[0])
@router.get(_PATHS[1])
def listing(
    space: str,
    name: str,
    request: Request,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """Records in the order they came. `limit`, `offset`, `totalCount`, and any part of the natural key as a filter."""
    resource = resource_at(space, name)
    limit, offset = _page(request, "limit", _DEFAULT_PAGE, _LARGEST_PAGE), _page(request, "offset", 0, 2**62)
    leaves = {leaf: value for leaf, value in request.query_params.items() if leaf in resource.leaves}
    headers = {}
    with runtime.engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ")
        rows = store.listed(connection, resource.name, sees(client), leaves, limit, offset) if limit else []
        if request.query_params.get("totalCount", "").lower() == "true":
            headers["Total-Count"] = str(store.counted(connection, resource.name, sees(client), leaves))
    text = "[" + ",".join(_with_id(row) for row in rows) + "]"
    return Response(text, media_type="application/json", headers=headers)


@router.get(_PATHS[0] + "/{given}")
@router.get(_PATHS[1] + "/{given}")
def single(
    space: str,
    name: str,
    given: str,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """One record by its id."""
    resource = resource_at(space, name)
    row = _row(runtime, client, resource, _id(given))
    return Response(_with_id(row), media_type="application/json", headers={"ETag": f'"{row.revision}"'})


async def replace(
    space: str,
    name: str,
    given: str,
    request: Request,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
    writer: Writer = Depends(writer_of),
) -> Response:
    """Changes a record that stands. 204; 404 when it is not there or another district's; 400 under another key."""
    resource = resource_at(space, name)
    sender = must_write(runtime, client, resource)
    wanted, raw = _id(given), await _body(request)
    await run_in_threadpool(_row, runtime, client, resource, wanted)
    entry = reader_of(runtime.settings.state).read(resource, raw, _school_year(year))
    if entry.record_id not in (None, wanted):
        text = "The key of a record cannot be changed: push the new record, and delete this one."
        raise Problem(400, "bad-request:data-validation-failed:key-change-not-supported", "Key Change", text)
    reply = await writer.push(sender, entry, None)
    if reply.outcome == REFUSED:
        raise refusal_problem(reply)
    headers = {"ETag": f'"{reply.revision}"'} if reply.revision else {}
    return Response(status_code=204, headers=headers)


for _path in _PATHS:
    router.add_api_route(_path + "/{given}", replace, methods=["PUT"], status_code=204)


@router.delete(_PATHS[0] + "/{given}", status_code=204)
@router.delete(_PATHS[1] + "/{given}", status_code=204)
def delete(
    space: str,
    name: str,
    given: str,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """Ends a record. 204; 404 when it is not there or another district's; 409 while other records need it."""
    resource = resource_at(space, name)
    asked = Delete(runtime.settings.state, must_write(runtime, client, resource), resource.name, _id(given))
    status = runtime.command(asked, load=_standing, step=on_delete, save=_save)
    if status in (403, 404):  # as when it is read: that another district's record is there is not told
        raise not_found("There is no such record, or it is not yours.")
    if status == 409:
        text = "Other records still need this one; delete them first."
        raise Problem(409, "data-conflict:dependent-item-exists", "Dependent Item Exists", text)
    runtime.metrics.records_in.labels(resource.name, "deleted").inc()
    return Response(status_code=204)


def _row(runtime: Runtime, client: Client, resource: Resource, record_id: UUID) -> Any:
    """A record that stands, if the client may see it. 404 otherwise."""
    with runtime.engine.connect() as connection:
        row = store.one(connection, resource.name, sees(client), record_id)
    if row is None:
        raise not_found("There is no such record, or it is not yours.")
    return row


def refusal_problem(reply: Reply) -> Problem:
    """What a single push that was refused answers."""
    if reply.status == 403:
        texts = [message for messages in reply.reasons.values() for message in messages]
        return Problem(
            403, "security:authorization", "Authorization Denied", "This record is another district's.", texts
        )
    text = "The record was not let in; see validationErrors for each place and its mend."
    urn, title = "bad-request:data-validation-failed", "Data Validation Failed"
    return Problem(400, urn, title, text, (), reply.reasons)


def _receipt(reply: Reply) -> dict[str, Any]:
    body: dict[str, Any] = {"id": str(reply.record_id), "outcome": reply.outcome}
    if reply.outcome == PARKED:
        body["waitsFor"] = list(reply.waits_for)
        body["message"] = "Accepted and parked: it goes in by itself when the records it refers to arrive."
    else:
        body["revision"] = reply.revision
    return body


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST_RECORD + 1:
            text = f"A record has at most {LARGEST_RECORD} bytes; send files to /bulk."
            raise Problem(413, "bad-request", "Payload Too Large", text)
    return bytes(found)


def _mended(runtime: Runtime, client: Client, header: str) -> UUID:
    """The refusal that a push mends, if the client may."""
    with runtime.engine.connect() as connection:
        row = store.refusal(connection, _id(header))
    if row is None or not (client.kind == "state" or row.client == client.id):
        raise not_found("There is no such refusal, or it is not yours; leave the Refusal-Id header out.")
    return UUID(str(row.refusal_id))


@lru_cache(256)
def _named(scheme: str, host: str) -> str:
    """The address that a client's Host header gives this service, as Starlette reads it; "" if it gives none."""
    scope = {"scheme": scheme, "headers": [(b"host", host.encode("latin-1"))], "path": "", "query_string": b""}
    return str(URL(scope=scope))


def _school_year(year: int | None) -> str | None:
    return school_years.ending(year) if year is not None and 1990 <= year <= 2100 else None


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise not_found("There is no such record: an id is a UUID.") from None


def _page(request: Request, name: str, default: int, largest: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) > largest:
        problem = {f"$.{name}": [f"must be a whole number from 0 to {largest}"]}
        urn, title = "bad-request:parameter-validation-failed", "Parameter Validation Failed"
        raise Problem(400, urn, title, f"{name} must be 0 to {largest}.", (), problem)
    return int(text)


def _with_id(row: Any) -> str:
    return f'{{"id":"{row.record_id}",{row.body[1:]}'


def _standing(connection: sa.Connection, asked: Delete) -> Standing:
    revision = store.lock(connection)
    item, writer = store.standing(connection, asked.record_id)
    waiting = store.parked_one(connection, asked.record_id)
    if item is not None and item.resource != asked.resource:
        item = None
    if waiting is not None and waiting.item.resource != asked.resource:
        waiting = None
    about = item or (waiting.item if waiting else None)
    owner = about.district_id if about else None
    if about is not None and owner is None and about.school_id is not None:
        owner = store.district_of_school(connection, about.school_id)
    needed = item is not None and store.has_children(connection, asked.record_id)
    return Standing(revision, item, waiting, owner, writer, needed)


def _save(connection: sa.Connection, changes: Changes) -> None:
    store.keep(connection, changes)
