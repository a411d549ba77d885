"""Provisional scores: the last one of each school and year."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.scoring.store.tables import provisional


def told_before(
    connection: sa.Connection, school_ids: Sequence[str], school_year: str
) -> dict[str, tuple[int, dict[str, Any], UUID]]:
    """How often each school's provisional rating was told, the last rating, and the mark it was kept with."""
    told = connection.execute(_TOLD, {"schools": list(school_ids), "year": school_year})
    return {row.school_id: (row.times_told, row.rating, row.computed) for row in told}


_TOLD = sa.text("""
    select school_id, times_told, rating, computed from provisional_scores
    where school_id = any(:schools) and school_year = :year
""")


def keep_provisional(
    connection: sa.Connection, school_year: str, ratings: Mapping[str, tuple[int, int, dict[str, Any]]]
) -> dict[str, UUID]:
    """Keeps each school's last rating: as of a revision, told so often. Gives the new mark of each."""
    told = [
        {"school_id": school, "as_of_revision": revision, "times_told": times, "rating": rating}
        for school, (revision, times, rating) in ratings.items()
    ]
    kept = connection.execute(_KEEP, {"year": school_year, "told": json.dumps(told)})
    return {row.school_id: row.computed for row in kept}


# as one document: quotes within an array's texts would each have to be escaped
_KEEP = sa.text("""
    insert into provisional_scores (school_id, school_year, as_of_revision, times_told, rating)
    select school_id, :year, as_of_revision, times_told, rating
    from jsonb_to_recordset(cast(:told as jsonb))
        as told (school_id text, as_of_revision bigint, times_told bigint, rating jsonb)
    on conflict (school_id, school_year) do update set as_of_revision = excluded.as_of_revision,
        times_told = excluded.times_told, rating = excluded.rating, computed = gen_random_uuid()
    returning school_id, computed
""")


def provisional_of(
    connection: sa.Connection, school_id: str, school_year: str | None
) -> tuple[str, int, dict[str, Any]] | None:
    """Year, newest revision taken in and rating: of the year asked for, else of the school's latest year."""
    query = sa.select(provisional.c.school_year, provisional.c.as_of_revision, provisional.c.rating).where(
        provisional.c.school_id == school_id
    )
    if school_year is not None:
        query = query.where(provisional.c.school_year == school_year)
    row = connection.execute(query.order_by(provisional.c.school_year.desc()).limit(1)).first()
    return None if row is None else (row.school_year, row.as_of_revision, row.rating)


def district_of(connection: sa.Connection, school_id: str) -> str | None:
    """The district of a school that the directory holds, or None."""
    row = connection.execute(_DISTRICT, {"school": school_id}).first()
    return None if row is None or row.op == "delete" else row.district_id


_DISTRICT = sa.text("select district_id, op from school_facts where school_id = :school order by revision desc limit 1")
