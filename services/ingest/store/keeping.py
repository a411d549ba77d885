"""Writes what a push or a delete decided, all of it in the transaction that read what it was decided by."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, Protocol
from uuid import UUID

import orjson
import sqlalchemy as sa

from services.ingest.rules.keeping import UNCHANGED, Refusal, Reply, Sender, Waiting, Write
from services.ingest.rules.tables import Hex, Table
from services.ingest.store.loading import hex_list, id_list
from services.ingest.store.submissions import count
from shared.runtime.copying import driver_cursor, text_array

_COPIED = (
    "created", "revision", "is_deleted", "client", "writer_district",  # known when it is decided; then `rows_kept`
    "record_id", "resource", "digest", "key", "body", "record", "school_id", "district_id", "school_year",
    "parent_1", "parent_2", "parent_3",
)  # fmt: skip
_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = r"\N"


class Refused(Protocol):
    """A refusal under its id."""

    @property
    def refusal_id(self) -> UUID: ...
    @property
    def sender(self) -> Sender: ...
    @property
    def refusal(self) -> Refusal: ...


class Accepted(Protocol):
    """Records that were let in together, as `handle.Accepted` says it."""

    @property
    def outcome(self) -> str: ...
    @property
    def table(self) -> Table: ...
    @property
    def sender(self) -> Sender: ...
    @property
    def first_revision(self) -> int: ...
    @property
    def is_known(self) -> bool: ...


class Changed(Protocol):
    """What a decision changed, as `handle.Changes` says it."""

    @property
    def revision(self) -> int: ...
    @property
    def writes(self) -> Sequence[Write]: ...
    @property
    def new_ids(self) -> frozenset[UUID]: ...
    @property
    def tables(self) -> Sequence[Accepted]: ...
    @property
    def parked(self) -> Sequence[Waiting]: ...
    @property
    def unparked(self) -> Sequence[UUID]: ...
    @property
    def refused(self) -> Sequence[Refused]: ...
    @property
    def settled(self) -> Sequence[Hex]: ...
    @property
    def resolved(self) -> UUID | None: ...
    @property
    def submission(self) -> UUID | None: ...
    @property
    def counts(self) -> Mapping[tuple[str, str], int]: ...
    @property
    def replies(self) -> Sequence[Reply]: ...
    @property
    def at(self) -> datetime | None: ...


def keep(connection: sa.Connection, changes: Changed) -> None:
    """Writes everything a push or delete changed."""
    tables = [each for each in changes.tables if each.outcome != UNCHANGED]
    if changes.writes or tables:
        _set_revision(connection, changes.revision)
        _keep_records(connection, changes.writes, changes.new_ids, tables)
        _keep_seen(connection, changes.writes, tables)
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
        count(connection, changes.submission, changes.counts, changes.replies)


def _set_revision(connection: sa.Connection, revision: int) -> None:
    connection.execute(sa.text("update revisions set revision = :revision"), {"revision": revision})


def _keep_records(
    connection: sa.Connection, writes: Sequence[Write], new_ids: frozenset[UUID], tables: Sequence[Accepted]
) -> None:
    last = {write.item.record_id: write for write in writes}
    fresh = [_line(write) for key, write in last.items() if key in new_ids]
    again = [_line(write) for key, write in last.items() if key not in new_ids]
    for each in tables:
        (again if each.is_known else fresh).extend(_lines(each))
    _copy(connection, "records", fresh)
    if again:
        connection.execute(sa.text("create temporary table if not exists again (like records) on commit delete rows"))
        _copy(connection, "again", again)
        sets = ", ".join(f"{name} = again.{name}" for name in _COPIED if name not in ("record_id", "created"))
        created = "created = case when records.is_deleted then again.created else records.created end"
        connection.execute(
            sa.text(f"update records set {sets}, {created} from again where again.record_id = records.record_id")
        )
        connection.execute(sa.text("delete from again"))


def _copy(connection: sa.Connection, table: str, lines: Sequence[str]) -> None:
    if lines:
        statement = f"copy {table} ({', '.join(_COPIED)}) from stdin"
        with driver_cursor(connection) as cursor, cursor.copy(statement.encode()) as copy:
            copy.write("".join(lines))


def rows_kept(
    resource: str,
    ids: Sequence[Hex],
    keys: Sequence[tuple[str, ...]],
    bodies: Sequence[bytes],
    digests: Sequence[bytes],
    texts: Sequence[bytes],
    places: tuple[Sequence[str | None], Sequence[str | None], Sequence[str | None]],
    parents: Sequence[Sequence[Hex]],
) -> list[str]:
    """Records as lines of COPY (tabs between, \\N for null), but for their first cells; column by column.

    `places`: the school, the district and the school year of each.
    """
    columns = (
        ids,
        repeat(resource),
        [rf"\\x{digest.hex()}" for digest in digests],
        _column(list(map(text_array, keys))),
        _column([body.decode() for body in bodies]),
        _column([text.decode() for text in texts]),
        *map(_nulled, places),
        *([each[place] if len(each) > place else _NULL for each in parents] for place in range(3)),
    )
    return list(map("\t".join, zip(*columns, strict=False)))


def _line(write: Write) -> str:
    item = write.item
    [row] = rows_kept(
        item.resource,
        [item.record_id.hex],
        [item.key],
        [item.body],
        [item.digest],
        [_json(item.record).encode()],
        ([item.school_id], [item.district_id], [item.school_year]),
        [[parent.record_id.hex for parent in item.parents]],
    )
    return f"{write.revision}\t{write.revision}\t{_sent(write.sender, is_deleted=write.op == 'delete')}\t{row}\n"


def _lines(accepted: Accepted) -> Iterable[str]:
    sent = _sent(accepted.sender)
    rows = enumerate(accepted.table.rows_kept, accepted.first_revision)
    return [f"{revision}\t{revision}\t{sent}\t{row}\n" for revision, row in rows]


def _sent(sender: Sender, *, is_deleted: bool = False) -> str:
    district = _NULL if sender.district_id is None else _plain(sender.district_id)
    return "\t".join(("t" if is_deleted else "f", _plain(sender.client), district))


def _plain(text: str) -> str:
    return text.translate(_SPECIAL)


def _column(texts: list[str]) -> list[str]:
    """Texts without what has a meaning in COPY; looked for in all of them at once."""
    joined = "".join(texts)
    return list(map(_plain, texts)) if any(sign in joined for sign in "\\\t\n\r") else texts


def _nulled(values: Sequence[str | None]) -> list[str]:
    return [_NULL if value is None else value for value in values]


_SEEN_IN = ("studentSchoolAssociations", "studentEducationOrganizationAssociations", "studentSchoolAttendanceEvents")
_SEEN = sa.text(
    "insert into seen (district_id, school_year) "
    "select distinct coalesce(given.district_id, school.district_id), given.school_year "
    "from unnest(cast(:schools as text[]), cast(:districts as text[]), cast(:years as text[])) "
    "as given (school_id, district_id, school_year) "
    "left join records as school on given.district_id is null and school.resource = 'schools' "
    "and school.school_id = given.school_id and not school.is_deleted "
    "where coalesce(given.district_id, school.district_id) is not null on conflict do nothing"
)


def _keep_seen(connection: sa.Connection, writes: Sequence[Write], tables: Sequence[Accepted]) -> None:
    """Notes which districts' own records have come for which school year."""
    places = {
        (write.item.school_id, write.item.district_id, write.item.school_year)
        for write in writes
        if write.item.resource in _SEEN_IN
    }
    for each in tables:
        if each.table.resource.name in _SEEN_IN:
            table = each.table
            places.update(zip(table.school_ids, table.district_ids, table.column("school_year"), strict=True))
    known = [place for place in places if place[2] is not None]
    if known:
        schools, districts, years = map(list, zip(*known, strict=True))
        connection.execute(_SEEN, {"schools": schools, "districts": districts, "years": years})


