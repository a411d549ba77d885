"""Ingest's tables, as SQL needs to name them; the migrations make them."""

import sqlalchemy as sa

metadata = sa.MetaData()


def table(name: str, *columns: str) -> sa.Table:
    return sa.Table(name, metadata, *(sa.Column(column) for column in columns))


ITEM = (
    "key", "body", "record", "school_id", "district_id", "school_year", "digest", "parent_1", "parent_2", "parent_3",
)  # fmt: skip
revisions = table("revisions", "revision")
records = table(
    "records", "record_id", "resource", "created", "revision", "is_deleted", "client", "writer_district", *ITEM
)
parked = table(
    "parked",
    "record_id",
    "resource",
    "client",
    "kind",
    "writer_district",
    "waits_for",
    "source_row",
    "parked_at",
    *ITEM,
)
refused = table(
    "refused", "refusal_id", "number", "client", "district_id", "resource", "record_id", "status", "body", "reasons",
    "source_row", "submission_id", "times_seen", "refused_at", "resolved_at",
)  # fmt: skip
submissions = table(
    "submissions", "submission_id", "client", "district_id", "what", "file_digest", "state", "received", "new",
    "changed", "unchanged", "parked", "refused", "refused_by_reason", "settled", "started_at", "finished_at", "failure",
)  # fmt: skip
editions = table(
    "editions", "edition_id", "number", "school_year", "cut_revision", "history", "policy_fingerprint", "notified_on",
    "requested_by", "requested_at",
)  # fmt: skip
