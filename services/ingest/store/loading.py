"""What a decision needs to know, read under the one write lock: every command that takes it runs alone."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import Item, Kept, Parent, Sender, Waiting
from services.ingest.rules.tables import Hex
from services.ingest.store.tables import parked, records, revisions

_LOCK = sa.text("select revision from revisions for update")  # whoever waited for the row sees what it has become
_KEPT = sa.text(
    "select record_id, resource, revision, digest, is_deleted, school_id, district_id "
    "from records where record_id = any(cast(:ids as uuid[]))"
)
_DIGESTS = sa.text("select record_id, digest, is_deleted from records where record_id = any(cast(:ids as uuid[]))")
_RECORDS = sa.text(
    "select record_id, record from records where record_id = any(cast(:ids as uuid[])) and not is_deleted"
)
_MISSING = sa.text(
    "select id from unnest(cast(:ids as uuid[])) as given (id) "
    "where not exists (select from records where record_id = id and not is_deleted)"
)
_WAITED_FOR = sa.text(
    "select id from unnest(cast(:ids as uuid[])) as given (id) where exists (select from parked where record_id = id) "
    + " ".join(f"or exists (select from parked where parent_{n} = id)" for n in (1, 2, 3))
)
RELEASED_AT_ONCE = 20_000  # a transaction stays short; what is left over is let in by the release timer
_ANY_OPEN = sa.text("select exists (select from parked), exists (select from refused where resolved_at is null)")
_PARKED = sa.text("select * from parked where record_id = any(cast(:ids as uuid[]))")
_WAITING = sa.text(
    "select * from parked where "
    + " or ".join(f"parent_{n} = any(cast(:ids as uuid[]))" for n in (1, 2, 3))
    + " limit :limit"
)
_READY = sa.text(
    "select * from parked where "
    + " and ".join(
        f"(parked.parent_{n} is null or exists "
        f"(select from records where records.record_id = parked.parent_{n} and not is_deleted))"
        for n in (1, 2, 3)
    )
    + " limit :limit"
)


def id_list(ids: Iterable[UUID]) -> str:
    """Ids as the text of an array: many times quicker than a list of parameters."""
    return hex_list([each.hex for each in ids])


def hex_list(ids: Iterable[Hex]) -> str:
    """As `id_list`, of ids that are hexadecimal digits already."""
    return "{" + ",".join(ids) + "}"


def lock(connection: sa.Connection) -> int:
    """Takes the write lock to the end of the transaction; gives the last revision drawn."""
    return int(connection.execute(_LOCK).scalar_one())


def last_revision(connection: sa.Connection) -> int:
    """The last revision drawn, without the lock."""
    return int(connection.execute(sa.select(revisions.c.revision)).scalar_one())


def any_open(connection: sa.Connection) -> tuple[bool, bool]:
    """Whether any record is parked, and whether any refusal stands unresolved."""
    are_parked, are_refused = connection.execute(_ANY_OPEN).one()
    return are_parked, are_refused


def kept_of(connection: sa.Connection, ids: Iterable[UUID]) -> dict[UUID, Kept]:
    """The standing (or deleted) records with these ids."""
    rows = connection.execute(_KEPT, {"ids": id_list(ids)})
    return {row[0]: Kept(row[0], row[1], row[2], bytes(row[3]), row[4], row[5], row[6]) for row in rows}


def tests_of(connection: sa.Connection, ids: Iterable[Hex]) -> dict[Hex, dict[str, Any]]:
    """The canonical records of these tests, those that stand."""
    rows = connection.execute(_RECORDS, {"ids": hex_list(ids)})
    return {key.hex: json.loads(record) for key, record in rows}


def digests_of(connection: sa.Connection, ids: Iterable[Hex]) -> dict[Hex, bytes | None]:
    """The digest of each of these records that is there; None of a deleted one."""
    rows = connection.execute(_DIGESTS, {"ids": hex_list(ids)})
    return {key.hex: None if is_deleted else bytes(digest) for key, digest, is_deleted in rows}


def missing_of(connection: sa.Connection, ids: Iterable[Hex]) -> frozenset[Hex]:
    """Those of the ids under which no record stands."""
    return frozenset(key.hex for key in connection.execute(_MISSING, {"ids": hex_list(ids)}).scalars())


def waited_for(connection: sa.Connection, ids: Iterable[Hex]) -> frozenset[Hex]:
    """Those of the ids under which a record waits, or for which one waits."""
    return frozenset(key.hex for key in connection.execute(_WAITED_FOR, {"ids": hex_list(ids)}).scalars())


def waiting_with(connection: sa.Connection, ids: Iterable[UUID]) -> dict[UUID, Waiting]:
    """Parked records with these ids, or waiting for one of them; then those that wait for these, and so on."""
    ask = list(ids)
    found = {row.record_id: _waiting(row) for row in connection.execute(_PARKED, {"ids": id_list(ask)})}
    while ask:
        rows = connection.execute(_WAITING, {"ids": id_list(ask), "limit": RELEASED_AT_ONCE}).all()
        ask = [row.record_id for row in rows if row.record_id not in found]
        found |= {row.record_id: _waiting(row) for row in rows}
    return found


def ready(connection: sa.Connection) -> dict[UUID, Waiting]:
    """Parked records whose parents all stand, some thousands at most."""
    return {row.record_id: _waiting(row) for row in connection.execute(_READY, {"limit": RELEASED_AT_ONCE})}


def open_refusals(connection: sa.Connection, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the ids that stand refused and unresolved."""
    asked = list(ids)
    if not asked:
        return frozenset()
    query = sa.text(
        "select refusal_id from refused where refusal_id = any(cast(:ids as uuid[])) and resolved_at is null"
    )
    return frozenset(connection.execute(query, {"ids": id_list(asked)}).scalars())


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
    record = json.loads(row.record)
    ids = [each for each in (row.parent_1, row.parent_2, row.parent_3) if each is not None]
    needs = BY_NAME[row.resource].needs(record, json.loads(row.body))
    return Item(
        resource=row.resource,
        record_id=row.record_id,
        key=tuple(row.key),
        body=row.body.encode(),
        digest=bytes(row.digest),
        record=record,
        parents=tuple(Parent(at, name, owns) for at, (_, _, name, owns) in zip(ids, needs, strict=True)),
        school_id=row.school_id,
        district_id=row.district_id,
        school_year=row.school_year,
    )


def _waiting(row: Any) -> Waiting:
    return Waiting(_item(row), Sender(row.client, row.kind, row.writer_district), tuple(row.waits_for))
