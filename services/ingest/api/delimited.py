"""CSV as pieces: the heading names places in the body, each row is a record, a damaged row is refused by itself."""

import csv
import io
import itertools
from collections.abc import Iterator

import polars as pl

from services.ingest.api.dotted import check, lines_of
from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.api.pieces import BYTES_AT_ONCE, LINES_AT_ONCE, Piece
from services.ingest.rules.keeping import Reasons
from services.ingest.rules.resources import Resource

_LINES_A_ROW = 100  # a quote that is never closed would else take in the whole file
_DAMAGED = {"$": ["the row is not valid CSV: a quote is not closed, or a cell is too long."]}
_NO_TEXT = {"$": ["the row is not UTF-8 text; save the file as UTF-8."]}


def is_heading_of(resource: Resource, head: bytes) -> bool:
    """Whether a file begins with a CSV heading of this resource: a column is a part of its natural key."""
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return False
    names = next(csv.reader([head.partition(b"\n")[0].decode("utf-8-sig", "replace")]), [])
    return any(name.strip().rpartition(".")[2] in resource.leaves for name in names)


def pieces_of_csv(resource: Resource, file: io.BufferedReader) -> Iterator[Piece]:
    """The rows, the first after the heading being 1. Raises BadColumns when the heading cannot be one body."""
    lines = _Lines(io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline=""))
    rows = _rows(lines)
    _, heading, _ = next(rows, (0, [], ""))
    names = [name.strip() for name in heading or []]
    check(names)
    batch: list[_Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == LINES_AT_ONCE or lines.size >= BYTES_AT_ONCE:
            yield _piece(resource, names, batch)
            batch, lines.size = [], 0
    if batch:
        yield _piece(resource, names, batch)


_Row = tuple[int, list[str] | None, str]  # its number, its cells or None, and its text where it is damaged


class _Lines(Iterator[str]):
    """The lines of a text, which remembers those of the row at hand and can take them back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text: Iterator[str] = text
        self.taken: list[str] = []
        self.size = 0

    def __next__(self) -> str:
        if len(self.taken) >= _LINES_A_ROW:
            raise csv.Error
        line = next(self._text)
        self.taken.append(line)
        self.size += len(line)
        return line

    def give_back_all_but_first(self) -> None:
        first, *others = self.taken
        self._text = itertools.chain(others, self._text)
        self.taken = [first]


def _rows(lines: _Lines) -> Iterator[_Row]:
    """Rows that are not blank. Of a damaged one only the first line is given up; the next row begins after it."""
    reader = csv.reader(lines, strict=True)
    for number in itertools.count(0):
        lines.taken.clear()
        try:
            cells = next(reader, None)
        except csv.Error:
            lines.give_back_all_but_first()
            yield number, None, lines.taken[0]
            continue
        if cells is None:
            return
        if any(cells):
            yield number, cells, ""


def _piece(resource: Resource, names: list[str], batch: list[_Row]) -> Piece:
    width = len(names)
    good = [(number, cells) for number, cells, _ in batch if cells is not None and len(cells) == width]
    try:
        found = _json(names, [cells for _, cells in good])
    except UnicodeEncodeError:
        good = [(number, cells) for number, cells in good if _is_text(cells)]
        found = _json(names, [cells for _, cells in good])
    lines = dict(zip((number for number, _ in good), found, strict=True))
    unreadable: dict[int, Reasons] = {}
    for number, cells, text in batch:
        if number not in lines:
            lines[number] = _bytes(cells, text)[:LARGEST_KEPT]
            unreadable[number] = _why(cells, width)
    rows = [number for number, _, _ in batch]
    return Piece(resource, rows, [lines[number] for number in rows], unreadable)


def _json(names: list[str], rows: list[list[str]]) -> list[bytes]:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    frame = pl.DataFrame([pl.Series(name, cells, pl.String) for name, cells in zip(names, columns, strict=True)])
    return lines_of(frame.select(pl.when(pl.all() != "").then(pl.all()).name.keep()))


def _why(cells: list[str] | None, width: int) -> Reasons:
    if cells is None:
        return _DAMAGED
    if len(cells) != width:
        return {"$": [f"the row has {len(cells)} cells, the heading {width}."]}
    return _NO_TEXT


def _is_text(cells: list[str]) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for cell in cells for sign in cell)


def _bytes(cells: list[str] | None, text: str) -> bytes:
    return (text if cells is None else ",".join(cells)).strip().encode("utf-8", "surrogateescape")
