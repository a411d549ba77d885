"""Editions and their release: listed for everyone as far as released, opened to the public by the state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from services.reportcard import handle, store
from services.reportcard.api import views
from services.reportcard.api.kept import CHANGED
from services.reportcard.api.views import Edition
from services.reportcard.rules.progress import Release
from shared.runtime.http import COOKIE, Client, Problem, client_in, not_found, only_state, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(tags=["editions"])


class ReleaseRequest(BaseModel):
    """Which edition to open to the public."""

    model_config = ConfigDict(extra="forbid")

    edition_id: UUID


class Released(BaseModel):
    """What was opened, by whom and when; `fingerprint` is over the public cards."""

    edition_id: UUID
    school_year: str
    fingerprint: str
    released_by: str
    released_at: datetime


async def some_client(request: Request, runtime: Runtime = Depends(runtime_of)) -> Client | None:
    """Who asks, if they say so. A bearer token that is sent must be valid; a spent cookie makes a plain reader."""
    if request.headers.get("authorization"):
        return client_in(request, runtime)
    if not request.cookies.get(COOKIE):
        return None
    try:
        return client_in(request, runtime)
    except Problem:
        return None


@router.get("/api/editions")
def editions(
    client: Client | None = Depends(some_client), runtime: Runtime = Depends(runtime_of)
) -> list[dict[str, Any]]:
    """Editions, oldest first: the released ones; for a client with a token all, with their state."""
    with runtime.engine.connect() as connection:
        found = views.editions(connection)
    return [_listed(one, client) for one in found if client or one.is_released]


@router.post("/releases")
def release(
    body: ReleaseRequest, client: Client = Depends(only_state), runtime: Runtime = Depends(runtime_of)
) -> Released:
    """Open a built edition to the public. A second time gives the first release. 409 while it is not built."""
    command = handle.ReleaseCommand(body.edition_id, client.id)
    reply = runtime.command(command, load=store.releasable, step=handle.on_release, save=store.keep_release)
    if isinstance(reply, Release):
        runtime.wake(CHANGED)
        runtime.log("edition.released", edition_id=str(reply.edition_id), released_by=reply.released_by)
        return Released(
            edition_id=reply.edition_id,
            school_year=reply.school_year,
            fingerprint=reply.fingerprint,
            released_by=reply.released_by,
            released_at=reply.released_at,
        )
    if reply == "unknown":
        raise not_found("No edition with this id has come here; certify it first, and wait until it is scored.")
    detail = f"The edition is {reply}, not built; its cards stand some seconds after designation has closed it."
    raise Problem(409, "conflict:edition-not-built", "Edition Not Built", detail)


def _listed(edition: Edition, client: Client | None) -> dict[str, Any]:
    row = edition.row
    public = {
        "edition_id": str(row["edition_id"]),
        "school_year": row["school_year"],
        "released_at": row["released_at"],
        "fingerprint": row["fingerprint"],
        "stale_because": row["stale_because"],
    }
    return public | ({"state": edition.status(), "released_by": row["released_by"]} if client else {})
