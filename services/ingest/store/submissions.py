"""Bulk submissions: how far each is and what its lines came to."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.ingest.rules.keeping import Reply
from services.ingest.store.tables import submissions


def count(connection: sa.Connection, submission: UUID, replies: Sequence[Reply]) -> None:
    counts = dict.fromkeys(("new", "changed", "unchanged", "parked", "refused"), 0)
    why: dict[str, int] = {}
    for reply in replies:
        counts[reply.outcome] += 1
        for path, messages in reply.reasons.items():
            for message in messages:
                reason = f"{_without_places(path)}: {message}"
                why[reason] = why.get(reason, 0) + 1
    have = connection.execute(
        sa.select(submissions.c.refused_by_reason).where(submissions.c.submission_id == submission)
    ).scalar_one()
    merged = {reason: have.get(reason, 0) + why.get(reason, 0) for reason in {**have, **why}}
    connection.execute(
        sa.text(
            "update submissions set received = received + :received, new = new + :new, changed = changed + :changed, "
            "unchanged = unchanged + :unchanged, parked = parked + :parked, refused = refused + :refused, "
            "refused_by_reason = cast(:why as jsonb) where submission_id = :id"
        ),
        {**counts, "received": len(replies), "why": _json(merged), "id": submission},
    )


def _without_places(path: str) -> str:
    return re.sub(r"\[\d+\]", "[*]", path)


def open_submission(connection: sa.Connection, row: dict[str, Any]) -> Any:
    """The submission with this id, made now if it is new."""
    connection.execute(
        sa.text(
            "insert into submissions (submission_id, client, district_id, what, file_digest, state, started_at) "
            "values (:submission_id, :client, :district_id, :what, :file_digest, 'running', :started_at) "
            "on conflict do nothing"
        ),
        row,
    )
    return submission(connection, row["submission_id"])


def submission(connection: sa.Connection, submission_id: UUID) -> Any | None:
    """One submission's row."""
    return connection.execute(sa.select(submissions).where(submissions.c.submission_id == submission_id)).one_or_none()


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
