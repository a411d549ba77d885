"""Small editions, and a log that hands them to designation's real worker transaction on a real database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.designation import stream
from shared.events.designations import DESIGNATIONS, DesignationsClosed, SchoolDesignated
from shared.events.editions import (
    EDITIONS,
    EditionClosed,
    EditionOpened,
    EntityScored,
    Profile,
    Rate,
    Rating,
    SubgroupScore,
)
from shared.events.envelope import Event
from shared.events.rejections import REJECTIONS
from shared.policy import reader
from shared.runtime import outbox
from shared.runtime.transaction import Handled, Message, Transactions
from shared.vocabulary.identity import fact_id, fingerprint
from shared.vocabulary.measures import unit_of

STATE = "ms"
CHAPTERS = {service: reader.chapter(STATE, service, "2024-25") for service in ("designation", "scoring")}
NOTIFIED_ON = date(2025, 9, 15)


def make_school(
    school_id: str, points: int | None, letter: str = "F", *, title_i: bool = True, district_id: str = "D1"
) -> tuple[str, Profile, Rating]:
    """A school of the 700-point scale; without points it is not rated."""
    profile = Profile(
        name=f"School {school_id}", district_id=district_id, district_name=f"District {district_id}", title_i=title_i
    )
    if points is None:
        return school_id, profile, Rating(status="NOT_RATED_INSUFFICIENT_DATA")
    text = str(points)
    rating = Rating(
        status="GRADED", letter=letter, points=text, exact_points=text, possible="700", column="elementary_middle"
    )
    return school_id, profile, rating


def make_group(
    subgroup: str, index: str | None, reading: str = "50", math: str = "50", growth: str = "50", students: int = 100
) -> SubgroupScore:
    """A subgroup: its index, proficiency and growth in percent."""
    percents = {
        "reading.proficiency": reading,
        "math.proficiency": math,
        "reading.growth": growth,
        "math.growth": growth,
    }
    rates = (
        Rate(
            measure=measure, numerator=int(Fraction(percent) * students * unit_of(measure) / 100), denominator=students
        )
        for measure, percent in percents.items()
    )
    return SubgroupScore(subgroup=subgroup, points=index, possible=index and "100", rates=tuple(rates))


def make_cohort(graduates: int, cohort: int) -> SubgroupScore:
    """All students of a school, with its graduation cohort."""
    rate = Rate(measure="graduation.rate", numerator=graduates, denominator=cohort)
    return SubgroupScore(subgroup="all", points=None, possible=None, rates=(rate,))


def make_edition(
    school_year: str,
    schools: Sequence[tuple[str, Profile, Rating]],
    history: dict[str, UUID] | None = None,
    chapters: dict[str, Any] | None = None,
    cut: int = 1,
    groups: Mapping[str, Sequence[SubgroupScore]] | None = None,
) -> list[Event]:
    """The messages of an edition: opened, schools by id, one district, the state, closed. `groups`: by school id."""
    edition_id = fact_id("edition", school_year, cut)
    opened = EditionOpened(
        event_id=fact_id("edition.opened", edition_id),
        edition_id=edition_id,
        state=STATE,
        school_year=school_year,
        cut_revision=cut,
        history=history or {},
        chapters=chapters or CHAPTERS,
        policy_fingerprint="f" * 64,
        notified_on=NOTIFIED_ON,
    )
    others = [("D1", Profile(name="District D1", district_id="D1")), (STATE, Profile(name="State"))]
    entities = [
        *(
            _scored(edition_id, "school", *school, tuple((groups or {}).get(school[0], ())))
            for school in sorted(schools, key=lambda each: each[0])
        ),
        *(
            _scored(edition_id, level, entity_id, profile, Rating(status="GRADED"))
            for level, (entity_id, profile) in zip(("district", "state"), others, strict=True)
        ),
    ]
    messages: list[Event] = [opened, *entities]
    return [*messages, close(messages, schools=len(schools))]


def close(messages: Sequence[Event], *, schools: int) -> EditionClosed:
    """The closing message that fits these messages."""
    opened = messages[0]
    assert isinstance(opened, EditionOpened)
    return EditionClosed(
        event_id=fact_id("edition.closed", opened.edition_id),
        edition_id=opened.edition_id,
        entities={"school": schools, "district": 1, "state": 1},
        checksum=fingerprint(message.to_bytes() for message in messages),
    )


def edition_id_of(messages: Sequence[Event]) -> UUID:
    opened = messages[0]
    assert isinstance(opened, EditionOpened)
    return opened.edition_id


class Log:
    """The editions topic as designation's worker sees it, and what its outbox then holds."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._offset = 0
        self._transactions = Transactions(
            engine, "designation", stream.ROUTES, lambda: datetime(2026, 1, 1, tzinfo=UTC)
        )

    def send(self, messages: Sequence[Event]) -> Handled:
        """One batch."""
        batch = [
            Message(EDITIONS.name, 0, self._offset + place, STATE.encode(), message.to_bytes())
            for place, message in enumerate(messages)
        ]
        self._offset += len(batch)
        return self._transactions.handle(batch)

    def published(self) -> list[Event]:
        """Everything designation published on its topic, in order."""
        return [DESIGNATIONS.decode(value) for value in self._values(DESIGNATIONS.name)]

    def published_bytes(self) -> list[bytes]:
        return self._values(DESIGNATIONS.name)

    def rejections(self) -> list[Any]:
        return [REJECTIONS.decode(value) for value in self._values(REJECTIONS.name)]

    def schools(self, edition: Sequence[Event]) -> dict[str, SchoolDesignated]:
        """An edition's designations by school id."""
        wanted = edition_id_of(edition)
        return {
            event.school_id: event
            for event in self.published()
            if isinstance(event, SchoolDesignated) and event.edition_id == wanted
        }

    def closed(self, edition: Sequence[Event]) -> DesignationsClosed:
        wanted = edition_id_of(edition)
        (event,) = [
            event for event in self.published() if isinstance(event, DesignationsClosed) and event.edition_id == wanted
        ]
        return event

    def _values(self, topic: str) -> list[bytes]:
        query = sa.select(outbox.rows.c.value).where(outbox.rows.c.topic == topic).order_by(outbox.rows.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(query).scalars())


def _scored(
    edition_id: UUID,
    level: Any,
    entity_id: str,
    profile: Profile,
    rating: Rating,
    subgroups: tuple[SubgroupScore, ...] = (),
) -> EntityScored:
    return EntityScored(
        event_id=fact_id("entity.scored", edition_id, level, entity_id),
        edition_id=edition_id,
        level=level,
        entity_id=entity_id,
        profile=profile,
        rating=rating,
        counts=(),
        left_out=(),
        subgroups=subgroups,
    )
