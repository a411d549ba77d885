"""The HTTP door of scoring: a school's provisional score, for the state and the school's own district."""

from typing import Any

from fastapi import APIRouter, Depends, Query

from services.scoring import store
from shared.runtime.http import Client, client_of, forbidden, not_found, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter()


@router.get("/provisional/{school_id}")
def provisional(
    school_id: str,
    school_year: str | None = Query(None, pattern=r"^\d{4}-\d{2}$", description="such as 2024-25; else the latest"),
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """What the school scores on the facts as they stand. Not certified, never published."""
    with runtime.engine.connect() as connection:
        district_id = store.district_of(connection, school_id)
        if district_id is None:
            raise not_found("The directory holds no such school; the state's client sends the directory.")
        if not client.may_see_district(district_id):
            raise forbidden("A district sees the provisional scores of its own schools only.")
        found = store.provisional_of(connection, school_id, school_year)
    if found is None:
        raise not_found("This school has no provisional score for that school year: no record of it was pushed yet.")
    year, revision, rating = found
    return {"school_id": school_id, "school_year": year, "as_of_revision": revision, "rating": rating}
