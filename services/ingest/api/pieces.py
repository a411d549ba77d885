"""What a file is cut into: pieces of JSON lines, each written as one transaction. Every format becomes these."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.rules.resources import Resource

LINES_AT_ONCE = 4000
BYTES_AT_ONCE = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a file, one JSON object each, none blank. `rows`: where each stood in the file, from 1."""

    resource: Resource
    rows: Sequence[int]
    lines: Sequence[bytes]


def pieces_of(resource: Resource, blocks: Iterable[bytes]) -> Iterator[Piece]:
    """The lines of an NDJSON file as pieces of at most LINES_AT_ONCE lines and little more than BYTES_AT_ONCE."""
    return gathered((Piece(resource, rows, lines) for rows, lines in _numbered(split(blocks))))


def gathered(parts: Iterable[Piece]) -> Iterator[Piece]:
    """The same lines in the same order, small parts of one resource joined and large ones cut."""
    resource: Resource | None = None
    rows: list[int] = []
    lines: list[bytes] = []
    size = 0
    for part in parts:
        if resource is not None and lines and part.resource is not resource:
            yield Piece(resource, rows, lines)
            rows, lines, size = [], [], 0
        resource = part.resource
        rows += part.rows
        lines += part.lines
        size += sum(map(len, part.lines))
        while len(lines) >= LINES_AT_ONCE:
            yield Piece(resource, rows[:LINES_AT_ONCE], lines[:LINES_AT_ONCE])
            rows, lines = rows[LINES_AT_ONCE:], lines[LINES_AT_ONCE:]
            size = sum(map(len, lines))
        if size >= BYTES_AT_ONCE:
            yield Piece(resource, rows, lines)
            rows, lines, size = [], [], 0
    if resource is not None and lines:
        yield Piece(resource, rows, lines)


def after(pieces: Iterable[Piece], lines: int) -> Iterator[Piece]:
    """The pieces without their first so many lines: those that are written already."""
    for piece in pieces:
        have = len(piece.lines)
        if lines >= have:
            lines -= have
        elif lines:
            yield Piece(piece.resource, piece.rows[lines:], piece.lines[lines:])
            lines = 0
        else:
            yield piece


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
