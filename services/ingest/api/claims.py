"""Who is at work on a submission in this process: one connection sends it, then one thread reads it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from services.ingest.store.spool import TakenOver, Upload
from shared.runtime.http import Problem

_arriving: dict[UUID, Upload] = {}
_reading: dict[UUID, int | None] = {}  # and how many lines each has, if known
_deciding = threading.Lock()


def begin_sending(submission_id: UUID, opened: Callable[[], Upload]) -> Upload:
    """The upload, opened for this connection; an older connection's is ended. 409 when it is being read already."""
    with _deciding:
        if submission_id in _reading:
            raise is_running()
        older = _arriving.pop(submission_id, None)
        if older is not None:
            older.lose()
        _arriving[submission_id] = made = opened()
        return made


def end_sending(submission_id: UUID, upload: Upload) -> None:
    """Closes an upload that was cut off or refused; what has arrived stays."""
    with _deciding:
        upload.lose()
        if _arriving.get(submission_id) is upload:
            del _arriving[submission_id]


@contextmanager
def reading(submission_id: UUID, upload: Upload) -> Iterator[None]:
    """From the whole upload to its end nobody else sends or reads it. Raises TakenOver when another has begun to."""
    with _deciding:
        if _arriving.get(submission_id) is not upload:
            raise TakenOver
        upload.lose()
        del _arriving[submission_id]
        _reading[submission_id] = None
    try:
        yield
    finally:
        _reading.pop(submission_id, None)


def set_total(submission_id: UUID, total: int | None) -> None:
    """Notes how many lines a submission has, for its reports."""
    _reading[submission_id] = total


def total_of(submission_id: UUID) -> int | None:
    """How many lines a submission that is being read has, if known."""
    return _reading.get(submission_id)


def is_running() -> Problem:
    """The answer to whom sends what is at work already."""
    text = "This submission is being read right now; GET /bulk/submissions/{id} shows how far it is."
    return Problem(409, "data-conflict:submission-running", "Submission Running", text)
