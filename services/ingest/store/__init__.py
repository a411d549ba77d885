"""Ingest's tables and its only SQL. Every command first takes the state's one write lock, and so runs alone."""

from services.ingest.store.editions import all_editions, keep_edition
from services.ingest.store.keeping import keep
from services.ingest.store.loading import (
    RELEASED_AT_ONCE,
    digests_of,
    district_of_school,
    has_children,
    kept_of,
    last_revision,
    lock,
    missing_of,
    open_refusals,
    parked_one,
    ready,
    standing,
    waited_for,
    waiting_with,
)
from services.ingest.store.reading import (
    counted,
    listed,
    one,
    open_refusal_count,
    parked_counts,
    record_counts,
    refusal,
    refusals,
    silent_districts,
)
from services.ingest.store.submissions import close_submission, identify, note_settled, open_submission, submission
from services.ingest.store.tables import metadata

__all__ = [
    "RELEASED_AT_ONCE",
    "all_editions",
    "close_submission",
    "counted",
    "digests_of",
    "district_of_school",
    "has_children",
    "identify",
    "keep",
    "keep_edition",
    "kept_of",
    "last_revision",
    "listed",
    "lock",
    "metadata",
    "missing_of",
    "note_settled",
    "one",
    "open_refusal_count",
    "open_refusals",
    "open_submission",
    "parked_counts",
    "parked_one",
    "ready",
    "record_counts",
    "refusal",
    "refusals",
    "silent_districts",
    "standing",
    "submission",
    "waited_for",
    "waiting_with",
]
