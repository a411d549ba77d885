"""The floor of (b): an analyst's own way from scoring's facts to rates, growth and points of each school of a year.

Thinner than an edition (no subgroups, receipts, designations or cards), so that it is a floor. The same figures twice:
as SQL over temporary tables, and as Polars over the rows that a plain COPY gives. Of a level only its place counts.
"""

from io import BytesIO
from typing import Any, LiteralString

import polars as pl
import psycopg
from psycopg import sql

from deploy.bench.figures import NotMeasured
from deploy.bench.line import Line
from deploy.bench.processes import Meter, Spent

_CLOSE = 1e-6  # points; the two ways add in another order
_TEXTS = {"student_id": pl.String, "school_id": pl.String, "level": pl.String}
_RESULTS: LiteralString = """
    select distinct on (student_id, assessment_id, result_id) student_id, assessment_id, school_id, school_year, level
    from scoring.result_facts where school_year in ({before}, {year})
    order by student_id, assessment_id, result_id, revision desc
"""
_LEVELS: LiteralString = """
    select assessment_id, subject, level.value ->> 'name' as level, level.ordinality as rank,
           jsonb_array_length(levels::jsonb) as highest
    from (select distinct on (assessment_id) * from scoring.assessment_facts order by assessment_id, revision desc) a,
         jsonb_array_elements(levels::jsonb) with ordinality as level
"""
_ENROLLED: LiteralString = """
    select distinct student_id, school_id
    from (select distinct on (student_id, school_id, entry_date) * from scoring.enrollment_facts
          where school_year = {year} order by student_id, school_id, entry_date, revision desc) e
    where exit_date is null and op = 'upsert'
"""
_TABLES: LiteralString = """
    create temporary table result as {results};
    create temporary table level as {levels};
    create temporary table enrolled as {enrolled};
    create temporary table scored as select * from result join level using (assessment_id, level);
    analyze scored; analyze enrolled
"""
_POINTS: LiteralString = """
    with rates as (
        select now.school_id, now.subject, avg((now.rank > now.highest - 2)::int) as proficiency,
               avg((now.rank > before.rank or (now.rank = before.rank and now.rank > now.highest - 2))::int) as growth
        from scored now join enrolled using (student_id, school_id)
        left join scored before on before.student_id = now.student_id and before.subject = now.subject
                                and before.school_year = {before}
        where now.school_year = {year} group by now.school_id, now.subject
    )
    select school_id, sum(100 * proficiency + 100 * coalesce(growth, 0))::float8 as points
    from rates group by school_id
"""
SQL_WAY, POLARS_WAY = "sql", "polars"


def ways(line: Line, meter: Meter, before: str, year: str) -> dict[str, Spent]:
    """Both ways' costs. Raises NotMeasured when they do not come to the same points."""
    with meter.stage() as by_sql:
        from_sql = _by_sql(line, before, year)
    with meter.stage() as by_polars:
        from_polars = _by_polars(line, before, year)
    same = from_sql.keys() == from_polars.keys() and all(
        abs(from_sql[school] - from_polars[school]) < _CLOSE for school in from_sql
    )
    if not same or not from_sql:
        raise NotMeasured("the analyst's two ways did not come to the same points")
    return {SQL_WAY: by_sql, POLARS_WAY: by_polars}


def _parts(before: str, year: str) -> dict[str, sql.Composed]:
    parts = {"results": _RESULTS, "levels": _LEVELS, "enrolled": _ENROLLED}
    return {name: sql.SQL(text).format(**_years(before, year)) for name, text in parts.items()}


def _years(before: str, year: str) -> dict[str, sql.Literal]:
    return {"before": sql.Literal(before), "year": sql.Literal(year)}


def _by_sql(line: Line, before: str, year: str) -> dict[str, float]:
    with line.connect() as connection:
        connection.execute(sql.SQL(_TABLES).format(**_parts(before, year)))
        rows = connection.execute(sql.SQL(_POINTS).format(**_years(before, year))).fetchall()
    return dict(rows)


def _by_polars(line: Line, before: str, year: str) -> dict[str, float]:
    with line.connect() as connection:
        read = {name: _copied(connection, query) for name, query in _parts(before, year).items()}
    scored = read["results"].join(read["levels"], on=["assessment_id", "level"])
    former = scored.filter(pl.col("school_year") == before).select("student_id", "subject", prior="rank")
    now = scored.filter(pl.col("school_year") == year).join(read["enrolled"], on=["student_id", "school_id"])
    now = now.join(former, on=["student_id", "subject"], how="left")
    is_high = pl.col("rank") > pl.col("highest") - 2
    grew = (pl.col("rank") > pl.col("prior")) | ((pl.col("rank") == pl.col("prior")) & is_high)
    rates = now.group_by("school_id", "subject").agg(proficiency=is_high.mean(), growth=grew.mean())
    points = 100 * pl.col("proficiency") + 100 * pl.col("growth").fill_null(0)
    return dict(rates.group_by("school_id").agg(points.sum().alias("points")).iter_rows())


def _copied(connection: "psycopg.Connection[Any]", query: sql.Composed) -> pl.DataFrame:
    text = BytesIO()
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(query)) as copy:
        for block in copy:
            text.write(block)
    text.seek(0)
    return pl.read_csv(text, schema_overrides=_TEXTS)
