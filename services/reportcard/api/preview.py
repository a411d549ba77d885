"""Previews: the cards of an edition that is built and perhaps not released, to the state, and to a district its own."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response

from services.reportcard.api import views
from services.reportcard.api.login import viewer
from services.reportcard.api.public import card_answer, explained, missing, split_suffix
from services.reportcard.api.views import Edition
from shared.runtime.http import Client, forbidden, not_found, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(prefix="/preview/{edition_id}", tags=["preview"], include_in_schema=False)


@router.get("/schools/{school_id}")
def school(
    request: Request,
    edition_id: UUID,
    school_id: str,
    client: Client = Depends(viewer),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """A school's card before its release; `.json` and `.csv` as in public."""
    return _card(request, runtime, client, edition_id, "school", school_id)


@router.get("/districts/{district_id}")
def district(
    request: Request,
    edition_id: UUID,
    district_id: str,
    client: Client = Depends(viewer),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """A district's card before its release."""
    return _card(request, runtime, client, edition_id, "district", district_id)


@router.get("/state{suffix}")
@router.get("/state")
def state(
    request: Request,
    edition_id: UUID,
    suffix: str = "",
    client: Client = Depends(viewer),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """The state's card before its release: the state's client only."""
    if client.kind != "state":
        raise forbidden("Only the state's client may see the state's card before its release.")
    if suffix not in ("", ".json", ".csv"):
        raise not_found("There is no such page.")
    return _card(request, runtime, client, edition_id, "state", suffix)


@router.get("/explain/{level}/{entity_id}/{measure}/{subgroup}")
@router.get("/explain/{level}/{entity_id}/{measure}")
def explain(
    request: Request,
    edition_id: UUID,
    level: str,
    entity_id: str,
    measure: str,
    subgroup: str | None = None,
    client: Client = Depends(viewer),
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """The receipt of a number before its release."""
    measure, subgroup, suffix = split_suffix(measure, subgroup)
    with runtime.engine.connect() as connection:
        edition, found = _built(connection, edition_id)
        card = views.card(connection, edition, level, entity_id)
        _guard(client, card)
        number = (level, entity_id, measure, subgroup)
        return explained(request, connection, edition, found, number, suffix, f"/preview/{edition_id}")


def _card(request: Request, runtime: Runtime, client: Client, edition_id: UUID, level: str, name: str) -> Response:
    suffix = next((end for end in (".json", ".csv") if name.endswith(end)), "")
    entity_id = name.removesuffix(suffix) if suffix else name
    with runtime.engine.connect() as connection:
        edition, found = _built(connection, edition_id)
        card = views.card(connection, edition, level, entity_id or None)
        _guard(client, card)
        if card is None:
            return missing(request, f"This edition has no {level} with this number.", found, suffix, is_private=True)
        prefix = f"/preview/{quote(str(edition_id))}"
        return card_answer(request, connection, edition, found, card, suffix, None, prefix)


def _built(connection: sa.Connection, edition_id: UUID) -> tuple[Edition, list[Edition]]:
    found = views.editions(connection)
    edition = views.by_id(found, edition_id)
    if edition is None or not edition.is_built:
        raise not_found("No built edition has this number; cards stand some seconds after both its halves are closed.")
    return edition, found


def _guard(client: Client, card: dict[str, Any] | None) -> None:
    """A district sees its own cards only; of a card that is not there it learns no more than of another's."""
    district_id = card["district"]["district_id"] if card and card["district"] else None
    if not client.may_see_district(district_id):
        raise forbidden("A district may see its own schools' cards only, before their release.")
