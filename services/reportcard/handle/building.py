"""Building: the public cards of a whole edition, by the chapters that it carries, and what they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson

from services.reportcard.policy import law_of
from services.reportcard.rules.cards import Card, Sheet, cards_of, judged, left_out_rows
from services.reportcard.rules.corrections import former_of, stale_editions
from services.reportcard.rules.differences import difference
from services.reportcard.rules.entities import Designation, Entity, Head, Part, Reason
from services.reportcard.rules.progress import DUE, Built, Changed, Known, PublicCard
from services.reportcard.rules.suppression import Verdicts
from services.reportcard.rules.tables import frame_of, in_order, tables_of
from shared.events.designations import SchoolDesignated
from shared.events.editions import EditionOpened, EntityScored
from shared.events.fact import Fact
from shared.vocabulary.identity import fingerprint

_cell, _count = itemgetter("measure", "subgroup"), itemgetter("numerator", "denominator")

Scored = EntityScored | bytes
"""An entity's scores: the event, or its bytes as they were kept, which were checked when they came."""


@dataclass(frozen=True)
class Earlier:
    """An edition of the same year that is built: its scores, its verdicts as kept, its public cards."""

    edition_id: UUID
    scores: tuple[Scored, ...]
    verdicts: Mapping[str, bytes]
    cards: Mapping[tuple[str, str], Card]


@dataclass(frozen=True)
class Whole:
    """A due edition with all that its cards need. `others`: every other edition that is built."""

    opened: EditionOpened
    opened_offset: int
    scores: tuple[Scored, ...]
    designations: tuple[SchoolDesignated, ...]
    earlier: tuple[Earlier, ...]
    others: tuple[Known, ...]


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


def on_built(built: Built, status: str | None, now: datetime) -> tuple[Built | None, list[Fact], bool]:
    """Take the finished work once; a second worker's is the same and is let go."""
    return (built, [], True) if status == DUE else (None, [], False)


def _head(opened: EditionOpened) -> Head:
    return Head(str(opened.edition_id), opened.state, opened.school_year, opened.chapters)


def _known(whole: Whole) -> Known:
    history = {year: str(past_id) for year, past_id in whole.opened.history.items()}
    return Known(whole.opened.edition_id, whole.opened.school_year, history, whole.opened_offset)


def _entities(whole: Whole) -> list[Entity]:
    statuses = {event.school_id: _designation(event) for event in whole.designations}
    scored = [entity_of(each) for each in whole.scores]
    return [replace(one, designation=statuses.get(one.entity_id)) if one.level == "school" else one for one in scored]


def entity_of(scored: Scored) -> Entity:
    """The values of a score event, as the rules take them."""
    told = orjson.loads(scored) if isinstance(scored, bytes) else scored.model_dump(mode="json")
    rating, profile, counts = told["rating"], told["profile"], told["counts"]
    return Entity(
        level=told["level"],
        entity_id=told["entity_id"],
        name=profile["name"],
        district_id=profile["district_id"],
        district_name=profile["district_name"],
        grades=tuple(profile["grades"]),
        title_i=profile["title_i"],
        status=rating["status"],
        letter=rating["letter"],
        points=rating["points"],
        possible=rating["possible"],
        column=rating["column"],
        parts=tuple(_part(part) for part in rating["components"]),
        flags=tuple(rating["flags"]),
        counts=dict(zip(map(_cell, counts), map(_count, counts), strict=True)),
        left_out=tuple((one["measure"], one["reason"], one["students"]) for one in told["left_out"]),
    )


def _part(told: Mapping[str, Any]) -> Part:
    return Part(told["measure"], told["maximum"], told["points"], told["dropped"])


def _designation(event: SchoolDesignated) -> Designation:
    reasons = tuple(Reason(one.rule, one.status, one.decision, one.numbers, one.sentence) for one in event.reasons)
    return Designation(event.before, event.after, reasons, event.starts_on.isoformat())


def _verdicts_of(earlier: Earlier) -> Verdicts:
    places = in_order([entity_of(each).place() for each in earlier.scores])
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
