"""The public site: released editions only, as pages and as their JSON and CSV twins."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response

from services.reportcard.api import pages, tables, views
from services.reportcard.api.answers import CSS, CSV, HTML, JSON, answer, json_text
from services.reportcard.api.kept import keep
from services.reportcard.api.views import Edition
from shared.runtime.http import not_found, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(tags=["public"])
pages_only = {"include_in_schema": False}

Year = Annotated[
    str | None, Query(pattern=r"^\d{4}-\d{2}$", description="School year; the newest released without it.")
]


@router.get("/site.css", include_in_schema=False)
def stylesheet(request: Request) -> Response:
    """The site's one stylesheet."""
    return answer(request, (pages.SITE / "site.css").read_text("utf-8"), CSS)


@router.get("/", include_in_schema=False)
def home(request: Request, q: str = "", year: Year = None, runtime: Runtime = Depends(runtime_of)) -> Response:
    """Search by the name of a school or district."""
    with runtime.engine.connect() as connection:
        found = views.editions(connection)
        edition = views.chosen(found, year)
        hits = views.search(connection, found, edition, q.strip()) if edition and q.strip() else []
    if edition is None and year:
        return missing(request, f"No report card of {year} has been released.", found)
    text = pages.page("search.html", q=q.strip(), hits=hits, **shell(edition, found, year))
    return answer(request, text, HTML)


@router.get("/state{suffix}", include_in_schema=False)
@router.get("/state", include_in_schema=False)
def state(request: Request, suffix: str = "", year: Year = None, runtime: Runtime = Depends(runtime_of)) -> Response:
    """The state's card."""
    if suffix not in ("", ".json", ".csv"):
        return missing(request, "There is no such page.", [])
    with runtime.engine.connect() as connection:
        return shown(request, connection, "state", None, suffix, year)


@router.get("/schools/{school_id}.json")
def school_json(
    request: Request, school_id: str, year: Year = None, runtime: Runtime = Depends(runtime_of)
) -> Response:
    """A school's card as JSON: masks stand where a number is withheld, with no other field."""
    with runtime.engine.connect() as connection:
        return shown(request, connection, "school", school_id, ".json", year)


@router.get("/schools/{school_id}.csv")
def school_csv(request: Request, school_id: str, year: Year = None, runtime: Runtime = Depends(runtime_of)) -> Response:
    """A school's card as CSV: one row a published value."""
    with runtime.engine.connect() as connection:
        return shown(request, connection, "school", school_id, ".csv", year)


@router.get("/schools/{school_id}", include_in_schema=False)
def school(request: Request, school_id: str, year: Year = None, runtime: Runtime = Depends(runtime_of)) -> Response:
    """A school's card."""
    with runtime.engine.connect() as connection:
        return shown(request, connection, "school", school_id, "", year)


@router.get("/districts/{district_id}.json")
def district_json(
    request: Request, district_id: str, year: Year = None, runtime: Runtime = Depends(runtime_of)
) -> Response:
    """A district's card as JSON, with its schools by name."""
    with runtime.engine.connect() as connection:
        return shown(request, connection, "district", district_id, ".json", year)


@router.get("/districts/{district_id}.csv")
def district_csv(
    request: Request, district_id: str, year: Year = None, runtime: Runtime = Depends(runtime_of)
) -> Response:
    """A district's card as CSV."""
    with runtime.engine.connect() as connection:
        return shown(request, connection, "district", district_id, ".csv", year)


@router.get("/districts/{district_id}", include_in_schema=False)
def district(request: Request, district_id: str, year: Year = None, runtime: Runtime = Depends(runtime_of)) -> Response:
    """A district's card, with its schools by name."""
    with runtime.engine.connect() as connection:
        return shown(request, connection, "district", district_id, "", year)


@router.get("/editions", include_in_schema=False)
def editions(request: Request, runtime: Runtime = Depends(runtime_of)) -> Response:
    """The released editions: when each was opened, its fingerprint, whether another has replaced it."""
    with runtime.engine.connect() as connection:
        found = views.editions(connection)
    listed = [one for one in found if one.is_released]
    text = pages.page("editions.html", listed=listed[::-1], **shell(views.chosen(found, None), found, None))
    return answer(request, text, HTML)


@router.get("/editions/{edition_id}/changes{suffix}", include_in_schema=False)
@router.get("/editions/{edition_id}/changes", include_in_schema=False)
def changes(request: Request, edition_id: UUID, suffix: str = "", runtime: Runtime = Depends(runtime_of)) -> Response:
    """What a corrected edition changed in public."""
    with runtime.engine.connect() as connection:
        found = views.editions(connection)
        edition = views.by_id(found, edition_id)
        if edition is None or not edition.is_released or suffix not in ("", ".json"):
            return missing(request, "No released edition has this number.", found, suffix)
        rows = views.changes(connection, edition, found)
    if suffix:
        return answer(request, json_text({"edition_id": str(edition_id), "changes": rows}), JSON)
    return answer(request, pages.page("changes.html", rows=rows, **shell(edition, found, None)), HTML)


