"""Database door of notify: editions as they come, notices with their lives, mails, and the log. The only SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.notify.rules.changes import Arriving, Case, Changes, Entry, Head, Restored, Whole
from services.notify.rules.lifecycle import RUNNING
from services.notify.rules.mails import PLANNED, REFUSED, SENT, Mail
from services.notify.rules.messages import ClaimMail, Decide, MailFailed, MailLeft, Report, Tick
from services.notify.rules.obligations import Obligation
from services.notify.rules.plain import as_plain, from_plain
from shared.events.designations import DesignationsClosed
from shared.events.envelope import Event
from shared.runtime.inbox import Position
from shared.vocabulary.identity import fingerprint

metadata = sa.MetaData()

editions = sa.Table(
    "editions",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("school_year", sa.Text, nullable=False),
    sa.Column("chapter", JSONB, nullable=False),
    sa.Column("notified_on", sa.Date, nullable=False),
    sa.Column("closed_offset", sa.BigInteger),
    sa.Column("is_decided", sa.Boolean, nullable=False, default=False),
)
held = sa.Table(
    "held_messages",
    metadata,
    sa.Column("edition_id", sa.Uuid, primary_key=True),
    sa.Column("log_offset", sa.BigInteger, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
obligations = sa.Table(
    "obligations",
    metadata,
    sa.Column("obligation_id", sa.Uuid, primary_key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "school_id", "school_name", "district_id")),
    sa.Column("district_name", sa.Text, nullable=False),
    sa.Column("notice_email", sa.Text),
    sa.Column("school_year", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("edition_id", sa.Uuid, nullable=False),
    sa.Column("known_on", sa.Date, nullable=False),
    sa.Column("reasons", JSONB, nullable=False),
    sa.Column("corrects", sa.Uuid),
    sa.Column("replaces", sa.Uuid),
    sa.Column("life", JSONB, nullable=False),
    sa.Column("state", sa.Text, sa.Computed("life->>'state'", persisted=True)),
)
mails = sa.Table(
    "mails",
    metadata,
    sa.Column("obligation_id", sa.Uuid, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.Column("trouble", sa.Text),
)
log = sa.Table(
    "notices",
    metadata,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("arrived", sa.BigInteger, sa.Identity(always=True)),
    sa.Column("obligation_id", sa.Uuid, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", JSONB, nullable=False),
)


def arriving(connection: sa.Connection, event: Event, position: Position) -> Arriving:
    """What a message of an edition is judged by; only for the closing one what came before is read."""
    edition_id: UUID = getattr(event, "edition_id")  # noqa: B009 (every event of the topic has one)
    head = _head(connection, edition_id)
    if head is None or not isinstance(event, DesignationsClosed):
        return Arriving(position.offset, head)
    bodies = _bodies(connection, edition_id)
    return Arriving(position.offset, head, len(bodies) - 1, fingerprint(bodies))


def nothing(connection: sa.Connection, event: Event) -> None:
    """The log's own events are judged by nothing."""


def due_editions(connection: sa.Connection) -> list[UUID]:
    """Whole editions that wait for their decision, in the order in which they were closed."""
    waits = editions.c.closed_offset.is_not(None) & editions.c.is_decided.is_(False)
    query = sa.select(editions.c.edition_id).where(waits).order_by(editions.c.closed_offset)
    return list(connection.execute(query).scalars())


def whole(connection: sa.Connection, message: Decide) -> Whole | None:
    """All that deciding an edition needs, its row locked; None when it is decided already."""
    here = editions.c.edition_id == message.edition_id
    waits = here & editions.c.closed_offset.is_not(None) & editions.c.is_decided.is_(False)
    if connection.execute(sa.select(editions.c.edition_id).where(waits).with_for_update()).one_or_none() is None:
        return None
    head = _head(connection, message.edition_id)
    assert head is not None
    known = _obligations(connection, obligations.c.school_year == head.school_year, lock=True)
    decided = sa.select(editions.c.edition_id).where(editions.c.is_decided)
    return Whole(
        head=head,
        messages=tuple(_bodies(connection, message.edition_id)),
        decided=frozenset(connection.execute(decided).scalars()),
        known=tuple(known),
        mails=tuple(_mails(connection, [one.obligation_id for one in known])),
        restored=_restored(connection),
    )


def running_cases(connection: sa.Connection, message: Tick) -> list[Case]:
    """Every notice of which a day can ask something, locked, with its mails and chapter."""
    return _cases(connection, _obligations(connection, obligations.c.state.in_(RUNNING), lock=True))


