"""Facts in: every revision is kept once; one that is already there stays as it is."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from services.scoring.store.tables import FACTS

_SQL_TYPES = {sa.Text: "text", sa.Boolean: "boolean", sa.Date: "date", sa.Integer: "integer", sa.BigInteger: "bigint"}


def keep(connection: sa.Connection, revisions: dict[str, list[dict[str, Any]]]) -> None:
    """Inserts revisions, by kind; one that is already there stays as it is."""
    for kind, rows in revisions.items():
        columns = FACTS[kind].columns.keys()
        connection.execute(_insertion(kind), {name: _array([row[name] for row in rows]) for name in columns})


def _array(values: Sequence[object]) -> str:
    """An array as PostgreSQL writes it, elements quoted: the driver's own way is the slowest step of a batch."""
    if any('"' in value or "\\" in value for value in values if isinstance(value, str)):
        values = [
            value.replace("\\", "\\\\").replace('"', '\\"') if isinstance(value, str) else value for value in values
        ]
    return "{" + ",".join("NULL" if value is None else f'"{value}"' for value in values) + "}"


@lru_cache
def _insertion(kind: str) -> sa.TextClause:
    table = FACTS[kind]
    arrays = ", ".join(f"cast(:{c.name} as {_SQL_TYPES[type(c.type)]}[])" for c in table.columns)
    names = ", ".join(table.columns.keys())
    return sa.text(f"insert into {table.name} ({names}) select * from unnest({arrays}) on conflict do nothing")
