"""What a card is made of: an edition's head, an entity's scores, a school's designation. Plain values, unsuppressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.reportcard.rules.amounts import Amount
from services.reportcard.rules.suppression import Earned
from services.reportcard.rules.tables import Counts, Place


@dataclass(frozen=True)
class Head:
    """An edition: which year, which chapters of the law (service -> name -> {value, tag, source})."""

    edition_id: str
    state: str
    school_year: str
    chapters: Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One row of the points table; `points` is exact text, None when dropped, with the reason in `dropped`."""

    measure: str
    maximum: str
    points: str | None
    dropped: str | None


@dataclass(frozen=True)
class Reason:
    """Why a status stands or not. The numbers are exact text; where they are not public the sentence holds none."""

    rule: str
    status: str
    decision: str
    numbers: Mapping[str, str]
    sentence: str
    subgroup: str | None = None
    numbers_are_public: bool = True


@dataclass(frozen=True)
class Designation:
    """A school's statuses under the edition, and since when its clocks run (ISO day)."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    reasons: tuple[Reason, ...]
    starts_on: str


@dataclass(frozen=True)
class Entity:
    """A school, district or the state, as scored. `left_out`: (measure, reason, students).

    `findings`: (code, measure, number).
    """

    level: str
    entity_id: str
    name: str
    district_id: str | None
    district_name: str | None
    grades: tuple[str, ...]
    title_i: bool
    status: str
    letter: str | None
    points: str | None
    possible: str | None
    column: str | None
    parts: tuple[Part, ...]
    flags: tuple[str, ...]
    counts: Counts
    left_out: tuple[tuple[str, str, int], ...]
    amounts: tuple[Amount, ...] = ()
    findings: tuple[tuple[str, str, str], ...] = ()
    designation: Designation | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Level and id."""
        return (self.level, self.entity_id)

    def place(self) -> Place:
        """Where its cells stand among all cells."""
        return Place(self.level, self.entity_id, self.district_id, self.counts)

    def earned(self) -> Earned:
        """The measures its published total is the sum of."""
        counted = tuple(part.measure for part in self.parts if part.points is not None)
        return Earned(self.level, self.entity_id, counted if self.points is not None else ())
