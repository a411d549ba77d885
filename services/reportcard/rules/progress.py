"""How far an edition has come: what a message, a build or a release finds, and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.vocabulary.identity import Fingerprint

SCORES = "scores"
DESIGNATIONS = "designations"

ARRIVING = "arriving"
DUE = "due"
BUILT = "built"

Half = tuple[UUID, str]
"""An edition, and which half of it."""


@dataclass(frozen=True)
class Arrival:
    """What is known of an edition when messages of one of its two halves come.

    `held` counts this half's kept messages by level, the opening one not among them; `told` grows over their bytes.
    Both are known only when a closing message is among those that come.
    """

    held: Mapping[str, int] = field(default_factory=dict)
    told: Fingerprint | None = None
    is_opened: bool = False
    is_closed: bool = False
    is_other_half_closed: bool = False

    def after(self, arrived: "Arrived") -> "Arrival":
        """What the half's next message finds."""
        if arrived.body is None:
            return replace(self, is_closed=True)
        if self.told is not None:
            self.told.add(arrived.body)
        if not arrived.level:
            return replace(self, is_opened=True)
        return replace(self, held={**self.held, arrived.level: self.held.get(arrived.level, 0) + 1})


@dataclass(frozen=True)
class Opening:
    """An edition's head, as a row."""

    state: str
    school_year: str
    history: Mapping[str, str]
    chapters: Mapping[str, Any]


@dataclass(frozen=True)
class Arrived:
    """What a message changes: a head, a kept message (bytes as they came), or a half that is whole."""

    edition_id: UUID
    half: str
    offset: int
    opening: Opening | None = None
    level: str = ""
    subject_id: str = ""
    body: bytes | None = None
    is_closed: bool = False
    status: str | None = None


@dataclass(frozen=True)
class Known:
    """An edition that may touch another: of the same year, or built on one."""

    edition_id: UUID
    school_year: str
    history: Mapping[str, str]
    opened_offset: int


@dataclass(frozen=True)
class PublicCard:
    """A card as the public gets it, and what a search needs. `body`: canonical JSON."""

    level: str
    entity_id: str
    name: str
    district_id: str | None
    district_name: str | None
    body: str


@dataclass(frozen=True)
class Changed:
    """One public value that a correction changed. `before` and `after` are displays, None where there was none."""

    former_id: UUID
    level: str
    entity_id: str
    place: str
    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Stale:
    """An edition that stands on another which has since been corrected."""

    edition_id: UUID
    because_of: UUID
    reason: str


@dataclass(frozen=True)
class Built:
    """The finished work on an edition: cards, fingerprint over them in order, verdicts, differences, stale editions."""

    edition_id: UUID
    cards: tuple[PublicCard, ...]
    fingerprint: str
    verdicts: Mapping[str, bytes]
    changed: tuple[Changed, ...]
    stale: tuple[Stale, ...]


@dataclass(frozen=True)
class Release:
    """Who opened an edition to the public, when, and the fingerprint of what they opened."""

    edition_id: UUID
    state: str
    school_year: str
    fingerprint: str
    released_by: str
    released_at: datetime


@dataclass(frozen=True)
class Releasable:
    """What releasing an edition stands on. `status` None: no such edition."""

    status: str | None
    state: str = ""
    school_year: str = ""
    fingerprint: str = ""
    release: Release | None = None
