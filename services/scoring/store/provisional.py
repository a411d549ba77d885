"""Touched schools and their provisional scores: a queue that is only added to, and the last score of each school."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.scoring.store.tables import provisional


def touch(
    connection: sa.Connection,
    schools: Iterable[tuple[str, str]],
    students: Iterable[tuple[str, str]],
    schools_of_any_year: Iterable[str],
) -> None:
    """Adds touched schools: by themselves, by their students of a year, or in each year that was scored before."""
    given, theirs = list(schools), list(students)
    values = {
        "schools": _array(school for school, _ in given),
        "school_years": _array(year for _, year in given),
        "students": _array(student for student, _ in theirs),
        "student_years": _array(year for _, year in theirs),
        "any_year": _array(schools_of_any_year),
    }
    if any(value != "{}" for value in values.values()):
        connection.execute(_TOUCH, values)


def _array(texts: Iterable[str]) -> str:
    """An array as PostgreSQL writes it: the driver's own way takes three times as long."""
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return "{" + ",".join(quoted) + "}"


# A queue without a unique key: two workers that touch the same school never wait for each other.
_TOUCH = sa.text("""
    insert into touched_schools (school_id, school_year)
    select * from unnest(cast(:schools as text[]), cast(:school_years as text[]))
    union
    select e.school_id, e.school_year
    from unnest(cast(:students as text[]), cast(:student_years as text[])) as t (student_id, school_year)
    join enrollment_facts e on e.student_id = t.student_id and e.school_year = t.school_year
    union
    select school_id, school_year from provisional_scores where school_id = any(cast(:any_year as text[]))
""")


def claim_touched(connection: sa.Connection, limit: int) -> tuple[str, list[str]] | None:
    """A year and some of its touched schools, oldest first, taken off the queue in this transaction; None when empty.

    A school that another worker scores now is passed over: its newer touch waits for the next claim.
    """
    year = connection.execute(_OLDEST_YEAR).scalar_one_or_none()
    if year is None:
        return None
    claimed = connection.execute(_CLAIM, {"year": year, "limit": limit}).scalars().all()
    return year, sorted(set(claimed))


_OLDEST_YEAR = sa.text("select school_year from touched_schools order by touch limit 1")
_CLAIM = sa.text("""
    with oldest as materialized (
        select school_id from touched_schools where school_year = :year
        group by school_id order by min(touch) limit :limit
    ), locked as materialized (
        select school_id from oldest
        where pg_try_advisory_xact_lock(hashtextextended('scoring provisional ' || :year || ' ' || school_id, 0))
    )
    delete from touched_schools t using locked
    where t.school_id = locked.school_id and t.school_year = :year returning t.school_id
""")


def told_before(
    connection: sa.Connection, school_ids: Sequence[str], school_year: str
) -> dict[str, tuple[int, dict[str, Any]]]:
    """How often each school's provisional rating was told, and the last rating."""
    query = sa.select(provisional.c.school_id, provisional.c.times_told, provisional.c.rating).where(
        provisional.c.school_id.in_(school_ids), provisional.c.school_year == school_year
    )
    return {school_id: (times, rating) for school_id, times, rating in connection.execute(query)}


def keep_provisional(
    connection: sa.Connection, school_year: str, revision: int, ratings: Mapping[str, tuple[int, dict[str, Any]]]
) -> None:
    """Keeps the last provisional rating of each school."""
    rows = [
        {
            "school_id": school_id,
            "school_year": school_year,
            "as_of_revision": revision,
            "times_told": times,
            "rating": rating,
        }
        for school_id, (times, rating) in sorted(ratings.items())
    ]
    if rows:
        statement = insert(provisional).values(rows)
        changed = {name: statement.excluded[name] for name in ("as_of_revision", "times_told", "rating")}
        connection.execute(statement.on_conflict_do_update(index_elements=["school_id", "school_year"], set_=changed))


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
