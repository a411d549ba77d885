"""What clients read back: records, refusals and how things stand, each client its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ingest.rules.catalog import BY_NAME
from services.ingest.store.tables import refused

_SEES = (
    "(cast(:district as text) is null or resource = 'assessments' or district_id = :district "
    "or (resource in ('students', 'staffs', 'postSecondaryEvents') and writer_district = :district) "
    "or school_id in (select school_id from records where resource = 'schools' and district_id = :district "
    "and not is_deleted))"
)


def listed(
    connection: sa.Connection, resource: str, district: str | None, leaves: dict[str, str], limit: int, offset: int
) -> Sequence[Any]:
    """Records of a resource in the order they came, which this district (None: the state) may see.

    `leaves`: parts of the natural key by name, as they must be.
    """
    where, values = _which(resource, district, leaves)
    query = sa.text(
        f"select record_id, revision, body from records {where} order by created limit :limit offset :offset"
    )
    return connection.execute(query, {**values, "limit": limit, "offset": offset}).all()


def counted(connection: sa.Connection, resource: str, district: str | None, leaves: dict[str, str]) -> int:
    """How many `listed` would give in all."""
    where, values = _which(resource, district, leaves)
    return int(connection.execute(sa.text(f"select count(*) from records {where}"), values).scalar_one())


def _which(resource: str, district: str | None, leaves: dict[str, str]) -> tuple[str, dict[str, Any]]:
    places = {BY_NAME[resource].leaves.index(name) + 1: value for name, value in leaves.items()}
    parts = "".join(f" and key[{place}] = :part_{place}" for place in places)
    values = {f"part_{place}": value for place, value in places.items()}
    where = f"where resource = :resource and not is_deleted and {_SEES}{parts}"
    return where, {"resource": resource, "district": district, **values}


def one(connection: sa.Connection, resource: str, district: str | None, record_id: UUID) -> Any | None:
    """One record, if this district may see it."""
    query = sa.text(
        f"select record_id, revision, body from records where record_id = :id and resource = :resource "
        f"and not is_deleted and {_SEES}"
    )
    return connection.execute(query, {"id": record_id, "resource": resource, "district": district}).one_or_none()


def refusals(
    connection: sa.Connection, district: str | None, after: int, limit: int, *, only_open: bool
) -> Sequence[Any]:
    """Refusals in the order they came, after a number."""
    query = sa.select(refused).where(refused.c.number > after).order_by(refused.c.number).limit(limit)
    if district is not None:
        query = query.where(refused.c.district_id == district)
    if only_open:
        query = query.where(refused.c.resolved_at.is_(None))
    return connection.execute(query).all()


def refusal(connection: sa.Connection, refusal_id: UUID) -> Any | None:
    """One refusal."""
    return connection.execute(sa.select(refused).where(refused.c.refusal_id == refusal_id)).one_or_none()


def record_counts(connection: sa.Connection, district: str | None = None) -> dict[str, int]:
    """Standing records by resource that this district (None: the state) may see."""
    query = sa.text(f"select resource, count(*) from records where not is_deleted and {_SEES} group by resource")
    return {row[0]: row[1] for row in connection.execute(query, {"district": district})}


def parked_counts(connection: sa.Connection, district: str | None = None) -> dict[str, int]:
    """Parked records by resource."""
    query = sa.text(
        "select resource, count(*) from parked "
        "where cast(:district as text) is null or writer_district = :district group by resource"
    )
    return {row[0]: row[1] for row in connection.execute(query, {"district": district})}


def open_refusal_count(connection: sa.Connection, district: str | None = None) -> int:
    """Refusals that nobody has mended."""
    query = sa.text(
        "select count(*) from refused "
        "where resolved_at is null and (cast(:district as text) is null or district_id = :district)"
    )
    return int(connection.execute(query, {"district": district}).scalar_one())


def silent_districts(connection: sa.Connection, school_year: str) -> tuple[str, ...]:
    """Districts of the directory none of whose own records of a school year has come in."""
    query = sa.text(
        "select district_id from records where resource = 'localEducationAgencies' and not is_deleted "
        "and district_id not in (select district_id from seen where school_year = :year) order by district_id"
    )
    return tuple(connection.execute(query, {"year": school_year}).scalars())