def case_of(connection: sa.Connection, message: Report | MailLeft | MailFailed) -> Case:
    """One notice, locked, with its chapter and mails; for word of a mail, that one first."""
    found = _obligations(connection, obligations.c.obligation_id == message.obligation_id, lock=True)
    case = _cases(connection, found)[0]
    return case if isinstance(message, Report) else _about(case, message.purpose)


def next_mail(connection: sa.Connection, message: ClaimMail) -> Case | None:
    """The planned mail that has waited longest and may be tried; locked, and never one that another sender holds."""
    query = (
        sa.select(mails)
        .join(obligations, obligations.c.obligation_id == mails.c.obligation_id)
        .where(mails.c.state == PLANNED, mails.c.not_before <= message.now)
        .order_by(mails.c.not_before, mails.c.obligation_id, mails.c.purpose)
        .limit(1)
        .with_for_update(skip_locked=True, of=mails)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    mail = _mail(row)
    case = _cases(connection, _obligations(connection, obligations.c.obligation_id == mail.obligation_id))[0]
    return _about(case, mail.purpose)


def keep(connection: sa.Connection, changes: Changes) -> None:
    """Writes what a decision changed."""
    if changes.head is not None:
        row = {name: value for name, value in asdict(changes.head).items() if name not in ("is_closed", "is_decided")}
        connection.execute(sa.insert(editions).values(row))
    if changes.message is not None:
        row = dict(zip(("edition_id", "log_offset", "body"), changes.message, strict=True))
        connection.execute(sa.insert(held).values(row))
    if changes.closed is not None:
        here = editions.c.edition_id == changes.closed[0]
        connection.execute(sa.update(editions).where(here).values(closed_offset=changes.closed[1]))
    if changes.decided is not None:
        connection.execute(sa.update(editions).where(editions.c.edition_id == changes.decided).values(is_decided=True))
        connection.execute(sa.delete(held).where(held.c.edition_id == changes.decided))
    _keep_obligations(connection, changes.obligations)
    for obligation_id, life in changes.lives.items():
        newer = obligations.c.life["number"].as_integer() < life.number
        here = (obligations.c.obligation_id == obligation_id) & newer
        connection.execute(sa.update(obligations).where(here).values(life=as_plain(life)))
    _keep_mails(connection, changes.mails)
    _keep_entries(connection, changes.entries)


def obligations_for(
    connection: sa.Connection, district_id: str | None, state: str | None, school_id: str | None
) -> list[Case]:
    """Notices by last day, of one district or (None) all, with mails; the chapter is left out."""
    query: list[sa.ColumnElement[bool]] = []
    query += [obligations.c.district_id == district_id] if district_id is not None else []
    query += [obligations.c.state == state] if state else []
    query += [obligations.c.school_id == school_id] if school_id else []
    found = _obligations(connection, sa.and_(sa.true(), *query))
    of = _by_obligation(_mails(connection, [one.obligation_id for one in found]))
    return [Case(one, tuple(of.get(one.obligation_id, ())), {}) for one in found]


def obligation(connection: sa.Connection, obligation_id: UUID) -> Case | None:
    """One notice with its mails."""
    found = _obligations(connection, obligations.c.obligation_id == obligation_id)
    return Case(found[0], tuple(_mails(connection, [obligation_id])), {}) if found else None


def history(connection: sa.Connection, obligation_id: UUID) -> list[dict[str, Any]]:
    """What the log holds of one notice, in order."""
    query = sa.select(log.c.body).where(log.c.obligation_id == obligation_id).order_by(log.c.arrived)
    return list(connection.execute(query).scalars())


def counts(connection: sa.Connection) -> dict[str, int]:
    """Notices by state, mails that wait, and notices whose district address is refused."""
    by_state = sa.select(obligations.c.state, sa.func.count().label("notices")).group_by(obligations.c.state)
    found: dict[str, int] = {row.state: row.notices for row in connection.execute(by_state)}
    waiting = sa.select(sa.func.count()).select_from(mails).where(mails.c.state == PLANNED)
    refused = sa.select(sa.func.count(mails.c.obligation_id.distinct())).where(mails.c.state == REFUSED)
    found["mail_waiting"] = connection.execute(waiting).scalar_one()
    found["address_refused"] = connection.execute(refused).scalar_one()
    return found


def _keep_obligations(connection: sa.Connection, changed: Sequence[Obligation]) -> None:
    rows = [{**asdict(one), "reasons": list(one.reasons), "life": as_plain(one.life)} for one in changed]
    if not rows:
        return
    statement = insert(obligations)
    fresh = {name: statement.excluded[name] for name in rows[0] if name != "obligation_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["obligation_id"], set_=fresh), rows)


def _keep_mails(connection: sa.Connection, changed: Sequence[Mail]) -> None:
    """Writes mails; one known as sent stays as it is, whatever is told or planned later."""
    if not changed:
        return
    statement = insert(mails)
    rows = [asdict(one) for one in changed]
    fresh = {column.name: statement.excluded[column.name] for column in mails.c if not column.primary_key}
    upsert = statement.on_conflict_do_update(
        index_elements=["obligation_id", "purpose"], set_=fresh, where=mails.c.state != SENT
    )
    connection.execute(upsert, rows)


def _keep_entries(connection: sa.Connection, entries: Iterable[Entry]) -> None:
    rows = [asdict(entry) for entry in entries]
    if rows:
        connection.execute(insert(log).on_conflict_do_nothing(), rows)


def _head(connection: sa.Connection, edition_id: UUID) -> Head | None:
    row = connection.execute(sa.select(editions).where(editions.c.edition_id == edition_id)).one_or_none()
    if row is None:
        return None
    return Head(
        edition_id=row.edition_id,
        state=row.state,
        school_year=row.school_year,
        chapter=row.chapter,
        notified_on=row.notified_on,
        is_closed=row.closed_offset is not None,
        is_decided=row.is_decided,
    )


def _bodies(connection: sa.Connection, edition_id: UUID) -> list[bytes]:
    query = sa.select(held.c.body).where(held.c.edition_id == edition_id).order_by(held.c.log_offset)
    return list(connection.execute(query).scalars())


def _obligations(connection: sa.Connection, where: sa.ColumnElement[bool], *, lock: bool = False) -> list[Obligation]:
    query = sa.select(obligations).where(where).order_by(obligations.c.due_on, obligations.c.obligation_id)
    rows = connection.execute(query.with_for_update() if lock else query).mappings()
    return [_obligation(row) for row in rows]


def _obligation(row: sa.RowMapping) -> Obligation:
    values = {field.name: row[field.name] for field in fields(Obligation)}
    values["reasons"] = tuple(values["reasons"])
    values["life"] = from_plain(values["life"])
    return Obligation(**values)


def _mails(connection: sa.Connection, obligation_ids: Sequence[UUID]) -> list[Mail]:
    query = sa.select(mails).where(mails.c.obligation_id.in_(obligation_ids)).order_by(mails.c.not_before)
    return [_mail(row) for row in connection.execute(query).mappings()]


def _mail(row: sa.RowMapping) -> Mail:
    return Mail(**{column.name: row[column] for column in mails.c})


def _by_obligation(found: Iterable[Mail]) -> dict[UUID, list[Mail]]:
    grouped: dict[UUID, list[Mail]] = {}
    for mail in found:
        grouped.setdefault(mail.obligation_id, []).append(mail)
    return grouped


def _about(case: Case, purpose: str) -> Case:
    first = sorted(case.mails, key=lambda mail: mail.purpose != purpose)
    return Case(case.obligation, tuple(first), case.chapter)


def _cases(connection: sa.Connection, found: Sequence[Obligation]) -> list[Case]:
    wanted = {one.edition_id for one in found}
    query = sa.select(editions.c.edition_id, editions.c.chapter).where(editions.c.edition_id.in_(wanted))
    chapters = {row.edition_id: row.chapter for row in connection.execute(query)}
    of = _by_obligation(_mails(connection, [one.obligation_id for one in found]))
    return [Case(one, tuple(of.get(one.obligation_id, ())), chapters[one.edition_id]) for one in found]


def _restored(connection: sa.Connection) -> dict[UUID, Restored]:
    """What the log tells of notices that have no row here: all of them in a rebuilt database, none otherwise."""
    is_open_here = sa.exists().where(obligations.c.obligation_id == log.c.obligation_id)
    query = sa.select(log.c.obligation_id, log.c.type, log.c.body).where(~is_open_here).order_by(log.c.arrived)
    found: dict[UUID, Restored] = {}
    for obligation_id, kind, body in connection.execute(query):
        known = found.get(obligation_id, Restored())
        life = from_plain(body["life"]) if body.get("life") else None
        if life and known.life and life.number <= known.life.number:
            life = None
        found[obligation_id] = Restored(known.was_opened or kind == "notice.opened", life or known.life)
    return found
