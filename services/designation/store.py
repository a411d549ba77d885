"""Database door of designation: editions as they come, schools' scores, and what was decided. The only SQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy.dialects.postgresql import JSONB

from services.designation.rules.edition import (
    Designated,
    Earned,
    EditionChanges,
    EditionState,
    Head,
    Past,
    SchoolYear,
    Standing,
)
from shared.events.designations import SchoolDesignated
from shared.runtime.copying import copy_in
from shared.runtime.packed import PackedBytes, packed
from shared.vocabulary.identity import Fingerprint

metadata = sa.MetaData()

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("school_year", sa.Text, nullable=False),
    sa.Column("history", JSONB, nullable=False),
    sa.Column("chapters", JSONB, nullable=False),
    sa.Column("policy_fingerprint", sa.Text, nullable=False),
    sa.Column("notified_on", sa.Date, nullable=False),
    sa.Column("decided_offset", sa.BigInteger),
)
held = sa.Table(
    "held_messages",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("log_offset", sa.BigInteger, primary_key=True),
    sa.Column("level", sa.Text),
    sa.Column("body", PackedBytes, nullable=False),
)
schools = sa.Table(
    "schools",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("school_name", sa.Text, nullable=False),
    sa.Column("district_id", sa.Text, nullable=False),
    sa.Column("district_name", sa.Text, nullable=False),
    sa.Column("notice_email", sa.Text),
    sa.Column("title_i", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("letter", sa.Text),
    sa.Column("points", sa.Text),
    sa.Column("exact_points", sa.Text),
    sa.Column("possible", sa.Text),
    sa.Column("points_column", sa.Text, key="column"),
    sa.Column("subgroups", JSONB, nullable=False),
)
designations = sa.Table(
    "designations",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("district_id", sa.Text, nullable=False),
    sa.Column("standing", JSONB, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
)

_TYPES: Mapping[type[Any], str] = {
    sa.Uuid: "uuid",
    sa.Text: "text",
    sa.BigInteger: "int8",
    sa.Boolean: "bool",
    JSONB: "jsonb",
    PackedBytes: "bytea",
}


@dataclass(frozen=True)
class Taken:
    """What a message changed, and the message."""

    changes: EditionChanges
    message: bytes


def edition_state(
    connection: sa.Connection, edition_id: UUID, is_closing: bool, opened: Mapping[str, UUID]
) -> EditionState:
    """What messages of an edition find: its head; before a closing one the whole edition and its past.

    `opened`: the history that an opening message among them names.
    """
    found = connection.execute(sa.select(editions).where(editions.c.edition_id == edition_id)).one_or_none()
    head, is_closed = (_head(found), found.decided_offset is not None) if found else (None, False)
    if is_closed or not is_closing:
        return EditionState(0, head, is_closed)
    history = head.history if head else opened
    return EditionState(
        offset=0,
        head=head,
        entities=_entities(connection, edition_id),
        told=Fingerprint(_bodies(connection, edition_id)),
        schools=_schools(connection, [edition_id]).get(edition_id, ()),
        past=_past(connection, history),
        standings=_standings(connection, history),
    )


def keep(connection: sa.Connection, taken: Sequence[Taken]) -> None:
    """Writes what messages changed. A decided edition's messages are let go: the topic keeps them."""
    for one in taken:
        if one.changes.head is not None:
            row = asdict(one.changes.head)
            row["history"] = {year: str(past_id) for year, past_id in one.changes.head.history.items()}
            connection.execute(sa.insert(editions).values(row))
    _write(connection, held, _held_rows(taken))
    earned = [(one.changes.edition_id, one.changes.school) for one in taken if one.changes.school is not None]
    _write(connection, schools, (_school_row(edition_id, school) for edition_id, school in earned))
    for one in taken:
        if one.changes.decided is not None:
            _keep_decided(connection, one.changes.edition_id, one.changes.offset, one.changes.decided)


def designated_schools(
    connection: sa.Connection, edition_id: UUID, district_id: str | None
) -> list[SchoolDesignated] | None:
    """An edition's designations by school id, of one district or (None) all; None when the edition is not decided."""
    is_decided = sa.select(editions.c.edition_id).where(
        editions.c.edition_id == edition_id, editions.c.decided_offset.is_not(None)
    )
    if connection.execute(is_decided).one_or_none() is None:
        return None
    query = sa.select(designations.c.event).where(designations.c.edition_id == edition_id)
    if district_id is not None:
        query = query.where(designations.c.district_id == district_id)
    return _events(connection.execute(query.order_by(designations.c.school_id)).scalars())


