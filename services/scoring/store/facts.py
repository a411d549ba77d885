"""Facts out: a reader gets what stands as of a revision."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg.sql import SQL, Composable, Identifier, Literal

from services.scoring.rules import frames
from services.scoring.rules.frames import Frames, latest
from services.scoring.store.tables import FACTS

_PARSED_AT_ONCE = 16_000_000  # bytes of COPY text


def facts_as_of(connection: sa.Connection, cut: int, years: Sequence[str]) -> Frames:
    """Every fact that stands as of a revision: results of the school years given, all else of the last of them.

    A key's later revision may have moved it to another year: those rows are read too, so that the older one falls.
    """
    known = SQL("revision <= {}").format(Literal(cut))
    last = [max(years)]
    return Frames(
        districts=_standing(connection, "districts", known),
        schools=_standing(connection, "schools", known),
        assessments=_standing(connection, "assessments", known),
        demographics=_standing(connection, "demographics", SQL(" and ").join([known, _of_years(last)])),
        enrollments=_of_years_as_of(connection, "enrollments", known, last),
        results=_of_years_as_of(connection, "results", known, list(years)),
    )


def _of_years(years: list[str]) -> Composable:
    return SQL("school_year = any({})").format(Literal(years))


def _standing(connection: sa.Connection, kind: str, where: Composable) -> pl.DataFrame:
    return latest(_rows(connection, kind, where), frames.KEYS[kind])


def _of_years_as_of(connection: sa.Connection, kind: str, known: Composable, years: list[str]) -> pl.DataFrame:
    rows = _rows(connection, kind, SQL(" and ").join([known, _of_years(years)]))
    if rows.is_empty():
        return latest(rows, frames.KEYS[kind])
    later = SQL("revision > {}").format(Literal(_extreme(rows, pl.col("revision").min())))
    elsewhere = SQL(" and ").join([known, later, SQL("not {}").format(_of_years(years))])
    moved = _rows(connection, kind, elsewhere, only=(*frames.KEYS[kind], "school_year"))
    every = pl.concat([rows, moved], how="diagonal") if moved.height else rows
    return latest(every, frames.KEYS[kind]).filter(pl.col("school_year").is_in(years))


def _extreme(rows: pl.DataFrame, of: pl.Expr) -> int:
    """The greatest or least revision; 0 when there is none."""
    return int(rows.select(of.fill_null(0)).item())


def _rows(connection: sa.Connection, kind: str, where: Composable, only: Iterable[str] | None = None) -> pl.DataFrame:
    """Every revision of a kind that meets a condition, by COPY, parsed in pieces so that the text is never whole."""
    schema = frames.revised(frames.SCHEMAS[kind])
    if only is not None:
        schema = {name: dtype for name, dtype in schema.items() if name in {"revision", "op", *only}}
    names = SQL(", ").join(_column(name, dtype) for name, dtype in schema.items())
    query = SQL("copy (select {} from {} where {}) to stdout (format csv)").format(
        names, Identifier(FACTS[kind].name), where
    )
    driver: Any = connection.connection.driver_connection
    pieces: list[pl.DataFrame] = []
    with driver.cursor() as cursor, cursor.copy(query) as copy:
        _parsed(copy, lambda text: pieces.append(pl.read_csv(text, has_header=False, schema=schema)))
    return pl.concat(pieces) if pieces else pl.DataFrame(schema=schema)


def _column(name: str, dtype: pl.DataType | type[pl.DataType]) -> Composable:
    """A column of a COPY; truth values as words, since the server's own "t" is no truth value to a CSV reader."""
    return SQL("{}::text").format(Identifier(name)) if dtype == pl.Boolean else Identifier(name)


def _parsed(copy: Iterable[bytes], parse: Callable[[BytesIO], None]) -> None:
    text = BytesIO()
    for block in copy:
        text.write(block)
        if text.tell() >= _PARSED_AT_ONCE:
            text.seek(0)
            parse(text)
            text = BytesIO()
    if text.tell():
        text.seek(0)
        parse(text)
