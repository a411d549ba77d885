"""Facts of the kinds that are kept as JSON, as frames: what stands as of a revision, or now."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg.sql import SQL, Composable, Literal

from services.scoring.rules import frames
from services.scoring.rules.frames import latest
from shared.runtime.copying import text_array

_REVISIONS = {"kind": pl.String, "key": pl.String, "revision": pl.Int64, "op": pl.String, "record": pl.String}
# of a key every revision, so that one which left these years lets the older fall
_OF_YEARS = SQL("""select kind, key, revision, op, record from other_facts where revision <= {cut} and (kind, key) in (
    select kind, key from other_facts where revision <= {cut} and (school_year is null or school_year = any({years}))
)""")
_OF_STUDENTS = SQL("""select kind, key, revision, op, record from other_facts
    where student_id = any(cast({students} as text[])) or kind = 'courses'""")


def others_as_of(engine: sa.Engine, cut: int, years: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Kind -> what stands as of a revision; of kinds that have a school year, that of some years."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return _standing(connection, _OF_YEARS.format(cut=Literal(cut), years=Literal(list(years))))


def others_of_students(connection: sa.Connection, students: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Kind -> what stands now of students, and every course."""
    return _standing(connection, _OF_STUDENTS.format(students=Literal(text_array(students))))


def _standing(connection: sa.Connection, query: Composable) -> dict[str, pl.DataFrame]:
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor(binary=True) as cursor:
        rows = pl.DataFrame(cursor.execute(query).fetchall(), _REVISIONS, orient="row")
    standing = latest(rows, ("key", "kind"))
    return {kind: _typed(kind, standing.filter(pl.col("kind") == kind)["record"]) for kind in frames.OTHERS}


def _typed(kind: str, records: pl.Series) -> pl.DataFrame:
    schema = frames.OTHERS[kind]
    return (
        records.str.json_decode(pl.Struct(dict(schema))).struct.unnest()
        if records.len()
        else pl.DataFrame(schema=schema)
    )
