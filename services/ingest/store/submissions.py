"""Bulk submissions: how far each is and what its lines came to."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.ingest.rules.keeping import OUTCOMES, Reply
from services.ingest.store.tables import submissions


def count(
    connection: sa.Connection,
    submission: UUID,
    counts: Mapping[tuple[str, str], int],
    replies: Sequence[Reply],
) -> None:
    """Adds a piece to the submission's counts: how many of each (resource, outcome), and why the refused were."""
    outcomes = dict.fromkeys(OUTCOMES, 0)
    for (_, outcome), records in counts.items():
        outcomes[outcome] += records
    why = Counter(
        f"{_without_places(path)}: {message}"
        for reply in replies
        for path, messages in reply.reasons.items()
        for message in messages
    )
    if why:
        query = sa.select(submissions.c.refused_by_reason).where(submissions.c.submission_id == submission)
        why.update(connection.execute(query).scalar_one())
    connection.execute(
        sa.text(
            "update submissions set received = received + :received, new = new + :new, changed = changed + :changed, "
            "unchanged = unchanged + :unchanged, parked = parked + :parked, refused = refused + :refused, "
            "refused_by_reason = refused_by_reason || cast(:why as jsonb) where submission_id = :id"
        ),
        {**outcomes, "received": sum(outcomes.values()), "why": _json(why), "id": submission},
    )


def _without_places(path: str) -> str:
    return re.sub(r"\[\d+\]", "[*]", path)


def open_submission(connection: sa.Connection, row: dict[str, Any]) -> Any:
    """The submission with this id, made now if it is new: nothing is known yet of the file that comes."""
    connection.execute(
        sa.text(
            "insert into submissions (submission_id, client, district_id, what, file_digest, state, started_at) "
            "values (:submission_id, :client, :district_id, :what, '', 'receiving', :started_at) "
            "on conflict (submission_id) do update set state = 'receiving' where submissions.client = :client "
            "and submissions.state <> 'done'"
        ),
        row,
    )
    return submission(connection, row["submission_id"])


def submission(connection: sa.Connection, submission_id: UUID) -> Any | None:
    """One submission's row."""
    return connection.execute(sa.select(submissions).where(submissions.c.submission_id == submission_id)).one_or_none()


def identify(connection: sa.Connection, submission_id: UUID, digest: bytes, what: str) -> Any:
    """The submission whose file is here whole, its digest and name written unless it has another file's already."""
    connection.execute(
        sa.text(
            "update submissions set file_digest = :digest, what = :what, state = 'running' "
            "where submission_id = :id and file_digest in ('', :digest) and state <> 'done'"
        ),
        {"id": submission_id, "digest": digest, "what": what},
    )
    return submission(connection, submission_id)


def note_settled(connection: sa.Connection, submission_id: UUID, settled: dict[str, int]) -> None:
    """Writes which disagreements of a file were settled, by cause."""
    connection.execute(
        sa.text("update submissions set settled = cast(:settled as jsonb) where submission_id = :id"),
        {"settled": _json(settled), "id": submission_id},
    )


def close_submission(connection: sa.Connection, submission_id: UUID, at: datetime, failure: str | None) -> Any:
    """Marks a submission as done, or as failed with the reason; gives its row."""
    connection.execute(
        sa.text(
            "update submissions set state = :state, finished_at = :at, failure = :failure where submission_id = :id"
        ),
        {"state": "failed" if failure else "done", "at": at, "failure": failure, "id": submission_id},
    )
    return submission(connection, submission_id)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
