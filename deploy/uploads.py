"""How a file goes to ingest: in one stream, and after a cut on from the first byte that is missing there."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

Progress = Callable[[int, int], None]  # (done, of how many; 0 when that is not known)

_CHUNK_BYTES = 256 * 1024
_POLL_SECONDS = 1.0
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)  # seconds; after as many vain tries in a row it is given up
_KINDS = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}
_PACKINGS = {".gz": "gzip", ".zst": "zstd", ".lz4": "lz4"}


class Refused(RuntimeError):
    """The server said no; the message is its own problem sentence. `is_passing`: the same may go through later."""

    def __init__(self, sentence: str, *, is_passing: bool = False) -> None:
        super().__init__(sentence)
        self.is_passing = is_passing


class Door(Protocol):
    """What an upload asks of the API's client."""

    def send(self, method: str, service: str, path: str, **parts: Any) -> Any:
        """The JSON answer. Raises Refused."""

    def sent_so_far(self, submission: UUID) -> tuple[int | None, dict[str, Any]]:
        """How many bytes of an upload are there (None: it has not begun), and its report. Raises Refused."""


@dataclass(frozen=True)
class Body:
    """What is sent: bytes and files, one after the other."""

    parts: tuple[bytes | Path, ...]
    headers: dict[str, str]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(_size(part) for part in self.parts)

    def rest(self, start: int) -> Iterator[bytes]:
        """The bytes from one on, a little at a time."""
        for part in self.parts:
            size = _size(part)
            if start < size:
                yield from _chunks(part, start)
            start = max(0, start - size)


def file_body(path: Path) -> Body:
    """A file of one resource. Its name says what it is, as its first bytes will."""
    headers = {"Content-Type": "application/x-ndjson"}
    for suffix in path.suffixes:
        headers["Content-Type"] = _KINDS.get(suffix, headers["Content-Type"])
        if suffix in _PACKINGS:
            headers["Content-Encoding"] = _PACKINGS[suffix]
    return Body((path,), headers)


def form_body(path: Path, mapping: Path) -> Body:
    """A source's own file with its mapping, as a multipart form."""
    mark = uuid4().hex
    head = '--{}\r\nContent-Disposition: form-data; name="{}"; filename="{}"\r\n\r\n'
    parts = (
        head.format(mark, "mapping", "mapping.yaml").encode(),
        mapping,
        ("\r\n" + head.format(mark, "file", "file")).encode(),
        path,
        f"\r\n--{mark}--\r\n".encode(),
    )
    return Body(parts, {"Content-Type": f"multipart/form-data; boundary={mark}"})


def upload(door: Door, path: str, body: Body, sent: Progress, read: Progress) -> dict[str, Any]:
    """Sends a body until it is taken in; the report. Goes on after cuts and restarts, and gives up when they last.

    Raises Refused.
    """
    submission, offset, before, vain, was_cut = uuid4(), None, (-1, -1), 0, False
    report: dict[str, Any]
    with _followed(door, submission, read):
        while True:
            try:
                if was_cut:  # how much has come is known before anything is sent again
                    offset, report = door.sent_so_far(submission)
                    if report.get("state") == "failed":
                        raise Refused(report["failure"])
                    if report.get("state") == "done":
                        break
                    now = (offset or 0, int(report.get("received", 0)))
                    if now > before:
                        before, vain = now, 0
                report = _sent_from(door, path, body, submission, offset, sent)
                break
            except Refused as refused:
                if not refused.is_passing or vain == len(_PAUSES):
                    raise
            time.sleep(_PAUSES[vain])
            vain, was_cut = vain + 1, True
    read(int(report["received"]), int(report["received"]))
    return report


def _sent_from(
    door: Door, path: str, body: Body, submission: UUID, offset: int | None, sent: Progress
) -> dict[str, Any]:
    size, start = body.size, offset or 0

    def counted() -> Iterator[bytes]:
        done = start
        for chunk in body.rest(start):
            yield chunk
            done += len(chunk)
            sent(done, size)

    headers = {**body.headers, "Submission-Id": str(submission), "Content-Length": str(max(0, size - start))}
    if offset is not None:
        headers["Upload-Offset"] = str(offset)
    report: dict[str, Any] = door.send("POST", "ingest", path, content=counted(), headers=headers)
    return report


@contextmanager
def _followed(door: Door, submission: UUID, read: Progress) -> Iterator[None]:
    """While the file is sent and read, a second thread asks how far the server is."""
    ended = threading.Event()

    def follow() -> None:
        while not ended.wait(_POLL_SECONDS):
            try:
                _, report = door.sent_so_far(submission)
            except Refused:
                continue  # the sender will find out
            if report.get("received") or report.get("total"):
                read(int(report["received"]), int(report.get("total") or 0))

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    try:
        yield
    finally:
        ended.set()
        follower.join()


def _size(part: bytes | Path) -> int:
    return len(part) if isinstance(part, bytes) else part.stat().st_size


def _chunks(part: bytes | Path, start: int) -> Iterator[bytes]:
    if isinstance(part, bytes):
        yield part[start:]
        return
    with part.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
