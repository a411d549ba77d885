"""Decides which notices a school's statuses open and end under one edition. Source: NOTICE-1, NOTICE-2, NOTICE-5."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from services.notify.rules.deadlines import Clock, due
from services.notify.rules.lifecycle import CURED, EVIDENCED, Life, StatusEnded, Terms, had_gone_out, moved
from services.notify.rules.reminders import Schedule
from shared.vocabulary.identity import fact_id

ON_IDENTIFICATION, EVERY_YEAR = "on_identification", "every_year"
CORRECTION = "correction"


@dataclass(frozen=True)
class Law:
    """One kind of notice: which statuses owe it, when, and its clock, terms, schedule and words."""

    kind: str
    statuses: tuple[str, ...]
    owed: str
    clock: Clock
    correction: Clock
    terms: Terms
    schedule: Schedule
    labels: dict[str, str] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    checklist: tuple[str, ...] = ()
    tell_when_withdrawn: bool = False

    def terms_of(self, one: "Obligation") -> Terms:
        """The terms; a correction's lateness counts in the days of its own clock."""
        return self.terms if one.corrects is None else replace(self.terms, days=self.correction.days)

    def schedule_of(self, one: "Obligation") -> Schedule:
        """The schedule; a correction's reminders and rungs count in the days of its own clock."""
        return self.schedule if one.corrects is None else replace(self.schedule, days=self.correction.days)


@dataclass(frozen=True)
class School:
    """What an edition says of a school. `reasons` are the sentences of its statuses; `starts_on` the legal start."""

    school_id: str
    name: str
    district_id: str
    district_name: str
    notice_email: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    starts_on: date
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Obligation:
    """A notice that a school owes its parents. `corrects`: the notice it takes back; `replaces`: the one it follows."""

    obligation_id: UUID
    kind: str
    school_id: str
    school_name: str
    district_id: str
    district_name: str
    notice_email: str | None
    school_year: str
    status: str
    sequence: int
    starts_on: date
    due_on: date
    method: str
    edition_id: UUID
    known_on: date
    reasons: tuple[str, ...] = ()
    corrects: UUID | None = None
    replaces: UUID | None = None
    life: Life = field(default_factory=Life)


@dataclass(frozen=True)
class Edition:
    """The edition being decided: its id and year, the editions decided before it, the day it became known."""

    edition_id: UUID
    school_year: str
    decided: frozenset[UUID]
    known_on: date


def obligation_id(kind: str, school_id: str, school_year: str, status: str, sequence: int = 1) -> UUID:
    """The id: kind, school, year and status; a status that went and came back within the year adds its sequence."""
    again = (sequence,) if sequence > 1 else ()
    return fact_id("obligation", kind, school_id, school_year, status, *again)


def after_edition(school: School, known: Iterable[Obligation], law: Law, edition: Edition) -> list[Obligation]:
    """A school's notices of one kind and year, after an edition: kept, ended, opened; unchanged ones included.

    A status that stands keeps its notice, start and mails; only names, address and edition move. A status that
    is gone ends it. A status newly identified, or put in the place of one that is gone, opens a notice.
    """
    mine = list(known)
    standing = {one.status: one for one in mine if one.corrects is None and _stands(one, edition)}
    gone = [one for status, one in standing.items() if status not in school.after]
    opened = [
        _opened(school, status, _sequence(mine, status), law, edition, gone)
        for status in law.statuses
        if status in school.after and status not in standing and (gone or _is_owed(school, status, law))
    ]
    kept = [_refreshed(one, school, edition) for one in standing.values() if one.status in school.after]
    ended = [_ended(one, school, opened, law, edition) for one in gone]
    taken_back = [] if opened else [_correction(one, school, law, edition) for one in ended if had_gone_out(one.life)]
    moot = [_moot(one, school, opened, law, edition) for one in mine if one.corrects is not None]
    touched = {one.obligation_id: one for one in (*kept, *ended, *opened, *moot)}
    touched.update({one.obligation_id: one for one in taken_back if one.obligation_id not in touched})
    return list(touched.values())


def _is_owed(school: School, status: str, law: Law) -> bool:
    return law.owed == EVERY_YEAR or status not in school.before


def _stands(one: Obligation, edition: Edition) -> bool:
    """Not ended by an edition decided before this one. What a later edition ended still stands: this is a rebuild."""
    return one.life.ended_by is None or one.life.ended_by not in edition.decided


def _sequence(known: list[Obligation], status: str) -> int:
    return 1 + sum(one.status == status and one.corrects is None for one in known)


def _opened(
    school: School, status: str, sequence: int, law: Law, edition: Edition, gone: list[Obligation]
) -> Obligation:
    last = due(law.clock, school.starts_on)
    return _about(
        school, law.kind, status, sequence, edition,
        due_on=last.on, method=last.method, replaces=gone[0].obligation_id if gone else None,
    )  # fmt: skip


def _correction(one: Obligation, school: School, law: Law, edition: Edition) -> Obligation:
    last = due(law.correction, school.starts_on)
    return _about(
        school, f"{one.kind}.{CORRECTION}", one.status, one.sequence, edition,
        due_on=last.on, method=last.method, corrects=one.obligation_id,
    )  # fmt: skip


def _about(
    school: School, kind: str, status: str, sequence: int, edition: Edition, due_on: date, method: str,
    corrects: UUID | None = None, replaces: UUID | None = None,
) -> Obligation:  # fmt: skip
    return Obligation(
        obligation_id=obligation_id(kind, school.school_id, edition.school_year, status, sequence),
        kind=kind,
        school_id=school.school_id,
        school_name=school.name,
        district_id=school.district_id,
        district_name=school.district_name,
        notice_email=school.notice_email,
        school_year=edition.school_year,
        status=status,
        sequence=sequence,
        starts_on=school.starts_on,
        due_on=due_on,
        method=method,
        edition_id=edition.edition_id,
        known_on=edition.known_on,
        reasons=tuple(sentence for about, sentence in school.reasons if about == status),
        corrects=corrects,
        replaces=replaces,
    )


def _refreshed(one: Obligation, school: School, edition: Edition) -> Obligation:
    return replace(
        one,
        school_name=school.name,
        district_id=school.district_id,
        district_name=school.district_name,
        notice_email=school.notice_email,
        edition_id=edition.edition_id,
        reasons=tuple(sentence for about, sentence in school.reasons if about == one.status),
    )


def _ended(one: Obligation, school: School, opened: list[Obligation], law: Law, edition: Edition) -> Obligation:
    by = opened[0].obligation_id if opened else None
    act = StatusEnded(school.starts_on, edition.edition_id, by)
    return replace(one, life=moved(one.life, act, one.starts_on, one.due_on, law.terms_of(one)))


def _moot(one: Obligation, school: School, opened: list[Obligation], law: Law, edition: Edition) -> Obligation:
    """A correction still owed falls away when its status, or another, is given to the school after all."""
    if not opened or one.life.state in (EVIDENCED, CURED):
        return one
    return _ended(one, school, opened, law, edition)