def _park(connection: sa.Connection, waiting: Sequence[Waiting], at: datetime | None) -> None:
    names = [
        "record_id", "resource", "digest", "key", "body", "record", "client", "kind", "writer_district", "school_id",
        "district_id", "school_year", "waits_for", "source_row", "parked_at", "parent_1", "parent_2", "parent_3",
    ]  # fmt: skip
    sets = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    statement = sa.text(
        f"insert into parked ({', '.join(names)}) values ({', '.join(':' + name for name in names)}) "
        f"on conflict (record_id) do update set {sets}"
    )
    connection.execute(statement, [_parked_row(each, at) for each in waiting])


def _parked_row(each: Waiting, at: datetime | None) -> dict[str, Any]:
    item, sender = each.item, each.sender
    parents = [parent.record_id for parent in item.parents]
    return {
        "record_id": item.record_id,
        "resource": item.resource,
        "digest": item.digest,
        "key": list(item.key),
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
        **{f"parent_{place + 1}": parents[place] if len(parents) > place else None for place in range(3)},
    }


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
    connection.execute(
        sa.text(
            "update refused set resolved_at = :at "
            "where resolved_at is null and (record_id = any(cast(:ids as uuid[])) or refusal_id = :resolved)"
        ),
        {"ids": hex_list(settled), "resolved": changes.resolved, "at": changes.at},
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
