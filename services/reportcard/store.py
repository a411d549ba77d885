"""Database door of reportcard: editions as they come, public cards, releases, differences. The only SQL."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.reportcard.rules.progress import (
    ARRIVING,
    BUILT,
    DESIGNATIONS,
    DUE,
    SCORES,
    Arrival,
    Arrived,
    Built,
    Half,
    Known,
    PublicCard,
    Releasable,
    Release,
)
from shared.events.envelope import Event
from shared.runtime.copying import copy_in
from shared.runtime.packed import PackedBytes, PackedText, packed
from shared.vocabulary.identity import Fingerprint

metadata = sa.MetaData()

editions = sa.Table(
    "edition",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text),
    sa.Column("school_year", sa.Text),
    sa.Column("history", JSONB),
    sa.Column("chapters", sa.JSON),
    sa.Column("opened_offset", sa.BigInteger),
    sa.Column("is_scores_closed", sa.Boolean, nullable=False),
    sa.Column("is_designations_closed", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text),
)
_KEPT = (
    ("edition_id", sa.Uuid, True),
    ("log_offset", sa.BigInteger, True),
    ("level", sa.Text, False),
    ("subject_id", sa.Text, False),
    ("body", PackedBytes, False),
)
entities = sa.Table("entity", metadata, *(sa.Column(name, kind, primary_key=key) for name, kind, key in _KEPT))
designations = sa.Table("designation", metadata, *(sa.Column(name, kind, primary_key=key) for name, kind, key in _KEPT))
_TABLES = {SCORES: entities, DESIGNATIONS: designations}
_CLOSED = {SCORES: "is_scores_closed", DESIGNATIONS: "is_designations_closed"}
cards = sa.Table(
    "card",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("entity_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("district_id", sa.Text),
    sa.Column("district_name", sa.Text),
    sa.Column("body", PackedText, nullable=False),
)
verdicts = sa.Table(
    "verdict",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("cells", sa.LargeBinary, nullable=False),
)
changes = sa.Table(
    "change",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("former_id", sa.Uuid, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("entity_id", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
)
stale = sa.Table(
    "stale",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("because_of", sa.Uuid, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
)
releases = sa.Table(
    "release",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("school_year", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("released_by", sa.Text, nullable=False),
    sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
)


def arrivals(connection: sa.Connection, halves: Set[Half], closing: Set[Half]) -> dict[Half, Arrival]:
    """What messages of these halves find, the editions' rows locked; of the closing ones all that has come."""
    ids = sorted({edition_id for edition_id, _ in halves})
    query = sa.select(editions).where(editions.c.edition_id.in_(ids)).order_by(editions.c.edition_id)
    rows = {row["edition_id"]: row for row in connection.execute(query.with_for_update()).mappings()}
    opened = {(edition_id, half) for half in _TABLES for edition_id in _opened(connection, half, ids)}
    return {
        (edition_id, half): Arrival(
            held=_held(connection, edition_id, half) if (edition_id, half) in closing else {},
            told=_told(connection, edition_id, half) if (edition_id, half) in closing else None,
            is_opened=(edition_id, half) in opened,
            is_closed=_is_closed(rows.get(edition_id), half),
            is_other_half_closed=_is_closed(rows.get(edition_id), DESIGNATIONS if half == SCORES else SCORES),
        )
        for edition_id, half in halves
    }


def keep_arrived(connection: sa.Connection, taken: Sequence[Arrived]) -> None:
    """Write what messages changed."""
    for edition_id, row in _changed_rows(taken).items():
        fresh = {"is_scores_closed": False, "is_designations_closed": False, "status": ARRIVING}
        statement = insert(editions).values({"edition_id": edition_id, **fresh, **row})
        key = ["edition_id"]
        connection.execute(
            statement.on_conflict_do_update(index_elements=key, set_=row)
            if row
            else statement.on_conflict_do_nothing(index_elements=key)
        )
    for half, table in _TABLES.items():
        rows = [
            (one.edition_id, one.offset, one.level, one.subject_id, packed(one.body))
            for one in taken
            if one.half == half and one.body is not None
        ]
        if rows:
            types = ("uuid", "int8", "text", "text", "bytea")
            copy_in(connection, table.name, table.columns.keys(), types, rows)


