"""How a file of records is read: NDJSON, CSV or Parquet, plain or compressed, as columns, some rows at a time."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import orjson
import polars as pl

from services.scoring.files.checks import Unreadable, checked, refuse
from services.scoring.files.contract import DAY, LIST, RECORDS, TEXT, TRUTH, WHOLE, YEAR, Column, columns_of

NAME = re.compile(r"(?P<kind>[^.]+)\.(?:(?P<text>ndjson|csv)(?:\.gz|\.zst)?|(?P<parquet>parquet))")
_LINES_AT_ONCE = 50_000
_JSON_TYPES = {TEXT: str, YEAR: str, DAY: str, TRUTH: bool, WHOLE: int, LIST: list}
_JSON_COLUMNS = {TRUTH: pl.Boolean, WHOLE: pl.Int128, LIST: pl.Object}


def tables(path: Path, kind: str) -> Iterator[pl.DataFrame]:
    """The rows of a file, checked, some at a time and at least once. Raises Unreadable."""
    found = NAME.fullmatch(path.name)
    form = found and (found["text"] or found["parquet"])
    try:
        if form == "ndjson":
            yield from _of_lines(path, kind)
        elif form == "csv":
            yield from _of_table(path, kind, pl.read_csv(path, infer_schema=False))
        else:
            yield from _of_table(path, kind, pl.read_parquet(path))
    except (pl.exceptions.PolarsError, EOFError) as error:
        # a library's own sentence may hold a value
        raise Unreadable(f"{path.name}: cannot be read as {form} ({type(error).__name__}); write it anew") from None


def _of_table(path: Path, kind: str, table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    known = [column.name for column in columns_of(kind)]
    strange = [place for place, name in enumerate(table.columns, start=1) if name not in known]
    if strange:
        named = ", ".join(known)
        raise Unreadable(f"{path.name}: column {strange[0]} is none of {named}; take it out or mend its name")
    yield checked(kind, path.name, {name: table[name] for name in table.columns}, table.height)


def _of_lines(path: Path, kind: str) -> Iterator[pl.DataFrame]:
    above = 0
    nothing = pl.DataFrame(schema={"line": pl.String})
    for lines in chain(pl.scan_lines(path).collect_batches(chunk_size=_LINES_AT_ONCE, maintain_order=True), [nothing]):
        records = _records(path.name, lines["line"].to_list(), kind, above)
        given = {column.name: _given(path.name, column, records, above) for column in columns_of(kind)}
        yield checked(kind, path.name, given, len(records), above)
        above += len(records)


def _records(file: str, lines: list[str], kind: str, above: int) -> list[Mapping[str, object]]:
    records: list[Mapping[str, object]] = []
    for row, line in enumerate(lines, start=above + 1):
        try:
            records.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            raise Unreadable(f"{file}, row {row}: is not JSON; write one record a line, and no empty line") from None
    if set(map(type, records)) - {dict}:
        row = next(row for row, record in enumerate(records, start=above + 1) if type(record) is not dict)
        raise Unreadable(f"{file}, row {row}: is no JSON object; write one record a line")
    known = RECORDS[kind].model_fields
    if set(chain.from_iterable(records)) - set(known):
        row = next(row for row, record in enumerate(records, start=above + 1) if set(record) - set(known))
        raise Unreadable(f"{file}, row {row}: has a field beside {', '.join(known)}; take it out or mend its name")
    return records


def _given(file: str, column: Column, records: list[Mapping[str, object]], above: int) -> pl.Series:
    """A field of every record; JSON's types are taken as they are, so that 1 is no text and "1" no number."""
    values = [record.get(column.name, column.default) for record in records]
    known = {_JSON_TYPES[column.form], type(None)}
    if set(map(type, values)) - known:
        refuse(file, column, pl.Series([type(value) not in known for value in values]), above)
    return pl.Series(values, dtype=_JSON_COLUMNS.get(column.form, pl.String))
