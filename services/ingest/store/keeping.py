"""Writes what a push or a delete decided, all of it in the transaction that read what it was decided by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
import psycopg
import sqlalchemy as sa
from psycopg import sql as pgsql

from services.ingest.rules.keeping import Item, Refusal, Reply, Sender, Waiting, Write
from services.ingest.store.loading import district_of_school, id_list
from services.ingest.store.submissions import count

_COPIED = (
    "record_id", "resource", "created", "revision", "is_deleted", "digest", "leaves", "body", "record", "client",
    "writer_district", "school_id", "district_id", "school_year", "parents", "parent_1", "parent_2", "parent_3",
)  # fmt: skip


class Refused(Protocol):
    """A refusal under its id."""

    @property
    def refusal_id(self) -> UUID: ...
    @property
    def sender(self) -> Sender: ...
    @property
    def refusal(self) -> Refusal: ...


class Changed(Protocol):
    """What a decision changed, as `handle.Changes` says it."""

    @property
    def revision(self) -> int: ...
    @property
    def writes(self) -> Sequence[Write]: ...
    @property
    def new_ids(self) -> frozenset[UUID]: ...
    @property
    def parked(self) -> Sequence[Waiting]: ...
    @property
    def unparked(self) -> Sequence[UUID]: ...
    @property
    def refused(self) -> Sequence[Refused]: ...
    @property
    def settled(self) -> Sequence[UUID]: ...
    @property
    def resolved(self) -> UUID | None: ...
    @property
    def submission(self) -> UUID | None: ...
    @property
    def replies(self) -> Sequence[Reply]: ...
    @property
    def at(self) -> datetime | None: ...


def keep(connection: sa.Connection, changes: Changed) -> None:
    """Writes everything a push or delete changed."""
    if changes.writes:
        _set_revision(connection, changes.revision)
        _keep_records(connection, changes.writes, changes.new_ids)
        _keep_seen(connection, changes.writes)
    if changes.unparked:
        connection.execute(
            sa.text("delete from parked where record_id = any(cast(:ids as uuid[]))"),
            {"ids": id_list(changes.unparked)},
        )
    if changes.parked:
        _park(connection, changes.parked, changes.at)
    for each in changes.refused:
        _keep_refusal(connection, each, changes.submission, changes.at)
    _resolve(connection, changes)
    if changes.submission is not None:
        count(connection, changes.submission, changes.replies)


def _set_revision(connection: sa.Connection, revision: int) -> None:
    connection.execute(
        sa.text(
            "insert into revisions (revision) values (:revision) "
            "on conflict (only_row) do update set revision = excluded.revision"
        ),
        {"revision": revision},
    )


def _keep_records(connection: sa.Connection, writes: Sequence[Write], new_ids: frozenset[UUID]) -> None:
    last = {write.item.record_id: write for write in writes}
    fresh = [_row(write) for write in last.values() if write.item.record_id in new_ids]
    again = [_row(write) for write in last.values() if write.item.record_id not in new_ids]
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    _copy(raw, "records", fresh)
    if again:
        raw.execute("create temporary table if not exists again (like records) on commit delete rows")
        _copy(raw, "again", again)
        sets = ", ".join(f"{name} = again.{name}" for name in _COPIED if name not in ("record_id", "created"))
        created = "created = case when records.is_deleted then again.created else records.created end"
        raw.execute(
            f"update records set {sets}, {created} from again where again.record_id = records.record_id".encode()
        )
        raw.execute("delete from again")


def _copy(raw: "psycopg.Connection[Any]", table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    columns = pgsql.SQL(", ").join(map(pgsql.Identifier, _COPIED))
    into = pgsql.SQL("copy {} ({}) from stdin").format(pgsql.Identifier(table), columns)
    with raw.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def _row(write: Write) -> tuple[Any, ...]:
    item = write.item
    return (
        item.record_id,
        item.resource,
        write.revision,
        write.revision,
        write.op == "delete",
        item.digest,
        _json(item.leaves),
        item.body.decode(),
        _json(item.record),
        write.sender.client,
        write.sender.district_id,
        item.school_id,
        item.district_id,
        item.school_year,
        *_parents(item),
    )


def _parents(item: Item) -> tuple[Any, ...]:
    ids: list[UUID | None] = [parent.record_id for parent in item.parents]
    text = _json([[str(parent.record_id), parent.name, parent.owns] for parent in item.parents])
    return (text, *(ids + [None] * 3)[:3])


_SEEN_IN = ("studentSchoolAssociations", "studentEducationOrganizationAssociations", "studentSchoolAttendanceEvents")


def _keep_seen(connection: sa.Connection, writes: Sequence[Write]) -> None:
    """Notes which districts' own records have come for which school year."""
    pairs = {
        (write.item.school_id, write.item.district_id, write.item.school_year)
        for write in writes
        if write.item.resource in _SEEN_IN and write.item.school_year is not None
    }
    for school, district, year in sorted(pairs, key=str):
        owner = district or (district_of_school(connection, school) if school else None)
        if owner is not None:
            connection.execute(
                sa.text("insert into seen values (:district, :year) on conflict do nothing"),
                {"district": owner, "year": year},
            )