def due_editions(connection: sa.Connection) -> list[UUID]:
    """Editions that are whole and not built, oldest first."""
    query = sa.select(editions.c.edition_id).where(editions.c.status == DUE).order_by(editions.c.opened_offset)
    return list(connection.execute(query).scalars())


def awaiting_designations(connection: sa.Connection) -> list[UUID]:
    """Editions whose scores are whole and whose designations are not, oldest first."""
    awaiting = (editions.c.status == ARRIVING) & editions.c.is_scores_closed
    query = sa.select(editions.c.edition_id).where(awaiting).order_by(editions.c.opened_offset)
    return list(connection.execute(query).scalars())


def bodies(connection: sa.Connection, edition_id: UUID, half: str) -> list[bytes]:
    """The kept messages of one half, in order, as they came."""
    table = _TABLES[half]
    query = sa.select(table.c.body).where(table.c.edition_id == edition_id).order_by(table.c.log_offset)
    return list(connection.execute(query).scalars())


def known_editions(connection: sa.Connection, but: UUID) -> list[Known]:
    """Every built edition but one, oldest first."""
    query = sa.select(editions).where(editions.c.status == BUILT, editions.c.edition_id != but)
    rows = connection.execute(query.order_by(editions.c.opened_offset))
    return [Known(row.edition_id, row.school_year, row.history, row.opened_offset) for row in rows]


def opened_at(connection: sa.Connection, edition_id: UUID) -> tuple[str, int]:
    """An edition's school year, and where on its topic it was opened: its order among editions."""
    query = sa.select(editions.c.school_year, editions.c.opened_offset).where(editions.c.edition_id == edition_id)
    row = connection.execute(query).one()
    return row.school_year, row.opened_offset


def kept_verdicts(connection: sa.Connection, edition_id: UUID) -> dict[str, bytes]:
    """A built edition's verdicts, by table."""
    query = sa.select(verdicts.c.name, verdicts.c.cells).where(verdicts.c.edition_id == edition_id)
    return {row.name: bytes(row.cells) for row in connection.execute(query)}


def kept_cards(connection: sa.Connection, edition_id: UUID) -> dict[tuple[str, str], str]:
    """A built edition's public cards, by level and id: their JSON."""
    query = sa.select(cards.c.level, cards.c.entity_id, cards.c.body).where(cards.c.edition_id == edition_id)
    return {(row.level, row.entity_id): row.body for row in connection.execute(query)}


def status_of(connection: sa.Connection, built: Built) -> str | None:
    """The edition's status, its row locked to the end of the transaction."""
    query = sa.select(editions.c.status).where(editions.c.edition_id == built.edition_id).with_for_update()
    return connection.execute(query).scalar_one_or_none()


def keep_built(connection: sa.Connection, built: Built | None) -> None:
    """Write all of an edition's public work, and that it is built, in one go."""
    if built is None:
        return
    edition_id = built.edition_id
    _write(connection, cards, ("uuid", *["text"] * 5, "bytea"), (_card_row(edition_id, card) for card in built.cards))
    _write(connection, verdicts, ("uuid", "text", "bytea"), ((edition_id, *one) for one in built.verdicts.items()))
    changed = ((edition_id, *vars(one).values()) for one in built.changed)
    _write(connection, changes, ("uuid", "uuid", *["text"] * 6), changed)
    for row in built.stale:
        connection.execute(insert(stale).values(asdict(row)).on_conflict_do_nothing())
    here = editions.c.edition_id == built.edition_id
    connection.execute(sa.update(editions).where(here).values(status=BUILT, fingerprint=built.fingerprint))


def releasable(connection: sa.Connection, command: Any) -> Releasable:
    """What a release stands on, the edition's row locked to the end of the transaction."""
    query = sa.select(editions).where(editions.c.edition_id == command.edition_id).with_for_update()
    row = connection.execute(query).one_or_none()
    release = release_of(connection, command.edition_id)
    if row is None:
        return Releasable(None, release=release)
    return Releasable(row.status, row.state or "", row.school_year or "", row.fingerprint or "", release)


