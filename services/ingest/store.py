"""Ingest's tables and its only SQL. Every command first takes the state's one write lock, and so runs alone."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg import sql as pgsql

from services.ingest.rules.keeping import Item, Kept, Parent, Refusal, Reply, Sender, Waiting, Write

metadata = sa.MetaData()


def _table(name: str, *columns: str) -> sa.Table:
    return sa.Table(name, metadata, *(sa.Column(column) for column in columns))


_ITEM = ("leaves", "body", "record", "school_id", "district_id", "school_year", "parents", "digest")
revisions = _table("revisions", "revision")
records = _table(
    "records", "record_id", "resource", "created", "revision", "is_deleted", "client", "writer_district", *_ITEM
)
parked = _table(
    "parked",
    "record_id",
    "resource",
    "client",
    "kind",
    "writer_district",
    "waits_for",
    "source_row",
    "parked_at",
    *_ITEM,
)
refused = _table(
    "refused", "refusal_id", "number", "client", "district_id", "resource", "record_id", "status", "body", "reasons",
    "source_row", "submission_id", "times_seen", "refused_at", "resolved_at",
)  # fmt: skip
submissions = _table(
    "submissions", "submission_id", "client", "district_id", "what", "file_digest", "state", "received", "new",
    "changed", "unchanged", "parked", "refused", "refused_by_reason", "settled", "started_at", "finished_at", "failure",
)  # fmt: skip
editions = _table(
    "editions", "edition_id", "number", "school_year", "cut_revision", "history", "policy_fingerprint", "notified_on",
    "requested_by", "requested_at",
)  # fmt: skip

_LOCK = sa.text("select pg_advisory_xact_lock(hashtextextended('ingest writer', 0))")
_KEPT = sa.text(
    "select record_id, resource, revision, digest, is_deleted, school_id, district_id "
    "from records where record_id = any(:ids)"
)
_WAITING = sa.text(
    "select * from parked where record_id = any(:ids) "
    "or parent_1 = any(:ids) or parent_2 = any(:ids) or parent_3 = any(:ids)"
)
_COPIED = (
    "record_id", "resource", "created", "revision", "is_deleted", "digest", "leaves", "body", "record", "client",
    "writer_district", "school_id", "district_id", "school_year", "parents", "parent_1", "parent_2", "parent_3",
)  # fmt: skip


class Pushed(Protocol):
    """What a push has, as far as loading goes."""

    @property
    def entries(self) -> Sequence[tuple[Sender, Item | Refusal]]: ...


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


# --- reading before a decision ------------------------------------------------------------------------------------


def lock(connection: sa.Connection) -> int:
    """Takes the write lock to the end of the transaction; gives the last revision drawn."""
    connection.execute(_LOCK)
    return last_revision(connection)


def last_revision(connection: sa.Connection) -> int:
    """The last revision drawn, without the lock."""
    return connection.execute(sa.select(revisions.c.revision)).scalar_one_or_none() or 0


def kept_of(connection: sa.Connection, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """The standing (or deleted) records with these ids."""
    rows = connection.execute(_KEPT, {"ids": list(ids)})
    return {row[0]: Kept(row[0], row[1], row[2], bytes(row[3]), row[4], row[5], row[6]) for row in rows}


def waiting_with(connection: sa.Connection, ids: Iterable[UUID]) -> dict[UUID, Waiting]:
    """Parked records with these ids, or waiting for one of them; then those that wait for these, and so on."""
    found: dict[UUID, Waiting] = {}
    ask = list(ids)
    while ask:
        rows = connection.execute(_WAITING, {"ids": ask}).all()
        ask = [row.record_id for row in rows if row.record_id not in found]
        found |= {row.record_id: _waiting(row) for row in rows}
    return found


def open_refusals(connection: sa.Connection, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the ids that stand refused and unresolved."""
    asked = list(ids)
    if not asked:
        return frozenset()
    query = sa.text("select refusal_id from refused where refusal_id = any(:ids) and resolved_at is null")
    return frozenset(connection.execute(query, {"ids": asked}).scalars())


