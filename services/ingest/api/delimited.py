"""CSV as pieces: the heading names places in the body, each row is a record, a damaged row is refused by itself."""

import csv
import itertools
from collections import deque
from collections.abc import Iterable, Iterator

import polars as pl

from services.ingest.api.dotted import check, lines_of
from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.api.pieces import Piece, split
from services.ingest.rules.keeping import Reasons
from services.ingest.rules.resources import Resource

_LINES_A_ROW = 100  # a quote that is never closed would else take in the whole file
_DAMAGED = {"$": ["the row is not valid CSV: a quote is not closed, or a cell is too long."]}
_NO_TEXT = {"$": ["the row is not UTF-8 text; save the file as UTF-8."]}
_Row = tuple[int, list[str] | None, str]  # its number, its cells or None, and its text where it is damaged


def is_heading_of(resource: Resource, head: bytes) -> bool:
    """Whether a file begins with a CSV heading of this resource: a column is a part of its natural key."""
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return False
    names = next(csv.reader([head.partition(b"\n")[0].decode("utf-8-sig", "replace")]), [])
    return any(name.strip().rpartition(".")[2] in resource.leaves for name in names)


def pieces_of_csv(resource: Resource, blocks: Iterable[bytes]) -> Iterator[Piece]:
    """The rows, the first after the heading being 1. Raises BadColumns when the heading cannot be one body."""
    lines = _Lines(split(blocks))
    _, heading, _ = next(_one_by_one(lines, 0), (0, [], ""))
    names = [name.strip() for name in heading or []]
    check(names)
    for rows in _batches(lines):
        filled = [row for row in rows if row[1] is None or any(row[1])]
        if filled:
            yield _piece(resource, names, filled)


class _Lines(Iterator[str]):
    """The lines of a text, which remembers those of the row at hand and can take lines back."""

    def __init__(self, parts: Iterator[list[bytes]]) -> None:
        self._parts, self._ready = parts, deque[str]()
        self.taken: list[str] = []

    def __next__(self) -> str:
        if len(self.taken) >= _LINES_A_ROW:
            raise csv.Error
        if not self._ready:
            self._ready.extend(_texts(next(self._parts)))
        line = self._ready.popleft() + "\n"
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> None:
        self._ready.extendleft(line[:-1] for line in reversed(self.taken[1:]))
        del self.taken[1:]

    def all_ready(self) -> list[str]:
        """The lines that are here, some thousands; none at the end. They stay until `clear`."""
        if not self._ready:
            self._ready.extend(_texts(next(self._parts, [])))
        return list(self._ready)

    def clear(self) -> None:
        self._ready.clear()


def _texts(lines: list[bytes]) -> list[str]:
    return b"\n".join(lines).decode("utf-8", "surrogateescape").split("\n") if lines else []


def _batches(lines: _Lines) -> Iterator[list[_Row]]:
    """All rows, numbered from 1: at once where each line is one, else one by one."""
    number = 1
    while ready := lines.all_ready():
        try:
            rows = list(csv.reader(ready, strict=True))
        except csv.Error:
            rows = []
        if len(rows) == len(ready):
            lines.clear()
            batch: list[_Row] = list(zip(itertools.count(number), rows, itertools.repeat("")))
        else:
            batch = list(itertools.islice(_one_by_one(lines, number), len(ready)))
        yield batch
        number += len(batch)


def _one_by_one(lines: _Lines, number: int) -> Iterator[_Row]:
    """Of a damaged row only the first line is given up; the next row begins after it."""
    reader = csv.reader(lines, strict=True)
    while True:
        lines.taken.clear()
        try:
            cells = next(reader, None)
        except csv.Error:
            lines.give_back_all_but_first()
            yield number, None, lines.taken[0]
        else:
            if cells is None:
                return
            yield number, cells, ""
        number += 1


def _piece(resource: Resource, names: list[str], rows: list[_Row]) -> Piece:
    width = len(names)
    good = [(number, cells) for number, cells, _ in rows if cells is not None and len(cells) == width]
    try:
        found = _json(names, [cells for _, cells in good])
    except UnicodeEncodeError:
        good = [(number, cells) for number, cells in good if _is_text(cells)]
        found = _json(names, [cells for _, cells in good])
    numbers = [number for number, _, _ in rows]
    if len(good) == len(rows):
        return Piece(resource, numbers, found)
    lines = dict(zip((number for number, _ in good), found, strict=True))
    unreadable: dict[int, Reasons] = {}
    for number, cells, text in rows:
        if number not in lines:
            lines[number] = _bytes(cells, text)[:LARGEST_KEPT]
            unreadable[number] = _why(cells, width)
    return Piece(resource, numbers, [lines[number] for number in numbers], unreadable)


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