def school_history(connection: sa.Connection, school_id: str) -> list[SchoolDesignated]:
    """Every decision on a school, by school year, corrections of a year in the order in which they were decided."""
    query = (
        sa.select(designations.c.event)
        .join(editions, editions.c.edition_id == designations.c.edition_id)
        .where(designations.c.school_id == school_id)
        .order_by(editions.c.school_year, editions.c.decided_offset)
    )
    return _events(connection.execute(query).scalars())


def decided_count(connection: sa.Connection) -> int:
    """How many editions are decided."""
    query = sa.select(sa.func.count()).select_from(editions).where(editions.c.decided_offset.is_not(None))
    return connection.execute(query).scalar_one()


def _school_row(edition_id: UUID, school: SchoolYear) -> tuple[object, ...]:
    return edition_id, *({**vars(school), "subgroups": Jsonb(school.subgroups)}.values())


def _held_rows(taken: Sequence[Taken]) -> Iterator[tuple[object, ...]]:
    for one in taken:
        if one.changes.decided is None:
            yield one.changes.edition_id, one.changes.offset, one.changes.level, packed(one.message)


def _keep_decided(connection: sa.Connection, edition_id: UUID, offset: int, decided: Iterable[Designated]) -> None:
    rows = ((edition_id, one.school_id, one.district_id, Jsonb(dict(one.standing)), one.event) for one in decided)
    _write(connection, designations, rows)
    here = editions.c.edition_id == edition_id
    connection.execute(sa.update(editions).where(here).values(decided_offset=offset))
    connection.execute(sa.delete(held).where(held.c.edition_id == edition_id))


def _write(connection: sa.Connection, table: sa.Table, rows: Iterable[Sequence[object]]) -> None:
    names, types = zip(*((column.name, _TYPES[type(column.type)]) for column in table.columns), strict=True)
    copy_in(connection, table.name, names, types, rows)


def _head(row: sa.Row[Any]) -> Head:
    return Head(
        edition_id=row.edition_id,
        state=row.state,
        school_year=row.school_year,
        history={year: UUID(edition_id) for year, edition_id in row.history.items()},
        chapters=row.chapters,
        policy_fingerprint=row.policy_fingerprint,
        notified_on=row.notified_on,
    )


def _entities(connection: sa.Connection, edition_id: UUID) -> dict[str, int]:
    here = (held.c.edition_id == edition_id) & held.c.level.is_not(None)
    query = sa.select(held.c.level, sa.func.count().label("messages")).where(here).group_by(held.c.level)
    return {row.level: row.messages for row in connection.execute(query)}


def _bodies(connection: sa.Connection, edition_id: UUID) -> Iterable[bytes]:
    """The kept messages in order."""
    query = sa.select(held.c.body).where(held.c.edition_id == edition_id).order_by(held.c.log_offset)
    return connection.execute(query).scalars()


def _schools(connection: sa.Connection, edition_ids: list[UUID]) -> dict[UUID, tuple[SchoolYear, ...]]:
    found: dict[UUID, list[SchoolYear]] = {}
    query = sa.select(schools).where(schools.c.edition_id.in_(edition_ids))
    for row in connection.execute(query).mappings():
        values = {column.key: row[column] for column in schools.c if column.key != "edition_id"}
        values["subgroups"] = {name: Earned(*earned) for name, earned in row["subgroups"].items()}
        found.setdefault(row["edition_id"], []).append(SchoolYear(**values))
    return {edition_id: tuple(rows) for edition_id, rows in found.items()}


def _past(connection: sa.Connection, history: Mapping[str, UUID]) -> dict[str, Past]:
    query = sa.select(editions).where(editions.c.edition_id.in_(list(history.values())))
    heads = {row.edition_id: (_head(row), row.decided_offset is not None) for row in connection.execute(query)}
    scores = _schools(connection, list(heads))
    return {
        year: Past(*heads[edition_id], {school.school_id: school for school in scores.get(edition_id, ())})
        for year, edition_id in history.items()
        if edition_id in heads
    }


def _standings(connection: sa.Connection, history: Mapping[str, UUID]) -> dict[str, Standing]:
    """Each school's standing in the latest edition of the history that knows the school."""
    query = sa.select(designations.c.edition_id, designations.c.school_id, designations.c.standing)
    rows = connection.execute(query.where(designations.c.edition_id.in_(list(history.values())))).all()
    year_of = {edition_id: year for year, edition_id in history.items()}
    rows = sorted(rows, key=lambda row: year_of[row.edition_id])
    return {row.school_id: row.standing for row in rows}


def _events(texts: Iterable[str]) -> list[SchoolDesignated]:
    return [SchoolDesignated.model_validate_json(text) for text in texts]
