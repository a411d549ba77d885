"""What reportcard decides: when an edition is whole, what its cards say, and what a release opens. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import orjson

from services.reportcard.policy import law_of
from services.reportcard.rules.cards import Card, Sheet, cards_of, judged, left_out_rows
from services.reportcard.rules.corrections import former_of, stale_editions
from services.reportcard.rules.differences import difference
from services.reportcard.rules.entities import Designation, Entity, Head, Part, Reason
from services.reportcard.rules.progress import (
    BUILT,
    DESIGNATIONS,
    DUE,
    SCORES,
    Arrival,
    Arrived,
    Built,
    Changed,
    Known,
    Opening,
    PublicCard,
    Releasable,
    Release,
)
from services.reportcard.rules.suppression import Verdicts
from services.reportcard.rules.tables import frame_of, in_order, tables_of
from shared.events.designations import DesignationsClosed, DesignationsOpened, SchoolDesignated
from shared.events.editions import EditionClosed, EditionOpened, EntityScored
from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable
from shared.events.published import PUBLISHED, EditionReleased
from shared.vocabulary.identity import fact_id, fingerprint

Outcome = tuple[Arrived, list[Fact], None]


@dataclass(frozen=True)
class Earlier:
    """An edition of the same year that is built: its scores, its verdicts as kept, its public cards."""

    edition_id: UUID
    scores: tuple[EntityScored, ...]
    verdicts: Mapping[str, bytes]
    cards: Mapping[tuple[str, str], Card]


@dataclass(frozen=True)
class Whole:
    """A due edition with all that its cards need. `others`: every other edition that is built."""

    opened: EditionOpened
    opened_offset: int
    scores: tuple[EntityScored, ...]
    designations: tuple[SchoolDesignated, ...]
    earlier: tuple[Earlier, ...]
    others: tuple[Known, ...]


@dataclass(frozen=True)
class ReleaseCommand:
    """A state client's wish to open an edition."""

    edition_id: UUID
    client_id: str


def on_edition_event(event: Event, state: Arrival, now: datetime) -> Outcome:
    """Keep a message of the scores; on the closing one, find the half whole. The clock is not asked."""
    if isinstance(event, EditionOpened):
        _check_law(event)
        opening = Opening(
            event.state,
            event.school_year,
            {year: str(past_id) for year, past_id in event.history.items()},
            event.chapters,
        )
        return _kept(event.edition_id, event, SCORES, state, opening=opening)
    if isinstance(event, EntityScored):
        return _kept(event.edition_id, event, SCORES, state, event.level, event.entity_id)
    if isinstance(event, EditionClosed):
        return _closed(event.edition_id, SCORES, event.entities, event.checksum, state)
    raise Unusable(f"{type(event).__name__} is no message of an edition")


def on_designation_event(event: Event, state: Arrival, now: datetime) -> Outcome:
    """Keep a message of the designations; on the closing one, find the half whole."""
    if isinstance(event, DesignationsOpened):
        return _kept(event.edition_id, event, DESIGNATIONS, state)
    if isinstance(event, SchoolDesignated):
        return _kept(event.edition_id, event, DESIGNATIONS, state, "school", event.school_id)
    if isinstance(event, DesignationsClosed):
        return _closed(event.edition_id, DESIGNATIONS, {"school": event.schools}, event.checksum, state)
    raise Unusable(f"{type(event).__name__} is no message of an edition's designations")


def on_released(event: Event, state: Release | None, now: datetime) -> tuple[Release, list[Fact], None]:
    """Restore a release from the service's own topic; the first release of an edition stands."""
    if not isinstance(event, EditionReleased):
        raise Unusable(f"{type(event).__name__} is no release")
    return state or _release_of(event), [], None


def on_built(built: Built, status: str | None, now: datetime) -> tuple[Built | None, list[Fact], bool]:
    """Take the finished work once; a second worker's is the same and is let go."""
    return (built, [], True) if status == DUE else (None, [], False)


def on_release(
    command: ReleaseCommand, state: Releasable, now: datetime
) -> tuple[Release | None, list[Fact], Release | str]:
    """Open a built edition; a second time gives the first release. The reply is the release, or why not."""
    if state.release is not None:
        return None, [], state.release
    if state.status is None:
        return None, [], "unknown"
    if state.status != BUILT:
        return None, [], state.status
    event = EditionReleased(
        event_id=fact_id("edition.released", command.edition_id),
        edition_id=command.edition_id,
        state=state.state,
        school_year=state.school_year,
        fingerprint=state.fingerprint,
        released_by=command.client_id,
        released_at=now,
    )
    release = _release_of(event)
    return release, [Fact(PUBLISHED, state.state, event)], release


def build(whole: Whole) -> Built:
    """Every public card of an edition, by the chapters that it carries. The same messages give the same bytes."""
    law = law_of(whole.opened.chapters)
    entities = _entities(whole)
    earlier = [_verdicts_of(one) for one in whole.earlier]
    former = former_of([entity.place() for entity in entities], earlier)
    verdicts = judged(entities, law.protection, former)
    rows = left_out_rows(entities)
    sheet = Sheet(_head(whole.opened), verdicts, law.protection.masking, law.shown, rows)
    cards = tuple(_public(entity, card) for entity, card in cards_of(sheet, entities))
    return Built(
        edition_id=whole.opened.edition_id,
        cards=cards,
        fingerprint=fingerprint(card.body.encode() for card in cards),
        verdicts={name: bytes(cells) for name, cells in verdicts.by_table.items()},
        changed=tuple(_changed(cards, whole.earlier)),
        stale=stale_editions(_known(whole), whole.others),
    )


