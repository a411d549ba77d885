"""Rows of columns as JSON lines: a column's name is the path of its value in the record's body.

`studentReference.studentUniqueId` is a property of an object, `races.0.raceDescriptor` one of a list's first item. What
has no value is left out: a property, an object without any, an item of a list. Columns that hold objects and lists
already, as Parquet can, are taken as they are.
"""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import polars as pl
from polars.datatypes import DataTypeClass

_Type = pl.DataType | DataTypeClass
# a quote within a text is escaped, so that these find names only; the second is for what begins an object
_NULLS = ((r',"[^"\\]+":null', ""), (r'\{"[^"\\]+":null,?', "{"))


class BadColumns(ValueError):
    """Columns that cannot be one body; the message says which and the mend."""


def lines_of(frame: pl.DataFrame) -> list[bytes]:
    """One JSON object for each row."""
    body = _object(_tree(frame.schema))
    text = frame.select(body.struct.json_encode().fill_null("{}")).to_series()
    return reduce(lambda found, null: found.str.replace_all(*null), _NULLS, text).cast(pl.Binary).to_list()


def check(names: Iterable[str]) -> None:
    """Raises BadColumns where two columns would be one, or a value and an object too."""
    names = list(names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadColumns(f"The column {twice[0]} is there twice; leave one out.")
    _object(_tree(dict.fromkeys(names, pl.String())))


def _tree(schema: Any) -> dict[str, Any]:
    """Names by their steps: an object for each step, at its end the column's expression."""
    tree: dict[str, Any] = {}
    for name, kind in schema.items():
        *way, last = name.split(".")
        here = tree
        for step in way:
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                raise _conflict(name)
        if last in here:
            raise _conflict(name)
        here[last] = _value(pl.col(name), kind)
    return tree


def _conflict(name: str) -> BadColumns:
    return BadColumns(f"The column {name} and another say two things of one place; leave one out.")


def _object(tree: dict[str, Any]) -> pl.Expr:
    numbered = [step.isdigit() for step in tree]
    if any(numbered) and not all(numbered):
        step = next(step for step in tree if not step.isdigit())
        raise BadColumns(f"The columns with {step} stand beside numbered ones; a place is an object or a list.")
    parts = {step: _object(inner) if isinstance(inner, dict) else inner for step, inner in tree.items()}
    if all(numbered):
        items = pl.concat_list([parts[step] for step in sorted(parts, key=int)]).list.drop_nulls()
        return pl.when(items.list.len() > 0).then(items)
    return _if_any([part.alias(step) for step, part in parts.items()])


def _if_any(parts: list[pl.Expr]) -> pl.Expr:
    """The parts as one object, or nothing where none has a value."""
    return pl.when(pl.any_horizontal(part.is_not_null() for part in parts)).then(pl.struct(parts))


def _value(value: pl.Expr, kind: _Type) -> pl.Expr:
    """A column's value as JSON has it: days and times as text, objects and lists within it the same way."""
    if isinstance(kind, pl.Struct):
        return _if_any([_value(value.struct.field(f.name), f.dtype).alias(f.name) for f in kind.fields])
    if isinstance(kind, pl.List):
        return value.list.eval(_value(pl.element(), kind.inner)).list.drop_nulls()
    if isinstance(kind, pl.Datetime):
        day, moment = value.dt.strftime("%Y-%m-%d"), value.dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
        zone = value.dt.strftime("%:z") if kind.time_zone else pl.lit("")
        return pl.when(value == value.dt.truncate("1d")).then(day).otherwise(moment + zone)
    if isinstance(kind, pl.Categorical | pl.Enum):
        return value.cast(pl.String)
    return value
