"""What a decision about a whole edition stands on: its head, its schools' scores, and what earlier editions decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from shared.vocabulary.identity import Fingerprint
from shared.vocabulary.statuses import GRADED


@dataclass(frozen=True)
class Head:
    """An edition's head. `history`: earlier school year → its edition. `chapters`: the law it carries."""

    edition_id: UUID
    state: str
    school_year: str
    history: Mapping[str, UUID]
    chapters: Mapping[str, Any]
    policy_fingerprint: str
    notified_on: date


class Earned(NamedTuple):
    """What a school earns when only a subgroup's students count; `rates`: measure → numerator, denominator.

    `points` exact text, before any rounding; None where too little of the scale is available.
    """

    points: str | None
    possible: str | None
    rates: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class SchoolYear:
    """A school in one edition: who it is, what it earned, and what each subgroup did.

    Points are exact text: "412" or "13/4".
    """

    school_id: str
    school_name: str
    district_id: str
    district_name: str
    notice_email: str | None
    title_i: bool
    status: str
    letter: str | None = None
    points: str | None = None
    exact_points: str | None = None
    possible: str | None = None
    column: str | None = None
    subgroups: Mapping[str, Earned] = field(default_factory=dict)

    @property
    def is_graded(self) -> bool:
        """Whether the school has a score in this edition."""
        return self.status == GRADED and self.points is not None and self.possible is not None


@dataclass(frozen=True)
class Past:
    """An edition of the history: its head, whether designation decided it, and its schools by id."""

    head: Head
    is_decided: bool
    schools: Mapping[str, SchoolYear]


# A school's standing: rule, and subgroup if it looks at one (rules.standing) → the school year of the identification.
Standing = Mapping[str, str]


@dataclass(frozen=True)
class EditionState:
    """All that is known when a message of an edition comes. Whatever its message does not need stays empty.

    `entities` counts the kept messages by level; `told` has grown over every kept message, in order.
    `past` is keyed by school year, `standings` by school: the latest that the history holds.
    """

    offset: int
    head: Head | None = None
    is_closed: bool = False
    entities: Mapping[str, int] = field(default_factory=dict)
    told: Fingerprint | None = None
    schools: tuple[SchoolYear, ...] = ()
    past: Mapping[str, Past] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)

    def after(self, changes: "EditionChanges", message: bytes) -> "EditionState":
        """What the edition's next message finds, once this one is kept."""
        if self.told is not None:
            self.told.add(message)
        level, school = changes.level, changes.school
        return replace(
            self,
            head=changes.head or self.head,
            is_closed=self.is_closed or changes.decided is not None,
            entities={**self.entities, level: self.entities.get(level, 0) + 1} if level else self.entities,
            schools=(*self.schools, school) if school else self.schools,
        )


@dataclass(frozen=True)
class Designated:
    """A decision as it is kept: the standing it leaves and the event's canonical text."""

    school_id: str
    district_id: str
    standing: Standing
    event: str


@dataclass(frozen=True)
class EditionChanges:
    """What a message changes: a new head, one more entity, a school's scores, or a decided edition."""

    edition_id: UUID
    offset: int
    head: Head | None = None
    level: str | None = None
    school: SchoolYear | None = None
    decided: tuple[Designated, ...] | None = None
