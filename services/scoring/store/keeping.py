"""Facts in: every revision is kept once; one that is already there stays as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from psycopg.errors import UniqueViolation

from services.scoring.rules import frames
from services.scoring.store.tables import FACTS, others
from shared.events.fact import Unusable
from shared.events.records import LevelRange, ScorePart
from shared.events.sis import Revised
from shared.runtime.copying import copy_in
from shared.vocabulary.identity import canonical

Revisions = Mapping[str, Sequence[Revised[Any]]]

_TYPES = {sa.Text: "text", sa.Boolean: "bool", sa.Date: "date", sa.Integer: "int4", sa.BigInteger: "int8"}

_INTEGER_BITS = 31


def keep(connection: sa.Connection, revisions: Revisions) -> None:
    """Inserts revisions, by kind; one that is already there stays as it is.

    They come by COPY, which refuses all when one is there: only then are they looked at one by one. Raises Unusable
    when a revision that is there tells of something else: two records cannot have one revision.
    """
    for kind, revised in revisions.items():
        if not revised:
            continue
        try:
            with connection.begin_nested():
                _copy(connection, kind, _table(kind).name, revised)
        except sa.exc.IntegrityError as error:
            if not isinstance(error.orig, UniqueViolation):
                raise
            _keep_what_is_new(connection, kind, revised)


def _keep_what_is_new(connection: sa.Connection, kind: str, revised: Sequence[Revised[Any]]) -> None:
    facts, came = _table(kind).name, f"came_{_table(kind).name}"
    connection.execute(sa.text(f"create temporary table {came} (like {facts}) on commit drop"))
    _copy(connection, kind, came, revised)
    connection.execute(sa.text(f"insert into {facts} select * from {came} on conflict do nothing"))
    others = f"select from (select * from {came} except select f.* from {facts} f join {came} using (revision)) other"
    if connection.execute(sa.text(f"select exists ({others})")).scalar_one():
        raise Unusable(f"a revision of {kind} is already kept with other values; was ingest's database made anew?")
    connection.execute(sa.text(f"drop table {came}"))


def _copy(connection: sa.Connection, kind: str, table: str, revised: Sequence[Revised[Any]]) -> None:
    columns = _table(kind).columns
    for column in columns if kind in FACTS else ():
        if isinstance(column.type, sa.Integer) and not isinstance(column.type, sa.BigInteger):
            _require_fits(column.name, filter(None, map(attrgetter(_of(column.name)), revised)))
    copy_in(connection, table, columns.keys(), [_TYPES[type(c.type)] for c in columns], _rows(kind, revised))


def _table(kind: str) -> sa.Table:
    return FACTS.get(kind, others)


def _rows(kind: str, revised: Iterable[Revised[Any]]) -> Iterator[tuple[object, ...]]:
    """Rows in the order of the table's columns, which are named as the record's fields."""
    if kind not in FACTS:
        return (_other_row(kind, each) for each in revised)
    columns = list(FACTS[kind].columns.keys())
    row_of = attrgetter(*map(_of, columns))
    if kind not in _AS_TEXT:
        return map(row_of, revised)
    column, text_of = _AS_TEXT[kind]
    place = columns.index(column)
    return ((*row[:place], text_of(row[place]), *row[place + 1 :]) for row in map(row_of, revised))


def _other_row(kind: str, each: Revised[Any]) -> tuple[object, ...]:
    told = each.record.model_dump(mode="json")
    key = canonical([told[name] for name in frames.KEYS[kind]])
    looked_up = (told.get("school_id"), told.get("student_id"), told.get(frames.YEARS.get(kind, "school_year")))
    return (each.revision, kind, key, each.op, *looked_up, canonical(told))


def _require_fits(column: str, numbers: Iterable[int]) -> None:
    """The driver would cut a number that is too long, without a word."""
    if any(number.bit_length() > _INTEGER_BITS for number in numbers):
        raise Unusable(f"a {column} is beyond what the database can keep")


def _of(column: str) -> str:
    return column if column in ("revision", "op") else f"record.{column}"


def _levels(levels: Sequence[LevelRange]) -> str:
    return canonical([level.model_dump() for level in levels])


def _parts(parts: Sequence[ScorePart]) -> str | None:
    return canonical([part.model_dump() for part in parts]) if parts else None


_AS_TEXT: Mapping[str, tuple[str, Callable[[Any], str | None]]] = {
    "schools": ("grades", ",".join),
    "assessments": ("levels", _levels),
    "results": ("parts", _parts),
}
