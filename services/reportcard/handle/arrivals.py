"""Taking in: messages of either half of an edition are kept as they come, until its closing one finds it whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.reportcard.policy import law_of
from services.reportcard.rules.progress import DESIGNATIONS, DUE, SCORES, Arrival, Arrived, Half, Opening
from shared.events.designations import DesignationsClosed, DesignationsOpened, SchoolDesignated
from shared.events.editions import EditionClosed, EditionOpened, EntityScored
from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable

_HALVES: Mapping[type[Event], str] = {
    EditionOpened: SCORES,
    EntityScored: SCORES,
    EditionClosed: SCORES,
    DesignationsOpened: DESIGNATIONS,
    SchoolDesignated: DESIGNATIONS,
    DesignationsClosed: DESIGNATIONS,
}


@dataclass(frozen=True)
class Delivery:
    """An event, where on its topic it stood, and its bytes as they came."""

    event: Event
    offset: int
    value: bytes


def half_of(event: Event) -> Half:
    """The edition that a message belongs to, and which half of it."""
    edition_id: UUID = getattr(event, "edition_id")  # noqa: B009 (every event of both topics has one)
    return edition_id, _HALVES[type(event)]


def on_deliveries(
    run: Sequence[Delivery], arrivals: Mapping[Half, Arrival], now: datetime
) -> tuple[list[Arrived], list[Fact], None]:
    """Keep messages, in order, each as if the ones before it had been written. The clock is not asked."""
    known = dict(arrivals)
    taken: list[Arrived] = []
    for each in run:
        half = half_of(each.event)
        arrived = _arrived(each, half, known[half])
        taken.append(arrived)
        known[half] = known[half].after(arrived)
        if arrived.is_closed:
            known |= {
                (i, h): replace(a, is_other_half_closed=True)
                for (i, h), a in known.items()
                if i == half[0] and h != half[1]
            }
    return taken, [], None


def _arrived(each: Delivery, half: Half, state: Arrival) -> Arrived:
    event = each.event
    if isinstance(event, EditionOpened):
        return _kept(each, half, state, opening=_opening(event))
    if isinstance(event, DesignationsOpened):
        return _kept(each, half, state)
    if isinstance(event, EntityScored):
        return _kept(each, half, state, event.level, event.entity_id)
    if isinstance(event, SchoolDesignated):
        return _kept(each, half, state, "school", event.school_id)
    if isinstance(event, EditionClosed):
        return _closed(each, half, state, event.entities, event.checksum)
    if isinstance(event, DesignationsClosed):
        return _closed(each, half, state, {"school": event.schools}, event.checksum)
    raise Unusable(f"{type(event).__name__} is no message of an edition")


def _opening(event: EditionOpened) -> Opening:
    """An edition whose chapters cannot decide its cards is refused at its head, loudly, not when they are built."""
    try:
        law_of(event.chapters)
    except KeyError as missing:
        raise Unusable(f"edition {event.edition_id}: it carries no chapter or entry {missing}") from None
    except ValueError as error:
        raise Unusable(f"edition {event.edition_id}: {error}") from None
    history = {year: str(past_id) for year, past_id in event.history.items()}
    return Opening(event.state, event.school_year, history, event.chapters)


def _kept(
    each: Delivery,
    half: Half,
    state: Arrival,
    level: str = "",
    subject_id: str = "",
    opening: Opening | None = None,
) -> Arrived:
    edition_id, name = half
    is_head = not level
    if is_head and state.is_opened:
        raise Unusable(f"edition {edition_id}: its {name} were opened before")
    if not is_head and not state.is_opened:
        raise Unusable(f"edition {edition_id}: its {name} were never opened")
    if state.is_closed:
        raise Unusable(f"edition {edition_id}: its {name} are closed already")
    return Arrived(edition_id, name, each.offset, opening, level, subject_id, each.value)


def _closed(each: Delivery, half: Half, state: Arrival, promised: Mapping[str, int], checksum: str) -> Arrived:
    edition_id, name = half
    if not state.is_opened or state.is_closed:
        raise Unusable(f"edition {edition_id}: its {name} are {'closed already' if state.is_closed else 'not opened'}")
    expected = {level: count for level, count in promised.items() if count}
    if expected != dict(state.held):
        raise Unusable(f"edition {edition_id}: its {name} promise {expected}, {dict(state.held)} came")
    if state.told is None or checksum != state.told.hexdigest():
        raise Unusable(f"edition {edition_id}: the checksum does not fit the {name} that came")
    status = DUE if state.is_other_half_closed else None
    return Arrived(edition_id, name, each.offset, is_closed=True, status=status)