def has_children(connection: sa.Connection, record_id: UUID) -> bool:
    """Whether a standing record needs this one."""
    query = sa.text(
        "select exists (select from records where not is_deleted "
        "and (parent_1 = :id or parent_2 = :id or parent_3 = :id))"
    )
    return bool(connection.execute(query, {"id": record_id}).scalar())


def standing(connection: sa.Connection, record_id: UUID) -> tuple[Item | None, str | None]:
    """A record that stands and the district that wrote it last."""
    query = sa.select(records).where(records.c.record_id == record_id, ~records.c.is_deleted.cast(sa.Boolean))
    row = connection.execute(query).one_or_none()
    return (_item(row), row.writer_district) if row is not None else (None, None)


def parked_one(connection: sa.Connection, record_id: UUID) -> Waiting | None:
    """The parked version of a record."""
    row = connection.execute(sa.select(parked).where(parked.c.record_id == record_id)).one_or_none()
    return _waiting(row) if row is not None else None


def district_of_school(connection: sa.Connection, school_id: str) -> str | None:
    """The district of a school that stands."""
    query = sa.text(
        "select district_id from records where resource = 'schools' and school_id = :school and not is_deleted"
    )
    return connection.execute(query, {"school": school_id}).scalar_one_or_none()


def _item(row: Any) -> Item:
    return Item(
        resource=row.resource,
        record_id=row.record_id,
        leaves=row.leaves,
        body=row.body.encode(),
        digest=bytes(row.digest),
        record=json.loads(row.record),
        parents=tuple(Parent(UUID(at), name, owns) for at, name, owns in json.loads(row.parents)),
        school_id=row.school_id,
        district_id=row.district_id,
        school_year=row.school_year,
    )


def _waiting(row: Any) -> Waiting:
    return Waiting(_item(row), Sender(row.client, row.kind, row.writer_district), tuple(row.waits_for))


# --- writing what was decided ---------------------------------------------------------------------------------------


def keep(connection: sa.Connection, changes: Changed) -> None:
    """Writes everything a push or delete changed."""
    if changes.writes:
        _set_revision(connection, changes.revision)
        _keep_records(connection, changes.writes, changes.new_ids)
        _keep_seen(connection, changes.writes)
    if changes.unparked:
        connection.execute(sa.text("delete from parked where record_id = any(:ids)"), {"ids": list(changes.unparked)})
    if changes.parked:
        _park(connection, changes.parked, changes.at)
    for each in changes.refused:
        _keep_refusal(connection, each, changes.submission, changes.at)
    _resolve(connection, changes)
    if changes.submission is not None:
        _count(connection, changes.submission, changes.replies)


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
        json.dumps(item.leaves),
        item.body.decode(),
        json.dumps(item.record),
        write.sender.client,
        write.sender.district_id,
        item.school_id,
        item.district_id,
        item.school_year,
        *_parents(item),
    )


def _parents(item: Item) -> tuple[Any, ...]:
    ids: list[UUID | None] = [parent.record_id for parent in item.parents]
    text = json.dumps([[str(parent.record_id), parent.name, parent.owns] for parent in item.parents])
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
                "leaves": json.dumps(item.leaves),
                "body": item.body.decode(),
                "record": json.dumps(item.record),
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
            "reasons = excluded.reasons, status = excluded.status, submission_id = excluded.submission_id"
        ),
        {
            "refusal_id": each.refusal_id,
            "client": each.sender.client,
            "district_id": each.sender.district_id,
            "resource": refusal.resource,
            "record_id": refusal.record_id,
            "status": refusal.status,
            "body": refusal.body,
            "reasons": json.dumps(refusal.reasons),
            "source_row": refusal.source_row,
            "submission_id": submission,
            "at": at,
        },
    )


def _resolve(connection: sa.Connection, changes: Changed) -> None:
    settled = list(changes.settled)
    if not settled and changes.resolved is None:
        return
    connection.execute(
        sa.text(
            "update refused set resolved_at = :at "
            "where resolved_at is null and (record_id = any(:ids) or refusal_id = :resolved)"
        ),
        {"ids": settled, "resolved": changes.resolved, "at": changes.at},
    )


# --- submissions ------------------------------------------------------------------------------------------------------


def _count(connection: sa.Connection, submission: UUID, replies: Sequence[Reply]) -> None:
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
        {**counts, "received": len(replies), "why": json.dumps(merged), "id": submission},
    )


