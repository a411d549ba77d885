"""How facts are read: in columns. Of all rows that share a mix of values (a test and a level, say) the answer has one
row, with their values of each other column in one text: the server makes, and a reader takes apart, far fewer pieces.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg.sql import SQL, Composable, Identifier

from services.scoring.rules import frames
from services.scoring.rules.frames import Schema
from services.scoring.store.tables import FACTS

# Columns of which many rows share a mix; so are `op`, truth values and days always.
_SHARED = {
    "results": ("school_year", "assessment_id", "level"),
    "enrollments": ("school_year", "grade", "exit_kind"),
    "demographics": ("school_year", "gender", "race"),
    "attendance": ("school_year", "category", "share_of_day"),
}
_END = "\x00"  # of a value: no text of the database holds it


def rows_of(connection: sa.Connection, kind: str, where: Composable, only: Sequence[str] | None = None) -> pl.DataFrame:
    """Every revision of a kind that meets a condition; of its columns `only` some, beside revision and op."""
    known = frames.OTHER_RESULTS if kind == "results" else frames.SCHEMAS[kind]
    wanted = frames.SCHEMAS[kind] if only is None else {name: known[name] for name in only}
    schema = frames.revised(wanted)
    often = ("op", *_SHARED.get(kind, ()))
    shared = [name for name, dtype in schema.items() if name in often or dtype in (pl.Boolean, pl.Date)]
    each = [name for name in schema if name not in shared]
    optional = [name for name in each if FACTS[kind].columns[name].nullable]
    mix = [*map(Identifier, shared), *(SQL("{} is null").format(Identifier(name)) for name in optional)]
    query = SQL("select {mix}, count(*), {each} from {table} where {where} group by {mix}").format(
        mix=SQL(", ").join(mix),
        each=SQL(", ").join(map(_in_one_text, each)),
        table=Identifier(FACTS[kind].name),
        where=where,
    )
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor(binary=True) as cursor:
        answer = list(zip(*cursor.execute(query).fetchall(), strict=True))
    if not answer:
        return pl.DataFrame(schema=schema)
    typed: dict[str, type[pl.DataType]] = {name: schema[name] for name in shared}
    typed |= {_no(name): pl.Boolean for name in optional}
    mixes = pl.DataFrame(dict(zip(typed, answer, strict=False)), typed)
    texts = dict(zip(each, answer[len(typed) + 1 :], strict=True))
    return _apart(mixes, pl.Series("rows", answer[len(typed)]), texts, schema)


def _in_one_text(name: str) -> Composable:
    return SQL("string_agg(convert_to(coalesce({}::text, ''), 'UTF8'), '\\x00'::bytea)").format(Identifier(name))


def _no(name: str) -> str:
    return f"no {name}"


def _apart(mixes: pl.DataFrame, rows: pl.Series, texts: Mapping[str, Sequence[bytes]], schema: Schema) -> pl.DataFrame:
    """Each mix as often as it has rows, beside the values taken out of their texts."""
    repeated = mixes[pl.select(pl.int_range(mixes.height).repeat_by(rows).explode()).to_series()]
    apart = pl.all().str.split(_END).explode()
    values = (
        pl.DataFrame({name: [_END.encode().join(parts).decode()]}).select_seq(apart).to_series()
        for name, parts in texts.items()
    )
    every = repeated.hstack(list(values))
    return every.select(
        (pl.when(~pl.col(_no(name))).then(name) if _no(name) in mixes.columns else pl.col(name)).cast(dtype)
        for name, dtype in schema.items()
    )
