"""The public card of a school, district or the state: only what suppression has passed. Source: SUPP-5."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from services.reportcard.rules.blocks import component, measure_block, series_block
from services.reportcard.rules.cells import Cell, plain
from services.reportcard.rules.entities import Designation, Entity, Reason
from services.reportcard.rules.left_out import left_out_of
from services.reportcard.rules.masks import BARE, CODED, SHOWN
from services.reportcard.rules.parts import parts_of
from services.reportcard.rules.sheets import Card, Sheet, explain_base
from services.reportcard.rules.suppression import Protection, Verdicts, decide
from services.reportcard.rules.tables import WIDTH
from shared.vocabulary.statuses import STATUS_LABELS
from shared.vocabulary.subgroups import LABELS


def cards_of(sheet: Sheet, entities: list[Entity]) -> Iterator[tuple[Entity, Card]]:
    """Each entity's card: state, districts, schools, each by id."""
    for entity in sorted(entities, key=lambda one: sheet.verdicts.frame.place_of[one.key]):
        yield entity, card_of(entity, sheet)


def judged(entities: list[Entity], law: Protection, former: Any = None) -> Verdicts:
    """The verdicts on all cells of an edition."""
    return decide([entity.place() for entity in entities], [entity.earned() for entity in entities], law, former)


def card_of(entity: Entity, sheet: Sheet) -> Card:
    """One card. The order of everything in it is that of names and ids, never that of a value."""
    first = sheet.verdicts.frame.place_of[entity.key] * WIDTH
    base = explain_base(sheet.head.edition_id, entity)
    series = sheet.given((table.name for table in sheet.series), first)
    return {
        "edition_id": sheet.head.edition_id,
        "state": sheet.head.state,
        "state_name": sheet.shown.state_name,
        "school_year": sheet.head.school_year,
        "level": entity.level,
        "entity_id": entity.entity_id,
        "name": entity.name,
        "district": {"district_id": entity.district_id, "name": entity.district_name} if entity.district_id else None,
        "grades": list(entity.grades),
        "title_i": entity.title_i,
        "rating": _rating(entity, first, base, sheet),
        "sections": parts_of(entity, first, base, sheet),
        "measures": [measure_block(table, first, base, sheet) for table in sheet.rates],
        "participation": [measure_block(table, first, base, sheet) for table in sheet.taking_part],
        "levels": [series_block(sheet.by_name[name], first, base, sheet) for name in series],
        "left_out": left_out_of(entity, first, sheet.left_out, sheet.shown.bands, sheet.masking),
        "designation": _with_receipt(_designation(entity, first, sheet), base),
        "footnotes": dict(sheet.shown.footnotes),
    }


def _rating(entity: Entity, first: int, base: str, sheet: Sheet) -> Card:
    withheld = entity.key in sheet.verdicts.totals_withheld
    points: Cell | None = None
    if entity.points is not None:
        points = {"display": sheet.masking.star_mask if withheld else entity.points}
    return {
        "status": entity.status,
        "letter": entity.letter,
        "points": points,
        "possible": plain(entity.possible) if entity.possible else None,
        "column": entity.column,
        "components": [component(part, first, base, sheet) for part in entity.parts],
        "flags": [flag for flag in entity.flags if flag != sheet.shown.participation.flag or _follows(first, sheet)],
        "explain": f"{base}/points",
    }


def _follows(first: int, sheet: Sheet) -> bool:
    """Whether too little participation follows from what the card shows: else the flag would tell of a masked rate."""
    rule = sheet.shown.participation
    for table in sheet.taking_part:
        if table.subject in rule.subjects:
            verdict, students = sheet.verdicts.by_table[table.name][first], table.students[first]
            if verdict in (SHOWN, BARE, CODED) and Fraction(table.numerators[first][0], students) < rule.share:
                return True
    return False


def _designation(entity: Entity, first: int, sheet: Sheet) -> Card | None:
    found = entity.designation
    if found is None:
        return None
    withheld = entity.key in sheet.verdicts.totals_withheld
    return {
        "statuses": [{"status": status, "label": STATUS_LABELS.get(status, status)} for status in found.after],
        "before": list(found.before),
        "starts_on": found.starts_on,
        "reasons": _reasons(found, withheld, first, sheet),
        "support_link": sheet.shown.support_link if found.after else None,
    }


def _with_receipt(designation: Card | None, base: str) -> Card | None:
    return designation and {**designation, "explain": f"{base}/status"}


def _reasons(found: Designation, withheld: bool, first: int, sheet: Sheet) -> list[Card]:
    """Rule, decision and subgroup; numbers only of statuses that rest on published totals; sentences without others.

    Of a single subgroup, only what identifies, holds or releases the school.
    """
    rows = []
    for reason in found.reasons:
        if reason.subgroup is not None and reason.decision in ("not_identified", "not_evaluated"):
            continue
        row: Card = {"rule": reason.rule, "status": reason.status, "decision": reason.decision}
        row["label"] = STATUS_LABELS.get(reason.status, reason.status)
        if reason.subgroup is not None:
            row |= {"subgroup": reason.subgroup, "group": LABELS.get(reason.subgroup, reason.subgroup)}
        if reason.status in sheet.shown.open_statuses and not withheld and _rests_on_public(reason, first, sheet):
            row |= {"numbers": dict(reason.numbers), "sentence": reason.sentence}
        elif not reason.numbers_are_public and not withheld:
            row["sentence"] = reason.sentence
        rows.append(row)
    return rows


def _rests_on_public(reason: Reason, first: int, sheet: Sheet) -> bool:
    """Whether the reason's numbers are public, and so are the counts of the measure that they would tell."""
    measure = sheet.shown.numbers_rest_on.get(reason.rule.rsplit(" ", 1)[-1])
    verdicts = sheet.verdicts.by_table.get(measure) if measure else None
    return reason.numbers_are_public and (verdicts is None or verdicts[first] == SHOWN)
