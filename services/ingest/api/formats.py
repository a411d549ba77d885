"""Which format an upload has, by its first bytes, and its pieces: NDJSON, CSV or Parquet, packed or not."""

import hashlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cramjam
import polars as pl

from services.ingest.api.delimited import is_heading_of, pieces_of_csv
from services.ingest.api.dotted import lines_of
from services.ingest.api.pieces import LINES_AT_ONCE, Piece, gathered, pieces_of
from services.ingest.rules.resources import Resource
from services.ingest.store.spool import Upload

BLOCK = 1024 * 1024
_HEAD = 64 * 1024
_MARK = b"\xef\xbb\xbf"  # the byte order mark that some programs write first
_PACKINGS = {b"\x1f\x8b": cramjam.gzip, b"\x28\xb5\x2f\xfd": cramjam.zstd, b"\x04\x22\x4d\x18": cramjam.lz4}
PARQUET = b"PAR1"
_SLICE_BYTES, _SLICE_ROWS = 16 * 1024 * 1024, 100_000


class Unreadable(Exception):
    """A file that cannot be read on: it is damaged, or not what it says. The message is a sentence."""


def fingerprint(path: Path, start: bytes) -> tuple[bytes, int]:
    """The digest that ties a submission to one file, beginning with `start`, and how many line ends the file has."""
    digest, lines = hashlib.blake2b(start, digest_size=32), 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
    return digest.digest(), lines


def read_file(path: Path, resource: Resource, content_type: str) -> Iterator[Piece]:
    """The pieces of a file of one resource. Raises Unreadable, perhaps after some of them."""
    with unpacked(path) as file:
        head = file.peek(_HEAD)
        if head.startswith(PARQUET):
            with plain(path, file) as whole:
                yield from gathered(_parquet(whole, resource))
        elif content_type.startswith("text/csv") or is_heading_of(resource, head):
            yield from gathered(pieces_of_csv(resource, _blocks(file)))
        else:
            yield from pieces_of(resource, _blocks(file))


def total_of(path: Path, line_ends: int) -> int | None:
    """About how many records a file has; None where only reading it would tell."""
    with path.open("rb") as file:
        start = file.read(4)
    if start != PARQUET:
        return line_ends if _packing(path) is None else None
    try:
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except pl.exceptions.PolarsError:
        return None


@contextmanager
def unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """What is in a file, gzip, zstd or lz4 undone while it is read. A damaged one raises Unreadable where it is."""
    packing = _packing(path)
    raw: Any = _Unpacking(path, packing) if packing is not None else path.open("rb", buffering=0)
    with io.BufferedReader(raw, BLOCK) as file:
        yield file


def _packing(path: Path) -> Any | None:
    with path.open("rb") as file:
        start = file.read(4)
    return next((module for magic, module in _PACKINGS.items() if start.startswith(magic)), None)


class _Unpacking(io.RawIOBase):
    """A packed file's content through a pipe: a thread unpacks, and waits when nobody reads."""

    def __init__(self, path: Path, packing: Any) -> None:
        self._problem = ""
        out, into = os.pipe()
        self._out = io.BufferedReader(io.FileIO(out), BLOCK)
        self._thread = threading.Thread(target=self._unpack, args=(path, packing, into), daemon=True)
        self._thread.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._out.readinto(buffer)
        if not count:
            self._thread.join()
            if self._problem:
                raise Unreadable(self._problem)
        return count

    def close(self) -> None:
        if not self.closed:
            self._out.close()  # the thread, if it still writes, then ends
        super().close()

    def _unpack(self, path: Path, packing: Any, into: int) -> None:
        try:
            packing.decompress_into(
                cramjam.File(str(path)), cramjam.File(f"/dev/fd/{into}", write=True, truncate=False)
            )
        except (cramjam.DecompressionError, OSError):
            self._problem = (
                "The compressed file is damaged or cut off; what came before the damage is in. Send it whole."
            )
        finally:
            os.close(into)


def _blocks(file: io.BufferedReader) -> Iterator[bytes]:
    block = file.read1(BLOCK).removeprefix(_MARK)
    while block:
        yield block
        block = file.read1(BLOCK)  # what comes before damage is given before the damage is told


@contextmanager
def plain(path: Path, file: io.BufferedReader) -> Iterator[Path]:
    """A file's content, unpacked, as a file of its own: for what is read from its end, or whole. Raises Full."""
    if _packing(path) is None:
        yield path
        return
    made = path.with_suffix(".unpacked")
    try:
        with Upload(made.parent, made.name, None, sys.maxsize) as into:
            while block := file.read(BLOCK):
                into.add(block)
        yield made
    finally:
        made.unlink(missing_ok=True)


def _parquet(path: Path, resource: Resource) -> Iterator[Piece]:
    """Rows in slices of a size that memory stands, whatever the file's own groups of rows are."""
    try:
        frames = pl.scan_parquet(path)
        total, at, step = frames.select(pl.len()).collect().item(), 0, LINES_AT_ONCE
        while at < total:
            frame = frames.slice(at, step).collect()
            yield Piece(resource, range(at + 1, at + 1 + frame.height), lines_of(frame))
            at += frame.height
            fit = int(_SLICE_BYTES * frame.height / (frame.estimated_size() or 1))
            step = max(LINES_AT_ONCE, min(_SLICE_ROWS, fit))
    except pl.exceptions.PolarsError as error:
        raise Unreadable(f"The Parquet file cannot be read ({type(error).__name__}).") from None
