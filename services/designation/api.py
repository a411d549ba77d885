"""HTTP door of designation: an edition's statuses and a school's history, to the state whole, to a district its own."""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.designation import store
from shared.events.designations import SchoolDesignated
from shared.runtime.http import Client, client_of, forbidden, not_found, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(tags=["designations"])


class EditionDesignations(BaseModel):
    """What an edition decided, by school id; for a district its own schools only."""

    edition_id: UUID
    schools: list[SchoolDesignated]


class SchoolHistory(BaseModel):
    """Every decision on one school, by school year; corrected editions of a year in the order of their decision."""

    school_id: str
    decisions: list[SchoolDesignated]


@router.get("/designations/{edition_id}")
def edition_designations(
    edition_id: UUID, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> EditionDesignations:
    """The statuses under one edition, with reasons. 404 while the edition is not decided."""
    district_id = None if client.kind == "state" else client.district_id or ""
    with runtime.engine.connect() as connection:
        schools = store.designated_schools(connection, edition_id, district_id)
    if schools is None:
        raise not_found("No decided edition has this id; an edition is decided when its last message has come.")
    return EditionDesignations(edition_id=edition_id, schools=schools)


@router.get("/schools/{school_id}/history")
def school_history(
    school_id: str, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> SchoolHistory:
    """A school's statuses through the years. A district may ask for a school that was its own at the last decision."""
    with runtime.engine.connect() as connection:
        decisions = store.school_history(connection, school_id)
    if not client.may_see_district(decisions[-1].district_id if decisions else None):
        raise forbidden("A district may ask for its own schools only.")
    if not decisions:
        raise not_found("No decision on this school is known.")
    return SchoolHistory(school_id=school_id, decisions=decisions)