def release_of(connection: sa.Connection, edition_id: UUID) -> Release | None:
    """An edition's release, if a person has opened it."""
    row = connection.execute(sa.select(releases).where(releases.c.edition_id == edition_id)).mappings().one_or_none()
    return Release(**row) if row else None


def known_release(connection: sa.Connection, event: Event) -> Release | None:
    """The release that an event of the own topic may repeat."""
    edition_id: UUID = getattr(event, "edition_id")  # noqa: B009 (every event of the topic has one)
    return release_of(connection, edition_id)


def keep_release(connection: sa.Connection, release: Release | None) -> None:
    """Write a release, once."""
    if release is not None:
        connection.execute(insert(releases).values(asdict(release)).on_conflict_do_nothing())


def edition_rows(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every edition that was opened, oldest first, with its release and why it is stale."""
    query = (
        sa.select(
            editions.c.edition_id,
            editions.c.state,
            editions.c.school_year,
            editions.c.status,
            editions.c.fingerprint,
            editions.c.opened_offset,
            releases.c.released_at,
            releases.c.released_by,
            releases.c.fingerprint.label("released_fingerprint"),
        )
        .select_from(editions.outerjoin(releases, releases.c.edition_id == editions.c.edition_id))
        .where(editions.c.school_year.is_not(None))
        .order_by(editions.c.opened_offset)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    reasons: dict[UUID, list[str]] = {}
    for row in connection.execute(sa.select(stale).order_by(stale.c.because_of)):
        reasons.setdefault(row.edition_id, []).append(row.reason)
    return [row | {"stale_because": sorted(set(reasons.get(row["edition_id"], [])))} for row in rows]


def card_body(connection: sa.Connection, edition_id: UUID, level: str, entity_id: str) -> str | None:
    """A public card's canonical text."""
    here = (cards.c.edition_id == edition_id) & (cards.c.level == level) & (cards.c.entity_id == entity_id)
    body: str | None = connection.execute(sa.select(cards.c.body).where(here)).scalar_one_or_none()
    return body


def chapters_of(connection: sa.Connection, edition_id: UUID) -> Any:
    """The chapters of the law that an edition carries."""
    query = sa.select(editions.c.chapters).where(editions.c.edition_id == edition_id)
    return connection.execute(query).scalar_one_or_none()


def schools_of(connection: sa.Connection, edition_id: UUID, district_id: str) -> list[PublicCard]:
    """A district's schools, by name."""
    here = (cards.c.edition_id == edition_id) & (cards.c.level == "school") & (cards.c.district_id == district_id)
    return _cards(connection, sa.select(cards).where(here))


def districts_of(connection: sa.Connection, edition_id: UUID) -> list[PublicCard]:
    """The edition's districts, by name."""
    return _cards(connection, sa.select(cards).where(cards.c.edition_id == edition_id, cards.c.level == "district"))


def state_cards(connection: sa.Connection, edition_id: UUID) -> list[PublicCard]:
    """The state's card, whatever its id."""
    return _cards(connection, sa.select(cards).where(cards.c.edition_id == edition_id, cards.c.level == "state"))


def names_of(connection: sa.Connection, edition_id: UUID) -> dict[tuple[str, str], str]:
    """Every card's name, by level and id."""
    query = sa.select(cards.c.level, cards.c.entity_id, cards.c.name).where(cards.c.edition_id == edition_id)
    return {(row.level, row.entity_id): row.name for row in connection.execute(query)}


def names_in(
    connection: sa.Connection, edition_ids: Sequence[UUID], entity: tuple[str, str] | None = None
) -> list[tuple[UUID, str, str, str]]:
    """(edition, level, id, name) of every card of some editions, or of one entity's; a district's by its own card."""
    query = sa.select(cards.c.edition_id, cards.c.level, cards.c.entity_id, cards.c.name)
    query = query.where(cards.c.edition_id.in_(edition_ids))
    if entity:
        query = query.where(cards.c.level == entity[0], cards.c.entity_id == entity[1])
    rows = connection.execute(query.order_by(cards.c.level, cards.c.entity_id))
    return [(row.edition_id, row.level, row.entity_id, row.name) for row in rows]


def found_by_name(connection: sa.Connection, edition_id: UUID, text: str, limit: int) -> list[PublicCard]:
    """Schools and districts whose name, or whose district's name, holds the text; by name."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    here = (cards.c.edition_id == edition_id) & (cards.c.level != "state")
    named = cards.c.name.ilike(pattern) | ((cards.c.level == "school") & cards.c.district_name.ilike(pattern))
    return _cards(connection, sa.select(cards).where(here, named).limit(limit))


def changes_of(
    connection: sa.Connection,
    edition_id: UUID,
    former_id: UUID,
    entity: tuple[str, str] | None = None,
    limit: int = 1000,
) -> list[dict[str, Any]]:
    """What an edition changed in public against a former one; of one entity, or all."""
    here = (changes.c.edition_id == edition_id) & (changes.c.former_id == former_id)
    query = sa.select(changes).where(here)
    if entity:
        query = query.where(changes.c.level == entity[0], changes.c.entity_id == entity[1])
    query = query.order_by(changes.c.level, changes.c.entity_id, changes.c.place).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def edition_counts(connection: sa.Connection) -> dict[str, int]:
    """How many editions are in each status; released ones apart from those only built."""
    is_released = releases.c.edition_id.is_not(None)
    status = sa.case((is_released, "released"), else_=editions.c.status).label("status")
    query = sa.select(status, sa.func.count().label("editions")).select_from(
        editions.outerjoin(releases, releases.c.edition_id == editions.c.edition_id)
    )
    return {row.status: row.editions for row in connection.execute(query.group_by(status))}


def _card_row(edition_id: UUID, card: PublicCard) -> tuple[object, ...]:
    about = (card.level, card.entity_id, card.name, card.district_id, card.district_name)
    return (edition_id, *about, packed(card.body.encode()))


def _cards(connection: sa.Connection, query: sa.Select[Any]) -> list[PublicCard]:
    rows = connection.execute(query.order_by(cards.c.name, cards.c.level, cards.c.entity_id))
    return [
        PublicCard(row.level, row.entity_id, row.name, row.district_id, row.district_name, row.body) for row in rows
    ]


def _changed_rows(taken: Sequence[Arrived]) -> dict[UUID, dict[str, Any]]:
    rows: dict[UUID, dict[str, Any]] = {}
    for arrived in taken:
        row = rows.setdefault(arrived.edition_id, {})
        if arrived.opening is not None:
            row |= {**asdict(arrived.opening), "opened_offset": arrived.offset}
        if arrived.is_closed:
            row[_CLOSED[arrived.half]] = True
        if arrived.status:
            row["status"] = arrived.status
    return rows


def _is_closed(row: sa.RowMapping | None, half: str) -> bool:
    return bool(row and row[_CLOSED[half]])


def _opened(connection: sa.Connection, half: str, ids: Sequence[UUID]) -> list[UUID]:
    table = _TABLES[half]
    query = sa.select(table.c.edition_id).where(table.c.edition_id.in_(ids), table.c.level == "")
    return list(connection.execute(query).scalars())


def _held(connection: sa.Connection, edition_id: UUID, half: str) -> dict[str, int]:
    table = _TABLES[half]
    here = (table.c.edition_id == edition_id) & (table.c.level != "")
    query = sa.select(table.c.level, sa.func.count().label("messages")).where(here).group_by(table.c.level)
    return {row.level: row.messages for row in connection.execute(query)}


def _told(connection: sa.Connection, edition_id: UUID, half: str) -> Fingerprint:
    return Fingerprint(bodies(connection, edition_id, half))


def _write(connection: sa.Connection, table: sa.Table, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    copy_in(connection, table.name, table.columns.keys(), types, rows)
