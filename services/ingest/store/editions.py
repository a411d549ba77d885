"""Requested editions."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from services.ingest.store.tables import editions


def all_editions(connection: sa.Connection) -> Sequence[Any]:
    """Requested editions, first to last."""
    return connection.execute(sa.select(editions).order_by(editions.c.number)).all()


def keep_edition(connection: sa.Connection, row: dict[str, Any]) -> None:
    """Writes a requested edition."""
    connection.execute(
        sa.text(
            "insert into editions (edition_id, school_year, cut_revision, history, policy_fingerprint, notified_on, "
            "requested_by, requested_at) values (:edition_id, :school_year, :cut_revision, cast(:history as jsonb), "
            ":policy_fingerprint, :notified_on, :requested_by, :requested_at)"
        ),
        {**row, "history": _json(row["history"])},
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
