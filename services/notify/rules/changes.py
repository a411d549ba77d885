"""What decisions are handed and what they give back: values between the pure inside and the database door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.notify.rules.lifecycle import Life
from services.notify.rules.mails import Mail
from services.notify.rules.obligations import Obligation


@dataclass(frozen=True)
class Head:
    """An edition's designations: whose, of which year, under which notify chapter."""

    edition_id: UUID
    state: str
    school_year: str
    chapter: dict[str, Any]
    notified_on: date
    is_closed: bool = False
    is_decided: bool = False


@dataclass(frozen=True)
class Arriving:
    """What a message of an edition is judged by: where it stood, the head, how many schools came, their fingerprint."""

    offset: int
    head: Head | None = None
    schools: int = 0
    fingerprint: str = ""


@dataclass(frozen=True)
class Restored:
    """What the log tells of a notice that this database has not opened yet."""

    was_opened: bool = False
    life: Life | None = None


@dataclass(frozen=True)
class Whole:
    """An edition to decide: the head, its schools' messages, and all that is known of its year."""

    head: Head
    messages: tuple[bytes, ...]
    decided: frozenset[UUID]
    known: tuple[Obligation, ...]
    mails: tuple[Mail, ...]
    restored: Mapping[UUID, Restored]


@dataclass(frozen=True)
class Case:
    """One notice with its mails and the chapter that governs it."""

    obligation: Obligation
    mails: tuple[Mail, ...]
    chapter: dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One fact of the notices' log, as JSON values."""

    event_id: UUID
    obligation_id: UUID
    type: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Changes:
    """What a decision changed; empty parts change nothing."""

    head: Head | None = None
    message: tuple[UUID, int, bytes] | None = None
    closed: tuple[UUID, int] | None = None
    decided: UUID | None = None
    obligations: tuple[Obligation, ...] = ()
    lives: Mapping[UUID, Life] = field(default_factory=dict)
    mails: tuple[Mail, ...] = ()
    entries: tuple[Entry, ...] = ()
