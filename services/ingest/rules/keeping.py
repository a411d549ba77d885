"""What is kept of a push: accepted items, standing records, parked and refused ones. Plain values, no opinion."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Reasons = dict[str, list[str]]  # JSON path -> messages

NEW, CHANGED, UNCHANGED, PARKED, REFUSED = "new", "changed", "unchanged", "parked", "refused"
OUTCOMES = (NEW, CHANGED, UNCHANGED, PARKED, REFUSED)


@dataclass(frozen=True, slots=True)
class Parent:
    """A record that another needs. `name` is the reference property that points at it."""

    record_id: UUID
    name: str
    owns: bool = False  # the school or district that the child belongs to


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes: a client, its kind, and its district if it is one."""

    client: str
    kind: str
    district_id: str | None

    @property
    def key(self) -> str:
        """What students' facts are keyed by: the submitting district, or "state"."""
        return self.district_id or "state"


@dataclass(frozen=True, slots=True)
class Item:
    """A pushed record that has the right shape. `record` holds the canonical fields; `body` the canonical JSON.

    `key`: the natural key's parts as text. `school_id`: the school it belongs to, or None (then the sender or the state
    decides the topic's key). `source_row`: where it stood in the file, from 1, or 0.
    """

    resource: str
    record_id: UUID
    key: tuple[str, ...]
    body: bytes
    digest: bytes
    record: dict[str, Any]
    parents: tuple[Parent, ...]
    school_id: str | None
    district_id: str | None
    school_year: str | None
    source_row: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pushed record that is not let in: its bytes, whole, and why. `record_id` if its key could be read."""

    resource: str
    body: bytes
    reasons: Reasons
    record_id: UUID | None = None
    status: int = 400
    source_row: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it stands. A deleted one stays, so that its next push is seen as new."""

    record_id: UUID
    resource: str
    revision: int
    digest: bytes
    is_deleted: bool
    school_id: str | None
    district_id: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parked record: the item, who sent it, and the parents that are missing."""

    item: Item
    sender: Sender
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A record that changed, under its new revision."""

    item: Item
    sender: Sender
    revision: int
    op: str  # upsert or delete


@dataclass(frozen=True, slots=True)
class Reply:
    """What one pushed record came to. `reasons` for a refusal, `waits_for` for a parked one."""

    outcome: str
    record_id: UUID | None
    revision: int = 0
    reasons: Reasons = field(default_factory=dict)
    waits_for: tuple[str, ...] = ()
    refusal_id: UUID | None = None
    status: int = 200