def _park(connection: sa.Connection, waiting: Sequence[Waiting], at: datetime | None) -> None:
    names = [
        "record_id",
        "resource",
        "digest",
        "leaves",
        "body",
        "record",
        "client",
        "kind",
        "writer_district",
        "school_id",
        "district_id",
        "school_year",
        "waits_for",
        "source_row",
        "parked_at",
        "parents",
        "parent_1",
        "parent_2",
        "parent_3",
    ]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    statement = sa.text(
        f"insert into parked ({', '.join(names)}) values ({', '.join(':' + name for name in names)}) "
        f"on conflict (record_id) do update set {sets}"
    )
    values = []
    for each in waiting:
        item, sender = each.item, each.sender
        parents, first, second, third = _parents(item)
        values.append(
            {
                "record_id": item.record_id,
                "resource": item.resource,
                "digest": item.digest,
                "leaves": _json(item.leaves),
                "body": item.body.decode(),
                "record": _json(item.record),
                "client": sender.client,
                "kind": sender.kind,
                "writer_district": sender.district_id,
                "school_id": item.school_id,
                "district_id": item.district_id,
                "school_year": item.school_year,
                "waits_for": list(each.waits_for),
                "source_row": item.source_row,
                "parked_at": at,
                "parents": parents,
                "parent_1": first,
                "parent_2": second,
                "parent_3": third,
            }
        )
    connection.execute(statement, values)


def _keep_refusal(connection: sa.Connection, each: Refused, submission: UUID | None, at: datetime | None) -> None:
    refusal = each.refusal
    connection.execute(
        sa.text(
            "insert into refused (refusal_id, client, district_id, resource, record_id, status, body, reasons, "
            "source_row, submission_id, times_seen, refused_at) values (:refusal_id, :client, :district_id, :resource, "
            ":record_id, :status, :body, cast(:reasons as jsonb), :source_row, :submission_id, 1, :at) "
            "on conflict (refusal_id) do update set times_seen = refused.times_seen + 1, resolved_at = null, "
            "reasons = excluded.reasons, status = excluded.status, submission_id = excluded.submission_id, "
            "source_row = excluded.source_row"
        ),
        {
            "refusal_id": each.refusal_id,
            "client": each.sender.client,
            "district_id": each.sender.district_id,
            "resource": refusal.resource,
            "record_id": refusal.record_id,
            "status": refusal.status,
            "body": refusal.body,
            "reasons": _json(refusal.reasons),
            "source_row": refusal.source_row,
            "submission_id": submission,
            "at": at,
        },
    )


def _resolve(connection: sa.Connection, changes: Changed) -> None:
    settled = list(changes.settled)
    if not settled and changes.resolved is None:
        return
    if not connection.execute(sa.text("select exists (select from refused where resolved_at is null)")).scalar():
        return
    connection.execute(
        sa.text(
            "update refused set resolved_at = :at "
            "where resolved_at is null and (record_id = any(cast(:ids as uuid[])) or refusal_id = :resolved)"
        ),
        {"ids": id_list(settled), "resolved": changes.resolved, "at": changes.at},
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