@router.get("/map{suffix}", include_in_schema=False)
@router.get("/map", include_in_schema=False)
def data_map(request: Request, suffix: str = "", runtime: Runtime = Depends(runtime_of)) -> Response:
    """The state's measures over the released years, those with enough consecutive ones on the map."""
    with runtime.engine.connect() as connection:
        found = views.editions(connection)
        if suffix not in ("", ".json"):
            return missing(request, "There is no such page.", found)
        told = views.data_map(connection, found)
    if suffix:
        return answer(request, json_text(told), JSON)
    return answer(request, pages.page("map.html", map=told, **shell(views.chosen(found, None), found, None)), HTML)


@router.get("/names.json")
def names(request: Request, runtime: Runtime = Depends(runtime_of)) -> Response:
    """Every school and district by id: its current name, and what it was called in each released year."""
    with runtime.engine.connect() as connection:
        return answer(request, json_text(views.index(connection, views.editions(connection))), JSON)


@router.get("/explain/{edition_id}/{level}/{entity_id}/{measure}/{subgroup}", include_in_schema=False)
@router.get("/explain/{edition_id}/{level}/{entity_id}/{measure}", include_in_schema=False)
def explain(
    request: Request,
    edition_id: UUID,
    level: str,
    entity_id: str,
    measure: str,
    subgroup: str | None = None,
    runtime: Runtime = Depends(runtime_of),
) -> Response:
    """How a published number came about: rule, source, arithmetic, who was left out."""
    measure, subgroup, suffix = split_suffix(measure, subgroup)
    with runtime.engine.connect() as connection:
        found = views.editions(connection)
        edition = views.by_id(found, edition_id)
        if edition is None or not edition.is_released:
            return missing(request, "No released edition has this number.", found, suffix)
        return explained(request, connection, edition, found, (level, entity_id, measure, subgroup), suffix)


def split_suffix(measure: str, subgroup: str | None) -> tuple[str, str, str]:
    """Measure, subgroup ("all" when none is named) and ".json" or "", from the last parts of an address."""
    last = subgroup if subgroup is not None else measure
    suffix = ".json" if last.endswith(".json") else ""
    last = last.removesuffix(".json")
    return (measure, last, suffix) if subgroup is not None else (last, "all", suffix)


def shown(
    request: Request, connection: sa.Connection, level: str, entity_id: str | None, suffix: str, year: str | None
) -> Response:
    """The card of a released edition in the form asked for, or a clear 404."""
    found = views.editions(connection)
    edition = views.chosen(found, year)
    if edition is None:
        text = f"No report card of {year} has been released." if year else "No report card has been released yet."
        return missing(request, text, found, suffix)
    card = views.card(connection, edition, level, entity_id)
    if card is None:
        text = f"The report card of {edition.school_year} has no {level} with this number; search for it by name."
        return missing(request, text, found, suffix)
    return keep(request, found, card_answer(request, connection, edition, found, card, suffix, year))


def card_answer(
    request: Request,
    connection: sa.Connection,
    edition: Edition,
    found: list[Edition],
    card: dict[str, Any],
    suffix: str,
    year: str | None,
    prefix: str = "",
) -> Response:
    """A card as page, JSON or CSV."""
    members: list[dict[str, Any]] = []
    if card["level"] == "district":
        members = views.schools(connection, found, edition, card["entity_id"])
    elif card["level"] == "state":
        members = views.districts(connection, found, edition)
    notes = views.notes(connection, edition, found, card)
    names = views.names(connection, found, card)
    current = names[0]["name"] if names and not prefix else card["name"]
    is_private = bool(prefix)
    if suffix == ".csv":
        return answer(request, tables.card_csv(card), CSV, is_private=is_private)
    if suffix == ".json":
        value = {**card, "notes": notes, "members": members, "current_name": current, "names": names}
        return answer(request, json_text(value), JSON, is_private=is_private)
    told = {"card": card, "notes": notes, "members": members, "current_name": current, "names": names}
    values = shell(edition, found, year) | told | {"prefix": prefix}
    return answer(request, pages.page("card.html", **values), HTML, is_private=is_private)


def explained(
    request: Request,
    connection: sa.Connection,
    edition: Edition,
    found: list[Edition],
    number: tuple[str, str, str, str],
    suffix: str,
    prefix: str = "",
) -> Response:
    """The receipt of a number (level, entity, measure, subgroup) as page or JSON."""
    receipt = views.receipt(connection, edition, *number)
    if receipt is None:
        return missing(request, "No card of this edition has such a number.", found, suffix, is_private=bool(prefix))
    if suffix:
        return answer(request, json_text(receipt), JSON, is_private=bool(prefix))
    values = shell(edition, found, None) | {"receipt": receipt, "prefix": prefix}
    return answer(request, pages.page("explain.html", **values), HTML, is_private=bool(prefix))


def shell(edition: Edition | None, found: list[Edition], year: str | None) -> dict[str, Any]:
    """What every page shows around its content."""
    return {"edition": edition, "years": list(views.current(found)), "query": f"?year={year}" if year else ""}


def missing(
    request: Request, text: str, found: list[Edition], suffix: str = "", *, is_private: bool = False
) -> Response:
    """A clear 404: a page for readers, problem details for programs."""
    if suffix:
        raise not_found(text)
    body = pages.page("missing.html", text=text, **shell(views.chosen(found, None), found, None))
    return answer(request, body, HTML, status=404, is_private=is_private)
