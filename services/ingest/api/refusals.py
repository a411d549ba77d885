"""What was refused: to list, to read whole, to download, to mend. And how things stand."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from services.ingest import store
from services.ingest.api.records import sees
from shared.runtime.http import Client, client_of, not_found, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(tags=["refused"])
_PAGE = 200


@router.get("/refused")
def refused(
    district: str | None = None,
    after: int = 0,
    resolved: bool = False,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """Refused records, without their bodies, in the order they came; `next` is the `after` of the next page."""
    with runtime.engine.connect() as connection:
        rows = store.refusals(connection, _whose(client, district), after, _PAGE, only_open=not resolved)
    page: dict[str, Any] = {"refused": [_about(row) for row in rows]}
    if len(rows) == _PAGE:
        page["next"] = rows[-1].number
    return page


@router.get("/refused/download")
def download(
    district: str | None = None,
    resource: str | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> StreamingResponse:
    """Every open refusal, one a line, with its body whole. Mend the bodies and push them again."""
    whose = _whose(client, district)

    def lines() -> Iterator[bytes]:
        after = 0
        while True:
            with runtime.engine.connect() as connection:
                rows = store.refusals(connection, whose, after, _PAGE, only_open=True)
            for row in rows:
                if resource is None or row.resource == resource:
                    yield orjson.dumps(_about(row) | _body(row)) + b"\n"
            if len(rows) < _PAGE:
                return
            after = rows[-1].number

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@router.get("/refused/{refusal_id}")
def one(
    refusal_id: UUID, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> dict[str, Any]:
    """One refusal, its body whole."""
    with runtime.engine.connect() as connection:
        row = store.refusal(connection, refusal_id)
    if row is None or (client.kind != "state" and row.district_id != sees(client)):
        raise not_found("There is no such refusal, or it is not yours.")
    return _about(row) | _body(row)


@router.get("/status")
def status(
    school_year: str | None = None, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> dict[str, Any]:
    """How many records are parked and refused and, of a school year, which districts have been silent."""
    whose = sees(client)
    with runtime.engine.connect() as connection:
        found: dict[str, Any] = {
            "revision": store.last_revision(connection),
            "records": store.record_counts(connection, whose),
            "parked": store.parked_counts(connection, whose),
            "refused": store.open_refusal_count(connection, whose),
        }
        if school_year is not None:
            silent = store.silent_districts(connection, school_year)
            found["silent_districts"] = [each for each in silent if whose in (None, each)]
    return found


def _whose(client: Client, district: str | None) -> str | None:
    """The district whose refusals are asked for. A district client gets its own, whatever it asks."""
    own = sees(client)
    return district if own is None else own


def _about(row: Any) -> dict[str, Any]:
    return {
        "refusal_id": str(row.refusal_id),
        "client": row.client,
        "district_id": row.district_id,
        "resource": row.resource,
        "status": row.status,
        "reasons": row.reasons if isinstance(row.reasons, dict) else json.loads(row.reasons),
        "source_row": row.source_row,
        "submission_id": str(row.submission_id) if row.submission_id else None,
        "times_seen": row.times_seen,
        "refused_at": row.refused_at.isoformat(),
        "resolved_at": row.resolved_at.isoformat() if row.resolved_at else None,
    }


def _body(row: Any) -> dict[str, Any]:
    raw = bytes(row.body)
    try:
        return {"body": orjson.loads(raw)}
    except orjson.JSONDecodeError:
        return {"body_base64": base64.b64encode(raw).decode()}