def _check_law(event: EditionOpened) -> None:
    """An edition whose chapters cannot decide its cards is refused at its head, loudly, not when they are built."""
    try:
        law_of(event.chapters)
    except KeyError as missing:
        raise Unusable(f"edition {event.edition_id}: it carries no chapter or entry {missing}") from None
    except ValueError as error:
        raise Unusable(f"edition {event.edition_id}: {error}") from None


def _kept(
    edition_id: UUID,
    event: Event,
    half: str,
    state: Arrival,
    level: str = "",
    subject_id: str = "",
    opening: Opening | None = None,
) -> Outcome:
    is_head = not level
    if is_head and state.is_opened:
        raise Unusable(f"edition {edition_id}: its {half} were opened before")
    if not is_head and not state.is_opened:
        raise Unusable(f"edition {edition_id}: its {half} were never opened")
    if state.is_closed:
        raise Unusable(f"edition {edition_id}: its {half} are closed already")
    return Arrived(edition_id, half, state.offset, opening, level, subject_id, event.to_bytes()), [], None


def _closed(edition_id: UUID, half: str, promised: Mapping[str, int], checksum: str, state: Arrival) -> Outcome:
    if not state.is_opened or state.is_closed:
        raise Unusable(f"edition {edition_id}: its {half} are {'closed already' if state.is_closed else 'not opened'}")
    expected = {level: count for level, count in promised.items() if count}
    if expected != dict(state.held):
        raise Unusable(f"edition {edition_id}: its {half} promise {expected}, {dict(state.held)} came")
    if checksum != state.checksum:
        raise Unusable(f"edition {edition_id}: the checksum does not fit the {half} that came")
    status = DUE if state.is_other_half_closed else None
    return Arrived(edition_id, half, state.offset, is_closed=True, status=status), [], None


def _release_of(event: EditionReleased) -> Release:
    return Release(
        event.edition_id,
        event.state,
        event.school_year,
        event.fingerprint,
        event.released_by,
        event.released_at,
    )


def _head(opened: EditionOpened) -> Head:
    return Head(str(opened.edition_id), opened.state, opened.school_year, opened.chapters)


def _known(whole: Whole) -> Known:
    history = {year: str(past_id) for year, past_id in whole.opened.history.items()}
    return Known(whole.opened.edition_id, whole.opened.school_year, history, whole.opened_offset)


def _entities(whole: Whole) -> list[Entity]:
    statuses = {event.school_id: _designation(event) for event in whole.designations}
    scored = [entity_of(event) for event in whole.scores]
    return [replace(one, designation=statuses.get(one.entity_id)) if one.level == "school" else one for one in scored]


def entity_of(event: EntityScored) -> Entity:
    """The values of a score event, as the rules take them."""
    rating, profile = event.rating, event.profile
    return Entity(
        level=event.level,
        entity_id=event.entity_id,
        name=profile.name,
        district_id=profile.district_id,
        district_name=profile.district_name,
        grades=profile.grades,
        title_i=profile.title_i,
        status=rating.status,
        letter=rating.letter,
        points=rating.points,
        possible=rating.possible,
        column=rating.column,
        parts=tuple(Part(part.measure, part.maximum, part.points, part.dropped) for part in rating.components),
        flags=rating.flags,
        counts={(count.measure, count.subgroup): (count.numerator, count.denominator) for count in event.counts},
        left_out=tuple((one.measure, one.reason, one.students) for one in event.left_out),
    )


def _designation(event: SchoolDesignated) -> Designation:
    reasons = tuple(Reason(one.rule, one.status, one.decision, one.numbers, one.sentence) for one in event.reasons)
    return Designation(event.before, event.after, reasons, event.starts_on.isoformat())


def _verdicts_of(earlier: Earlier) -> Verdicts:
    places = in_order([entity_of(event).place() for event in earlier.scores])
    by_table = {name: tuple(cells) for name, cells in earlier.verdicts.items()}
    tables = tuple(table for table in tables_of(places) if table.name in by_table)
    return Verdicts(frame_of(places), tables, by_table, frozenset())


def _public(entity: Entity, card: Card) -> PublicCard:
    body = orjson.dumps(card, option=orjson.OPT_SORT_KEYS).decode()  # a card holds no float: canonical JSON
    return PublicCard(entity.level, entity.entity_id, entity.name, entity.district_id, entity.district_name, body)


def _changed(cards: Sequence[PublicCard], earlier: Sequence[Earlier]) -> list[Changed]:
    if not earlier:
        return []
    now = {(card.level, card.entity_id): card.body for card in cards}
    rows = []
    for key in sorted({*now, *(key for one in earlier for key in one.cards)}):
        card = orjson.loads(now[key]) if key in now else None
        for one in earlier:
            for place, label, before, after in difference(one.cards.get(key), card):
                rows.append(Changed(one.edition_id, *key, place, label, before, after))
    return rows
