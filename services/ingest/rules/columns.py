"""Decides the rows and columns a mapping works on: rows that count, codes translated, numbers cleaned, ranges."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from services.ingest.rules.templates import MappingError, columns_of, expression

ROW = "__row"
WAYS = ("template", "codes", "whole", "lowest", "highest")


def prepared(frame: pl.DataFrame, mapping: Mapping[str, Any]) -> tuple[pl.DataFrame, dict[str, int]]:
    """The rows that count with the mapping's own columns added, and how many rows were left out, by cause.

    The frame's columns are text; `__row` is added: the row's number in the file, the first data row being 1.
    """
    frame = frame.with_row_index(ROW, offset=1)
    left_out: dict[str, int] = {}
    for column, allowed in (mapping.get("where") or {}).items():
        _must_have(frame, [column], "where")
        kept = frame.filter(pl.col(column).is_in(_listed(allowed)))
        if kept.height < frame.height:
            left_out[f"rows left out: {column} is not {' or '.join(_listed(allowed))}"] = frame.height - kept.height
        frame = kept
    for name, way in (mapping.get("columns") or {}).items():
        where = f"columns.{name}"
        frame = frame.with_columns(_column(frame, way, where).alias(name))
    return frame, left_out


def _column(frame: pl.DataFrame, way: Any, where: str) -> pl.Expr:
    if isinstance(way, str):
        _must_have(frame, columns_of(way), where)
        return expression(way, where)
    if not isinstance(way, dict) or not isinstance(way.get("from"), str):
        raise MappingError(f"{where}: write a template, or {{from: COLUMN}} with codes, whole, lowest or highest")
    _must_have(frame, [way["from"], *_listed(way.get("per", []))], where)
    source = pl.col(way["from"])
    if "codes" in way:
        return _coded(source, way, where)
    if "whole" in way:
        return source.str.replace(r"^\s*(-?\d+)\.0*\s*$", "${1}")
    for extreme in ("lowest", "highest"):
        if extreme in way:
            number = source.cast(pl.Float64, strict=False)
            found = number.min() if extreme == "lowest" else number.max()
            return found.over(_listed(way["per"])).round(0).cast(pl.Int64).cast(pl.String)
    raise MappingError(f"{where}: say which: codes, whole, lowest or highest")


def _coded(source: pl.Expr, way: Mapping[str, Any], where: str) -> pl.Expr:
    """Codes by the table; one not in it becomes `otherwise`, or stays as it is, so that the record is refused."""
    table = way["codes"]
    if not isinstance(table, dict) or not table:
        raise MappingError(f"{where}.codes: write a table, source code: our code")
    new = {old: (None if value == "" else value) for old, value in table.items()}
    if "otherwise" in way:
        return source.replace_strict(new, default=way["otherwise"] or None, return_dtype=pl.String)
    return source.replace(new)


def _must_have(frame: pl.DataFrame, columns: list[str], where: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise MappingError(f"{where}: the file has no column {', '.join(missing)}; mend the name, or add it to columns")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