def _without_places(path: str) -> str:
    return "".join(part.partition("]")[2] if place else part for place, part in enumerate(path.split("[")))


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
        {"settled": json.dumps(settled), "id": submission_id},
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


# --- what others read -------------------------------------------------------------------------------------------------

_SEES = (
    "(cast(:district as text) is null or resource = 'assessments' or district_id = :district "
    "or (resource = 'students' and writer_district = :district) "
    "or school_id in (select school_id from records where resource = 'schools' and district_id = :district "
    "and not is_deleted))"
)


def listed(
    connection: sa.Connection, resource: str, district: str | None, leaves: dict[str, str], limit: int, offset: int
) -> Sequence[Any]:
    """Records of a resource in the order they came, which this district (None: the state) may see."""
    query = sa.text(
        f"select record_id, revision, body from records where resource = :resource and not is_deleted and {_SEES} "
        "and leaves @> cast(:leaves as jsonb) order by created limit :limit offset :offset"
    )
    values = {
        "resource": resource,
        "district": district,
        "leaves": json.dumps(leaves),
        "limit": limit,
        "offset": offset,
    }
    return connection.execute(query, values).all()


def counted(connection: sa.Connection, resource: str, district: str | None, leaves: dict[str, str]) -> int:
    """How many `listed` would give in all."""
    query = sa.text(
        f"select count(*) from records where resource = :resource and not is_deleted and {_SEES} "
        "and leaves @> cast(:leaves as jsonb)"
    )
    values = {"resource": resource, "district": district, "leaves": json.dumps(leaves)}
    return int(connection.execute(query, values).scalar_one())


def one(connection: sa.Connection, resource: str, district: str | None, record_id: UUID) -> Any | None:
    """One record, if this district may see it."""
    query = sa.text(
        f"select record_id, revision, body from records where record_id = :id and resource = :resource "
        f"and not is_deleted and {_SEES}"
    )
    return connection.execute(query, {"id": record_id, "resource": resource, "district": district}).one_or_none()


def refusals(
    connection: sa.Connection, district: str | None, after: int, limit: int, *, only_open: bool
) -> Sequence[Any]:
    """Refusals in the order they came, after a number."""
    query = sa.select(refused).where(refused.c.number > after).order_by(refused.c.number).limit(limit)
    if district is not None:
        query = query.where(refused.c.district_id == district)
    if only_open:
        query = query.where(refused.c.resolved_at.is_(None))
    return connection.execute(query).all()


def refusal(connection: sa.Connection, refusal_id: UUID) -> Any | None:
    """One refusal."""
    return connection.execute(sa.select(refused).where(refused.c.refusal_id == refusal_id)).one_or_none()


def record_counts(connection: sa.Connection, district: str | None = None) -> dict[str, int]:
    """Standing records by resource that this district (None: the state) may see."""
    query = sa.text(f"select resource, count(*) from records where not is_deleted and {_SEES} group by resource")
    return {row[0]: row[1] for row in connection.execute(query, {"district": district})}


def parked_counts(connection: sa.Connection, district: str | None = None) -> dict[str, int]:
    """Parked records by resource."""
    query = sa.text(
        "select resource, count(*) from parked "
        "where cast(:district as text) is null or writer_district = :district group by resource"
    )
    return {row[0]: row[1] for row in connection.execute(query, {"district": district})}


def open_refusal_count(connection: sa.Connection, district: str | None = None) -> int:
    """Refusals that nobody has mended."""
    query = sa.text(
        "select count(*) from refused "
        "where resolved_at is null and (cast(:district as text) is null or district_id = :district)"
    )
    return int(connection.execute(query, {"district": district}).scalar_one())


def silent_districts(connection: sa.Connection, school_year: str) -> tuple[str, ...]:
    """Districts of the directory none of whose own records of a school year has come in."""
    query = sa.text(
        "select district_id from records where resource = 'localEducationAgencies' and not is_deleted "
        "and district_id not in (select district_id from seen where school_year = :year) order by district_id"
    )
    return tuple(connection.execute(query, {"year": school_year}).scalars())


# --- editions ---------------------------------------------------------------------------------------------------------


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
        {**row, "history": json.dumps(row["history"])},
    )
