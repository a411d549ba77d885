"""Certifying: the state cuts an edition through everything let in so far."""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from services.ingest import store
from services.ingest.handle import Certify, Cut, Edition, on_certify
from shared.events.sis import SIS
from shared.policy import reader
from shared.runtime.http import Client, Problem, only_state, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(tags=["editions"])


class EditionAsked(BaseModel):
    """What the state says when it certifies."""

    model_config = ConfigDict(extra="forbid")

    school_year: str
    notified_on: date


@router.post("/editions", status_code=201)
def certify(
    asked: EditionAsked,
    response: Response,
    client: Client = Depends(only_state),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """Requests an edition. 201; 200 when the same request on the same records was made before."""
    try:
        chapters = reader.chapters(runtime.settings.state, asked.school_year)
    except ValueError as error:  # a school year or a chapter that is not there; the message tells the mend
        problem = {"$.school_year": [str(error)]}
        urn, title = "bad-request:data-validation-failed", "Data Validation Failed"
        raise Problem(400, urn, title, "There is no law for this school year.", (), problem) from None
    request = Certify(
        runtime.settings.state,
        asked.school_year,
        asked.notified_on,
        chapters,
        reader.fingerprint_of(chapters),
        client.id,
        {topic.name: runtime.settings.partitions_of(topic) for topic in SIS},
    )
    reply: dict[str, Any] = runtime.command(request, load=_cut, step=on_certify, save=_save)
    response.status_code = 201 if reply.pop("is_new") else 200
    return reply


@router.get("/editions")
def editions(client: Client = Depends(only_state), runtime: Runtime = Depends(runtime_of)) -> list[dict[str, Any]]:
    """Requested editions, first to last."""
    with runtime.engine.connect() as connection:
        rows = store.all_editions(connection)
    return [
        {
            "edition_id": str(row.edition_id),
            "school_year": row.school_year,
            "cut_revision": row.cut_revision,
            "history": row.history if isinstance(row.history, dict) else json.loads(row.history),
            "policy_fingerprint": row.policy_fingerprint,
            "notified_on": row.notified_on.isoformat(),
            "requested_by": row.requested_by,
            "requested_at": row.requested_at.isoformat(),
        }
        for row in rows
    ]


def _cut(connection: sa.Connection, request: Certify) -> Cut:
    revision = store.lock(connection)
    rows = store.all_editions(connection)
    return Cut(
        revision=revision,
        history={row.school_year: row.edition_id for row in rows},
        editions=frozenset(row.edition_id for row in rows),
        parked=sum(store.parked_counts(connection).values()),
        refused=store.open_refusal_count(connection),
        silent_districts=store.silent_districts(connection, request.school_year),
    )


def _save(connection: sa.Connection, edition: Edition | None) -> None:
    if edition is None:
        return
    store.keep_edition(
        connection,
        {
            "edition_id": edition.edition_id,
            "school_year": edition.request.school_year,
            "cut_revision": edition.cut_revision,
            "history": {year: str(each) for year, each in edition.history.items()},
            "policy_fingerprint": edition.request.policy_fingerprint,
            "notified_on": edition.request.notified_on,
            "requested_by": edition.request.client,
            "requested_at": edition.at,
        },
    )
