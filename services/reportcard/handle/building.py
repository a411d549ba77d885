"""Building: the public cards of a whole edition, by the chapters that it carries, and what they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson

from services.reportcard.policy import law_of
from services.reportcard.rules.amounts import Amount
from services.reportcard.rules.cards import cards_of, judged
from services.reportcard.rules.corrections import former_of, stale_editions
from services.reportcard.rules.differences import difference
from services.reportcard.rules.entities import Designation, Entity, Head, Part, Reason
from services.reportcard.rules.left_out import left_out_rows
from services.reportcard.rules.progress import DUE, Built, Changed, Known, PublicCard
from services.reportcard.rules.sheets import Card, Sheet
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
    """An edition of the same year that is built: its scores, its verdicts and its public cards, also as kept."""

    edition_id: UUID
    scores: tuple[Scored, ...]
    verdicts: Mapping[str, bytes]
    cards: Mapping[tuple[str, str], Card | str]


@dataclass(frozen=True)
class Scores:
    """The half of an edition that its verdicts stand on, and the earlier editions of the year."""

    opened: EditionOpened
    opened_offset: int
    scores: tuple[Scored, ...]
    earlier: tuple[Earlier, ...]


@dataclass(frozen=True)
class Judged:
    """Scores with the verdict on each of their cells: all of an edition's work that needs no designation."""

    opened: EditionOpened
    opened_offset: int
    entities: tuple[Entity, ...]
    verdicts: Verdicts
    earlier: tuple[Earlier, ...]


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
    scores = Scores(whole.opened, whole.opened_offset, whole.scores, whole.earlier)
    return build_judged(judge(scores), whole.designations, whole.others)


def judge(half: Scores) -> Judged:
    """What of every cell may be published."""
    law = law_of(half.opened.chapters)
    entities = [entity_of(each) for each in half.scores]
    former = former_of([entity.place() for entity in entities], [_verdicts_of(one) for one in half.earlier])
    verdicts = judged(entities, law.protection, former)
    return Judged(half.opened, half.opened_offset, tuple(entities), verdicts, half.earlier)


def build_judged(half: Judged, designations: Sequence[SchoolDesignated], others: Sequence[Known]) -> Built:
    """The cards of judged scores, once the designations are there."""
    law = law_of(half.opened.chapters)
    entities = _designated(half.entities, designations)
    rows = left_out_rows(entities)
    sheet = Sheet(_head(half.opened), half.verdicts, law.protection.masking, law.shown, rows)
    cards = tuple(_public(entity, card) for entity, card in cards_of(sheet, entities))
    return Built(
        edition_id=half.opened.edition_id,
        cards=cards,
        fingerprint=fingerprint(card.body.encode() for card in cards),
        verdicts={name: bytes(cells) for name, cells in half.verdicts.by_table.items()},
        changed=tuple(_changed(cards, half.earlier)),
        stale=stale_editions(_known(half), others),
    )


def on_built(built: Built, status: str | None, now: datetime) -> tuple[Built | None, list[Fact], bool]:
    """Take the finished work once; a second worker's is the same and is let go."""
    return (built, [], True) if status == DUE else (None, [], False)


def _head(opened: EditionOpened) -> Head:
    return Head(str(opened.edition_id), opened.state, opened.school_year, opened.chapters)


def _known(half: Judged) -> Known:
    history = {year: str(past_id) for year, past_id in half.opened.history.items()}
    return Known(half.opened.edition_id, half.opened.school_year, history, half.opened_offset)


def _designated(entities: Sequence[Entity], designations: Sequence[SchoolDesignated]) -> list[Entity]:
    found = {event.school_id: _designation(event) for event in designations}
    return [replace(one, designation=found.get(one.entity_id)) if one.level == "school" else one for one in entities]


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
        amounts=tuple(Amount(**one) for one in told.get("amounts", ())),
        findings=tuple((one["code"], one["measure"], one["number"]) for one in told.get("findings", ())),
    )


def _part(told: Mapping[str, Any]) -> Part:
    return Part(told["measure"], told["maximum"], told["points"], told["dropped"])


def _designation(event: SchoolDesignated) -> Designation:
    reasons = tuple(
        Reason(one.rule, one.status, one.decision, one.numbers, one.sentence, one.subgroup, one.numbers_are_public)
        for one in event.reasons
    )
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
        card = _card(now.get(key))
        for one in earlier:
            for place, label, before, after in difference(_card(one.cards.get(key)), card):
                rows.append(Changed(one.edition_id, *key, place, label, before, after))
    return rows


def _card(kept: Card | str | None) -> Card | None:
    card: Card | None = orjson.loads(kept) if isinstance(kept, str) else kept
    return card
