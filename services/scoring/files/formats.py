"""How a file of records is read: NDJSON, CSV or Parquet, plain or compressed, as columns, some rows at a time."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    named = NAME.fullmatch(path.name)
    form = str(named and (named["text"] or named["parquet"]))
    columns = _of_lines if form == "ndjson" else _of_table
    above = 0
    for piece in _pieces(path, form):
        yield checked(kind, path.name, columns(path.name, piece, kind, above), piece.height, above)
        above += piece.height


def checked_table(name: str, table: pl.DataFrame, kind: str) -> pl.DataFrame:
    """A frame of records, checked; `name` is what a refusal calls it. Raises Unreadable."""
    return checked(kind, name, _of_table(name, table, kind, 0), table.height)


def record_table(
    name: str, records: Sequence[Mapping[str, object]], kind: str, only: Collection[str] = ()
) -> pl.DataFrame:
    """Records at hand, checked as lines of a file would be; `only`: of their fields some. Raises Unreadable."""
    _must_be_known(name, records, kind, 0)
    columns = [column for column in columns_of(kind) if not only or column.name in only]
    given = {column.name: _given(name, column, records, 0) for column in columns}
    return checked(kind, name, given, len(records), only=only)


def _pieces(path: Path, form: str) -> Iterator[pl.DataFrame]:
    """A table whole; lines some at a time, and none at the end. Raises Unreadable."""
    try:
        if form == "ndjson":
            yield from pl.scan_lines(path).collect_batches(chunk_size=_LINES_AT_ONCE, maintain_order=True)
            yield pl.DataFrame(schema={"line": pl.String})
        else:
            yield pl.read_csv(path, infer_schema=False) if form == "csv" else pl.read_parquet(path)
    except (pl.exceptions.PolarsError, EOFError) as error:
        # a library's own sentence may hold a value
        raise Unreadable(f"{path.name}: cannot be read as {form} ({type(error).__name__}); write it anew") from None


def _of_table(file: str, table: pl.DataFrame, kind: str, above: int) -> dict[str, pl.Series]:
    del above
    known = [column.name for column in columns_of(kind)]
    strange = [place for place, name in enumerate(table.columns, start=1) if name not in known]
    if strange:
        named = ", ".join(known)
        raise Unreadable(f"{file}: column {strange[0]} is none of {named}; take it out or mend its name")
    return {name: table[name] for name in table.columns}


def _of_lines(file: str, lines: pl.DataFrame, kind: str, above: int) -> dict[str, pl.Series]:
    records = _records(file, lines["line"].to_list(), kind, above)
    return {column.name: _given(file, column, records, above) for column in columns_of(kind)}


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
    _must_be_known(file, records, kind, above)
    return records


def _must_be_known(file: str, records: Sequence[Mapping[str, object]], kind: str, above: int) -> None:
    known = RECORDS[kind].model_fields
    if set(chain.from_iterable(records)) - set(known):
        row = next(row for row, record in enumerate(records, start=above + 1) if set(record) - set(known))
        raise Unreadable(f"{file}, row {row}: has a field beside {', '.join(known)}; take it out or mend its name")


def _given(file: str, column: Column, records: Sequence[Mapping[str, object]], above: int) -> pl.Series:
    """A field of every record; JSON's types are taken as they are, so that 1 is no text and "1" no number."""
    values = [record.get(column.name, column.default) for record in records]
    known = {_JSON_TYPES[column.form], type(None)}
    if set(map(type, values)) - known:
        refuse(file, column, pl.Series([type(value) not in known for value in values]), above)
    return pl.Series(values, dtype=_JSON_COLUMNS.get(column.form, pl.String))
