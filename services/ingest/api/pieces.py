"""What a file is cut into: pieces of JSON lines, each written as one transaction. Every format becomes these."""

import bisect
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.rules.keeping import Reasons
from services.ingest.rules.resources import Resource

LINES_AT_ONCE = 2000  # a transaction of some tenths of a second, which single pushes wait for
BYTES_AT_ONCE = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a file, one JSON object each, none blank. `rows`: where each stood in the file, from 1.

    `unreadable`: the rows whose lines are no records but damaged rows of a CSV file, and why.
    """

    resource: Resource
    rows: Sequence[int]
    lines: Sequence[bytes]
    unreadable: Mapping[int, Reasons] = field(default_factory=dict)


def pieces_of(resource: Resource, blocks: Iterable[bytes]) -> Iterator[Piece]:
    """The lines of an NDJSON file as pieces of at most LINES_AT_ONCE lines and hardly more than BYTES_AT_ONCE."""
    return gathered((Piece(resource, rows, lines) for rows, lines in _numbered(split(blocks))))


def gathered(parts: Iterable[Piece]) -> Iterator[Piece]:
    """The same lines in the same order, small parts of one resource joined and large ones cut."""
    have: Piece | None = None
    for part in parts:
        if have is not None and have.resource is not part.resource:
            yield have
            have = None
        have = part if have is None else _joined(have, part)
        while (fit := _fit(have)) < len(have.lines):
            yield cut(have, 0, fit)
            have = cut(have, fit, None)
    if have is not None and have.lines:
        yield have


def after(pieces: Iterable[Piece], lines: int) -> Iterator[Piece]:
    """The pieces without their first so many lines: those that are written already."""
    for piece in pieces:
        if lines < len(piece.lines):
            yield cut(piece, lines, None) if lines else piece
        lines = max(0, lines - len(piece.lines))


def _fit(piece: Piece) -> int:
    """How many of a piece's lines go into one."""
    sizes = list(itertools.accumulate(map(len, piece.lines[:LINES_AT_ONCE])))
    return min(len(sizes), bisect.bisect_left(sizes, BYTES_AT_ONCE) + 1)


def _joined(first: Piece, second: Piece) -> Piece:
    unreadable = {**first.unreadable, **second.unreadable}
    return Piece(first.resource, [*first.rows, *second.rows], [*first.lines, *second.lines], unreadable)


def cut(piece: Piece, start: int, end: int | None) -> Piece:
    """Some of a piece's lines."""
    rows = piece.rows[start:end]
    unreadable = {row: piece.unreadable[row] for row in rows if row in piece.unreadable} if piece.unreadable else {}
    return Piece(piece.resource, rows, piece.lines[start:end], unreadable)


def split(blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of each block; a line beyond LARGEST_KEPT is cut there, so that it is refused, and its rest dropped."""
    rest, is_cut = b"", False
    for block in blocks:
        first, *more = block.split(b"\n")
        rest = rest if is_cut else rest + first
        if len(rest) > LARGEST_KEPT:
            rest, is_cut = rest[:LARGEST_KEPT], True
        if more:
            found = [rest, *more[:-1]]
            if len(block) > LARGEST_KEPT:
                found = [line[:LARGEST_KEPT] for line in found]
            yield found
            rest = more[-1]
            is_cut = len(rest) > LARGEST_KEPT
            rest = rest[:LARGEST_KEPT]
    if rest:
        yield [rest]


def _numbered(parts: Iterable[list[bytes]]) -> Iterator[tuple[Sequence[int], Sequence[bytes]]]:
    """Lines without blanks at their ends, and their numbers; blank ones are counted and left out."""
    number = 1
    for part in parts:
        rows: Sequence[int] = range(number, number + len(part))
        lines = list(map(bytes.strip, part))
        number += len(part)
        if not all(lines):
            rows = list(itertools.compress(rows, lines))
            lines = list(filter(None, lines))
        yield rows, lines
