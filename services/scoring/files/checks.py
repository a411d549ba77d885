"""Whether the values of a file are what the contract asks for: a column at a time, each told by its first bad row."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, cast

import orjson
import polars as pl
from pydantic import TypeAdapter, ValidationError

from services.scoring.files.contract import DAY, LIST, RECORDS, TEXT, TRUTH, WHOLE, YEAR, Column, columns_of
from shared.events.envelope import NUL_IN_JSON
from shared.vocabulary import school_years
from shared.vocabulary.identity import canonical

_SHOWN = 3
_WORDS = (pl.String, pl.Categorical, pl.Enum)


class Unreadable(ValueError):
    """Files that cannot be scored. The message tells file, row, field and the mend, and repeats no value."""


def checked(
    kind: str, file: str, given: Mapping[str, pl.Series], height: int, above: int = 0, only: Collection[str] = ()
) -> pl.DataFrame:
    """The record's columns in their types, from those a file gives (some rows of it, `above` of them came before).

    Values come as their own type or as text. `only`: of a record's fields some. Raises Unreadable.
    """
    found = {}
    for column in columns_of(kind):
        if only and column.name not in only:
            continue
        if column.name in given:
            found[column.name] = _values(kind, file, column, given[column.name], above)
        elif column.is_required:
            raise Unreadable(f"{file}: has no {column.name}; add it (docs/records.md shows each record)")
        else:
            default = _list(kind, column, column.default) if column.form == LIST else column.default
            found[column.name] = pl.Series([default], dtype=_dtype(column)).new_from_index(0, height)
    return pl.DataFrame(found)


def refuse(file: str, column: Column, wrong: pl.Series, above: int) -> None:
    """Raises Unreadable when a row is marked wrong."""
    rows = (wrong.arg_true() + 1 + above).to_list()
    if rows:
        raise Unreadable(f"{file}, {rows_told(rows)}, {column.name}: must be {column.expected()}; mend it")


def rows_told(rows: list[int]) -> str:
    """The first rows in words: "row 3", "rows 3, 9", "rows 3, 9, 12 and more"."""
    some = ", ".join(map(str, rows[:_SHOWN])) + (" and more" if len(rows) > _SHOWN else "")
    return f"row {some}" if len(rows) == 1 else f"rows {some}"


def _dtype(column: Column) -> type[pl.DataType]:
    return {TRUTH: pl.Boolean, WHOLE: pl.Int64, DAY: pl.Date}.get(column.form, pl.String)


def _values(kind: str, file: str, column: Column, given: pl.Series, above: int) -> pl.Series:
    words = given.cast(pl.String) if given.dtype in _WORDS else given
    if column.form == LIST:
        typed = pl.Series([_list(kind, column, value) for value in words.to_list()], dtype=pl.String)
    else:
        typed = _typed(column, words, file)
    absent = typed.is_null() if not column.may_be_empty else typed.is_null() & given.is_not_null()
    refuse(file, column, absent | _beyond(column, typed), above)
    return typed


def _typed(column: Column, given: pl.Series, file: str) -> pl.Series:
    """The values in their type; null where text does not say one."""
    if given.dtype == pl.Null or (given.dtype == _dtype(column)):
        return given.cast(_dtype(column))
    if column.form == WHOLE and given.dtype.is_integer():
        return given.cast(pl.Int128).clip(-(2**62), 2**62).cast(pl.Int64)
    if given.dtype != pl.String:
        raise Unreadable(f"{file}, {column.name}: holds {given.dtype}; each value must be {column.expected()}")
    if column.form == TRUTH:
        return given.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    if column.form == WHOLE:
        return given.set(~given.str.contains(r"^-?[0-9]{1,18}$"), None).cast(pl.Int64)
    return given.set(~given.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), None).str.to_date("%Y-%m-%d", strict=False)


def _beyond(column: Column, typed: pl.Series) -> pl.Series:
    """Marks values outside the bounds or choices; a text with a NUL, which no database keeps."""
    if column.form == WHOLE:
        outside = ~typed.is_between(column.least, column.greatest)
    elif column.choices and column.form == TEXT:
        outside = ~typed.is_in(column.choices)
    elif column.form == YEAR:
        outside = ~typed.is_in([year for year in typed.drop_nulls().unique() if _is_school_year(year)])
    elif column.form == TEXT:
        outside = typed.str.contains("\x00", literal=True)
    else:
        return pl.repeat(False, typed.len(), dtype=pl.Boolean, eager=True)
    return outside.fill_null(False)


def _is_school_year(text: str) -> bool:
    try:
        school_years.parse(text)
    except ValueError:
        return False
    return True


def _list(kind: str, column: Column, value: object) -> str | None:
    """A list, given as one or as its JSON, in the text that the rules read; None where it is not what it must be."""
    try:
        text = value.encode() if isinstance(value, str) else orjson.dumps(value)
        if NUL_IN_JSON in text:
            return None
        found = _adapter(kind, column.name).validate_json(text, strict=True)
    except (ValidationError, TypeError):
        return None
    if column.of_objects:
        return canonical([each.__dict__ for each in found])
    return ",".join(found) if not column.choices or set(found) <= set(column.choices) else None


@cache
def _adapter(kind: str, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, RECORDS[kind].model_fields[name].annotation))
