"""A file of records, piece by piece: each piece is one transaction that also moves the submission's counts.

So the report is right at any moment, and after a crash the same file under the same id goes on where it stopped.
"""

import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from services.ingest import store
from services.ingest.api import claims
from services.ingest.api.intake import reader_of
from services.ingest.api.pieces import Piece, after
from services.ingest.api.reading import Read, read_piece
from services.ingest.api.writer import write
from services.ingest.handle import Push
from services.ingest.rules.keeping import OUTCOMES, Sender
from shared.runtime.http import Client, Problem
from shared.runtime.runtime import Runtime

# files take turns here, not at the database: a single push then waits for one piece of one of them, not of each
_ONE_FILE = threading.Lock()


def open_submission(runtime: Runtime, client: Client, submission_id: UUID, what: str) -> Any:
    """The submission's row, made if it is new. 409 when the id is another client's or another kind of file's."""
    row = {
        "submission_id": submission_id,
        "client": client.id,
        "district_id": client.district_id,
        "what": what,
        "started_at": runtime.now(),
    }
    with runtime.engine.begin() as connection:
        found = store.open_submission(connection, row)
    if found.client != client.id or found.what.partition(":")[0] != what.partition(":")[0]:
        raise _is_used()
    return found


def identified(runtime: Runtime, submission_id: UUID, digest: bytes, what: str) -> Any:
    """The row of a submission whose file is here whole. 409 when it had another file before."""
    with runtime.engine.begin() as connection:
        found = store.identify(connection, submission_id, digest, what)
    if bytes(found.file_digest) != digest:
        raise _is_used()
    return found


def failed(runtime: Runtime, submission_id: UUID, why: str) -> None:
    """Notes that a submission's file cannot be read to its end."""
    with runtime.engine.begin() as connection:
        store.close_submission(connection, submission_id, runtime.now(), why)


def _is_used() -> Problem:
    text = "This Submission-Id was used for another file; send a new one."
    return Problem(409, "data-conflict:submission-id-used", "Submission Id Used", text)


def run(
    runtime: Runtime,
    sender: Sender,
    submission_id: UUID,
    pieces: Iterable[Piece],
    year: str | None = None,
    total: int | None = None,
) -> dict[str, Any]:
    """Writes the pieces, from the first line that was not yet written; the finished report.

    `year`: the school year of the URL. `total`: how many lines there are, if known, for the report meanwhile. The
    caller holds the submission (claims.reading), so that nobody else writes it.
    """
    claims.set_total(submission_id, total)
    with runtime.engine.connect() as connection:
        row: Any = store.submission(connection, submission_id)
    with ThreadPoolExecutor(1, "ingest-parse") as ahead:
        for read in _read_ahead(ahead, runtime.settings.state, after(pieces, row.received), year):
            others = [(sender, entry) for entry in read.others]
            with _ONE_FILE:
                write(runtime, Push(runtime.settings.state, others, submission_id, table=(sender, read.table)))
    with runtime.engine.begin() as connection:
        row = store.close_submission(connection, submission_id, runtime.now(), None)
    return report(row)


def _read_ahead(ahead: ThreadPoolExecutor, state: str, pieces: Iterator[Piece], year: str | None) -> Iterator[Read]:
    """What the lines of each piece are; the next piece is read while the last one is written."""
    reader = reader_of(state)

    def take() -> Read | None:
        piece = next(pieces, None)
        return read_piece(reader, piece, year) if piece else None

    coming = ahead.submit(take)
    while read := coming.result():
        coming = ahead.submit(take)
        yield read


def report(row: Any) -> dict[str, Any]:
    """What a submission came to, or has come to so far. Every line read is in exactly one of the outcomes."""
    seconds = (row.finished_at - row.started_at).total_seconds() if row.finished_at else None
    return {
        "submission_id": str(row.submission_id),
        "what": row.what,
        "state": row.state,
        "received": row.received,
        "total": row.received if row.finished_at else claims.total_of(row.submission_id),
        **{outcome: getattr(row, outcome) for outcome in OUTCOMES},
        "refused_by_reason": _object(row.refused_by_reason),
        "settled": _object(row.settled),
        "seconds": seconds,
        "failure": row.failure,
    }


def _object(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
