"""Touched schools: a queue that is only added to, from which workers claim schools to score anew."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from shared.runtime.copying import text_array


@dataclass(frozen=True)
class Claimed:
    """Touched schools of one year, oldest first; of each the students named, or None when it is to be read whole."""

    school_year: str
    schools: dict[str, frozenset[str] | None]


def touch(
    connection: sa.Connection, students: Iterable[tuple[str, str, str]], schools_of_any_year: Iterable[str] = ()
) -> None:
    """Adds every school where students, given with first and last year, are enrolled or were tested, as known by now.

    `schools_of_any_year`: in each year that was scored before.
    """
    theirs = list(students)
    values = {
        "students": text_array(student for student, _, _ in theirs),
        "since": text_array(since for _, since, _ in theirs),
        "until": text_array(until for _, _, until in theirs),
        "any_year": text_array(schools_of_any_year),
    }
    if any(value != "{}" for value in values.values()):
        connection.execute(_TOUCH, values)


def touch_by_loads(connection: sa.Connection, revisions: Iterable[tuple[int, int]]) -> None:
    """Notes the first and last revisions of what loads brought: their students' schools are looked up afterwards."""
    spans = list(revisions)
    if spans:
        first, last = (list(ends) for ends in zip(*spans, strict=True))
        connection.execute(_TOUCH_BY_LOADS, {"first": first, "last": last})


_TOUCH_BY_LOADS = sa.text("""
    insert into touched_by_loads (revisions)
    select unnest(range_agg(int8range(first, last, '[]')))
    from unnest(cast(:first as bigint[]), cast(:last as bigint[])) as spans (first, last)
""")


# Without a unique key, so that two workers that touch the same school never wait for each other. A student's schools
# are looked up by the index, one student at a time ("offset 0"): the planner would rather read a whole table.
_TOUCH = sa.text("""
    insert into touched_schools (school_id, school_year, student_id)
    select school_id, school_year, student_id
    from (
        select their.school_id, their.school_year, student_id
        from unnest(cast(:students as text[]), cast(:since as text[]), cast(:until as text[]))
            as of (student_id, since, until)
        cross join lateral (
            select school_id, school_year from enrollment_facts e
            where e.student_id = of.student_id and e.school_year between of.since and of.until
            union
            select school_id, school_year from result_facts r
            where r.student_id = of.student_id and r.school_year between of.since and of.until
            offset 0
        ) as their
        where their.school_id is not null
        union all
        select school_id, school_year, null from provisional_scores where school_id = any(cast(:any_year as text[]))
    ) as touches
""")


def claim_pushed(connection: sa.Connection, limit: int) -> Claimed | None:
    """Schools that single pushes touched, taken off the queue in this transaction; None when there are none.

    A school that another worker scores now is passed over: its newer touch waits for the next claim.
    """
    return _claim(connection, "bool_or(student_id is not null)", limit)


def claim_loaded(connection: sa.Connection, limit: int) -> Claimed | None:
    """As `claim_pushed`, whatever touched them: also by loads that are over, though not while an edition is due.

    A load is over when nothing more came for a second; one that takes longer is looked at every five minutes.
    """
    if connection.execute(_ARE_OVER).scalar_one():
        connection.execute(sa.text("set local work_mem = '64MB'"))
        connection.execute(sa.text("set local statement_timeout = '5min'"))
        connection.execute(_LOOK_UP)
    return _claim(connection, "true", limit)


_ARE_OVER = sa.text("""
    select coalesce(max(touched_at) < clock_timestamp() - interval '1 second', false)
        or coalesce(min(touched_at) < clock_timestamp() - interval '5 minutes', false)
    from touched_by_loads
    where not exists (select from editions where state in ('collecting', 'due'))
""")
# many at once: a look at the index for each student would cost the load more than keeping its records; yet not all at
# once: pushes wait meanwhile
_LOOK_UP = sa.text("""
    with over as (
        delete from touched_by_loads
        where touch in (select touch from touched_by_loads order by touch limit 50 for update skip locked)
        returning revisions
    ), spans as (
        select lower(span) as first, upper(span) as after from (select unnest(range_agg(revisions)) from over) s (span)
    ), students as (
        select student_id, school_year as since, school_year as until
        from spans join demographics_facts on revision >= first and revision < after
        union
        select student_id, school_year, school_year
        from spans join enrollment_facts on revision >= first and revision < after
        union
        select student_id, school_year, '9999-00'
        from spans join result_facts on revision >= first and revision < after
        union
        select student_id, school_year, case kind when 'awards' then '9999-00' else school_year end
        from spans join other_facts on revision >= first and revision < after and kind in ('transcripts', 'awards')
    )
    insert into touched_schools (school_id, school_year)
    select distinct their.school_id, their.school_year
    from students join (
        select student_id, school_year, school_id from enrollment_facts
        union all
        select student_id, school_year, school_id from result_facts where school_id is not null
    ) as their on their.student_id = students.student_id and their.school_year between since and until
""")
_CLAIM = """
    with waiting as materialized (
        select school_id, school_year, min(touch) as first from touched_schools
        group by school_id, school_year having {which}
    ), oldest as materialized (
        select school_id, school_year from waiting
        where school_year = (select school_year from waiting order by first limit 1) order by first limit :limit
    ), locked as materialized (
        select school_id, school_year from oldest
        where pg_try_advisory_xact_lock(hashtextextended('scoring provisional ' || school_year || ' ' || school_id, 0))
    )
    delete from touched_schools t using locked
    where t.school_id = locked.school_id and t.school_year = locked.school_year
    returning t.school_id, t.school_year, t.student_id
"""


def _claim(connection: sa.Connection, which: str, limit: int) -> Claimed | None:
    rows = connection.execute(sa.text(_CLAIM.format(which=which)), {"limit": limit}).all()
    if not rows:
        return None
    named: dict[str, set[str | None]] = {}
    for row in rows:
        named.setdefault(row.school_id, set()).add(row.student_id)
    schools = {school: None if None in students else frozenset(students) for school, students in named.items()}
    return Claimed(rows[0].school_year, schools)  # type: ignore[arg-type]
