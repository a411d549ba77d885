"""accountability.editions.v1: a certified edition in order: opened, entities, closed. Groups and counts only.

Exact numbers travel as text: a Fraction as "13/4", a Decimal as "95". Counts are integers.
"""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, TypeAdapter

from shared.events.envelope import Event, Frozen, Text
from shared.events.topic import Topic


class Count(Frozen):
    """A measure of a subgroup: `numerator` in the measure's units (hundredths for growth), `denominator` students."""

    measure: Text
    subgroup: Text
    numerator: int
    denominator: int


class LeftOut(Frozen):
    """Students of the entity that a measure does not count, and why (a reason code of the scoring chapter)."""

    measure: Text
    reason: Text
    students: int


class Component(Frozen):
    """One row of the points table. `share` is exact, uncapped; `points` exact, after the cap; None when dropped."""

    measure: Text
    maximum: Text
    share: Text | None
    points: Text | None
    dropped: Text | None = None


class Rating(Frozen):
    """What an entity earned. `status`: GRADED or why not; `points`: the rounded total; `exact_points`: before."""

    status: Text
    letter: Text | None = None
    points: Text | None = None
    exact_points: Text | None = None
    possible: Text | None = None
    column: Text | None = None
    components: tuple[Component, ...] = ()
    flags: tuple[Text, ...] = ()


class Rate(Frozen):
    """A measure of a subgroup, as `Count`, named where its subgroup is."""

    measure: Text
    numerator: int
    denominator: int


class SubgroupScore(Frozen):
    """What an entity earns when only a subgroup's students count (section 9b), and the rates that statuses read.

    `points` exact, before any rounding; None where too little of the scale is available.
    """

    subgroup: Text
    points: Text | None
    possible: Text | None
    rates: tuple[Rate, ...] = ()


class Amount(Frozen):
    """A number that counts no students: numerator ÷ denominator, both exact text, in `unit` (dollars, fte, …).

    `denominator` None: nothing to divide by (GEN-3: the number is then not there, never 0).
    """

    measure: Text
    numerator: Text
    denominator: Text | None
    unit: Text


class Finding(Frozen):
    """What a person should look at: a code, the measure it touches, and how much of it there is, as text."""

    code: Text
    measure: Text
    number: Text


class Profile(Frozen):
    """Who the entity is, as of the cut. For a district `district_id` is its own; for the state None."""

    name: Text
    district_id: Text | None = None
    district_name: Text | None = None
    notice_email: Text | None = None
    grades: tuple[Text, ...] = ()
    title_i: bool = False


class EditionOpened(Event):
    """The head of an edition: everything that its id is made of."""

    type: Literal["edition.opened"] = "edition.opened"
    edition_id: UUID
    state: Text
    school_year: Text
    cut_revision: int
    history: dict[str, UUID]
    chapters: dict[str, Any]
    policy_fingerprint: Text
    notified_on: date


class EntityRated(Event):
    """The scores of one school, district or the state, read without the counts they come with."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["entity.scored"] = "entity.scored"
    edition_id: UUID
    level: Literal["school", "district", "state"]
    entity_id: Text
    profile: Profile
    rating: Rating
    subgroups: tuple[SubgroupScore, ...] = ()


class EntityScored(EntityRated):
    """The scores of one school, district or the state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: tuple[Count, ...]
    left_out: tuple[LeftOut, ...]
    amounts: tuple[Amount, ...] = ()
    findings: tuple[Finding, ...] = ()


class EditionClosed(Event):
    """The foot: how many of each level, and the SHA-256 over every earlier message's bytes, in order."""

    type: Literal["edition.closed"] = "edition.closed"
    edition_id: UUID
    entities: dict[str, int]
    checksum: Text


EditionEvent = Annotated[EditionOpened | EntityScored | EditionClosed, Field(discriminator="type")]
EDITIONS = Topic("accountability.editions.v1", 1, "state", TypeAdapter(EditionEvent), "Certified editions.")

_RatedEvent = Annotated[EditionOpened | EntityRated | EditionClosed, Field(discriminator="type")]
RATINGS = replace(EDITIONS, events=TypeAdapter(_RatedEvent))
"""The same topic for a reader of ratings: nine tenths of its bytes are counts, which need not become objects."""
