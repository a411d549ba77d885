"""The driver's own cursor, for COPY and bytes, its errors as SQLAlchemy's: one question tells which of them pass."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa


@contextmanager
def driver_cursor(connection: sa.Connection, *, binary: bool = False) -> Iterator["psycopg.Cursor[Any]"]:
    """A cursor of the driver, in this connection's transaction. Raises sa.exc.DBAPIError in place of its errors.

    `binary`: bytes come as they are and not as text of their digits.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor(binary=binary) as cursor:
            yield cursor
    except psycopg.Error as error:
        is_lost = driver.broken or driver.closed
        if is_lost:
            connection.invalidate(error)
        # without the statement's values: they may hold a student's data
        told = sa.exc.DBAPIError.instance(None, None, error, psycopg.Error, True, is_lost, connection.dialect)
        raise told from error


def copy_in(
    connection: sa.Connection,
    table: str,
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Writes rows to a table; `types` names the PostgreSQL type of each column."""
    statement = f"copy {table} ({', '.join(columns)}) from stdin (format binary)"
    with driver_cursor(connection) as cursor, cursor.copy(statement.encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def text_array(texts: Iterable[str]) -> str:
    """Texts without NUL as PostgreSQL writes an array of them: the driver's own way takes three times as long."""
    given = list(texts)
    if not given:
        return "{}"
    escaped = "\x00".join(given).replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + escaped.replace("\x00", '","') + '"}'
