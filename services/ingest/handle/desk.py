"""Decides on one pushed record after the other: let in, parked or refused; and what waited for it goes in with it."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.descriptors import Program
from services.ingest.rules.fitting import RESULTS, TEST_PLACE, TESTS, Form, form_of, misfit
from services.ingest.rules.keeping import (
    CHANGED,
    NEW,
    PARKED,
    REFUSED,
    UNCHANGED,
    Item,
    Kept,
    Reasons,
    Refusal,
    Reply,
    Sender,
    Waiting,
    Write,
)
from services.ingest.rules.tables import Hex
from shared.events.fact import Fact
from shared.events.rejections import REJECTIONS, RecordRefused
from shared.vocabulary.identity import fact_id

NOT_YOURS = "this record belongs to another district; only its own district may write it."
WAITS = "another district's record waits under this key; push this one again when the directory has its school."


@dataclass(frozen=True)
class Refused:
    """A refusal to keep, under its id."""

    refusal_id: UUID
    sender: Sender
    refusal: Refusal


@dataclass
class Tests:
    """What each test asks of its results, by the id of its record, and the programs that tests are given in."""

    forms: dict[Hex, Form]
    programs: Mapping[str, Program]


@dataclass
class Desk:
    """The state of one push while its records are looked at one after the other."""

    revision: int
    kept: dict[UUID, Kept]
    waiting: dict[UUID, Waiting]
    writes: list[Write] = field(default_factory=list)
    new_ids: set[UUID] = field(default_factory=set)
    unparked: set[UUID] = field(default_factory=set)
    parked: dict[UUID, Waiting] = field(default_factory=dict)
    refused: dict[UUID, Refused] = field(default_factory=dict)
    settled: dict[UUID, None] = field(default_factory=dict)  # an ordered set
    children: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    tests: Tests = field(default_factory=lambda: Tests({}, {}))


def decide(desk: Desk, state: str, sender: Sender, entry: Item | Refusal) -> Reply:
    if isinstance(entry, Refusal):
        return refuse(desk, state, sender, entry)
    if not _may_write(desk, sender, entry):
        return refuse(desk, state, sender, not_yours(entry))
    if reasons := _misfit(desk, entry):
        return refuse(desk, state, sender, _refusal(entry, reasons))
    missing = tuple(parent.name for parent in entry.parents if not stands(desk, parent.record_id))
    if missing and _waits_for_another(desk, sender, entry):
        return refuse(desk, state, sender, not_yours(entry, WAITS))
    desk.settled[entry.record_id] = None
    if missing:
        waiting = Waiting(entry, sender, missing)
        desk.waiting[entry.record_id] = desk.parked[entry.record_id] = waiting
        index(desk, waiting)
        return Reply(PARKED, entry.record_id, waits_for=missing, status=201)
    return _accept(desk, state, sender, entry)


def _accept(desk: Desk, state: str, sender: Sender, item: Item) -> Reply:
    if desk.waiting.pop(item.record_id, None) is not None:
        desk.unparked.add(item.record_id)
        desk.parked.pop(item.record_id, None)
    before = desk.kept.get(item.record_id)
    is_new = before is None or before.is_deleted
    if before is not None and not is_new and before.digest == item.digest:
        return Reply(UNCHANGED, item.record_id, before.revision)
    desk.revision += 1
    desk.writes.append(Write(item, sender, desk.revision, "upsert"))
    if before is None:
        desk.new_ids.add(item.record_id)
    desk.kept[item.record_id] = Kept(
        item.record_id, item.resource, desk.revision, item.digest, False, item.school_id, item.district_id
    )
    if item.resource == TESTS:
        desk.tests.forms[item.record_id.hex] = form_of(item.record, desk.tests.programs)
    revision = desk.revision
    if is_new:
        _release(desk, state, item.record_id)
    return Reply(NEW if is_new else CHANGED, item.record_id, revision, status=201 if is_new else 200)


def _release(desk: Desk, state: str, parent: UUID) -> None:
    """Lets in whatever waited for a parent and has all its parents now; whatever waited for that, in turn."""
    for child in desk.children.pop(parent, ()):
        waiting = desk.waiting.get(child)
        if waiting is None or not all(stands(desk, needed.record_id) for needed in waiting.item.parents):
            continue
        let_in(desk, state, waiting)


def let_in(desk: Desk, state: str, waiting: Waiting) -> None:
    item = waiting.item
    refusal = None if _may_write(desk, waiting.sender, item) else not_yours(item)
    if refusal is None and (reasons := _misfit(desk, item)):
        refusal = _refusal(item, reasons)
    if refusal is None:
        _accept(desk, state, waiting.sender, item)
        return
    # only now is it plain whose school, or which test, it names
    desk.waiting.pop(item.record_id)
    desk.unparked.add(item.record_id)
    desk.parked.pop(item.record_id, None)
    refuse(desk, state, waiting.sender, refusal)


def index(desk: Desk, waiting: Waiting) -> None:
    for parent in waiting.item.parents:
        if not stands(desk, parent.record_id):
            desk.children[parent.record_id].append(waiting.item.record_id)


def stands(desk: Desk, record_id: UUID) -> bool:
    kept = desk.kept.get(record_id)
    return kept is not None and not kept.is_deleted


def _may_write(desk: Desk, sender: Sender, item: Item) -> bool:
    """The state may write every record; a district its own. Whose an unknown school is shows when it comes."""
    if sender.kind == "state":
        return True
    if item.district_id is not None:
        return item.district_id == sender.district_id
    owner = next((desk.kept.get(parent.record_id) for parent in item.parents if parent.owns), None)
    return owner is None or owner.is_deleted or owner.district_id == sender.district_id


def _waits_for_another(desk: Desk, sender: Sender, item: Item) -> bool:
    """Whether another district's record waits in this place: neither may take it before the school says whose it is."""
    waiting = desk.waiting.get(item.record_id)
    if waiting is None or "state" in (sender.kind, waiting.sender.kind):
        return False
    return waiting.sender.district_id != sender.district_id and _may_write(desk, waiting.sender, waiting.item)


def _misfit(desk: Desk, item: Item) -> Reasons:
    """Why a result cannot be one of its test, if that is known."""
    if item.resource != RESULTS:
        return {}
    form = desk.tests.forms.get(item.parents[TEST_PLACE].record_id.hex)
    return misfit(item.record, form) if form is not None else {}


def not_yours(item: Item, why: str = NOT_YOURS) -> Refusal:
    owner = next((parent.name for parent in item.parents if parent.owns), BY_NAME[item.resource].name)
    return _refusal(item, {f"$.{owner}": [why]}, 403)


def _refusal(item: Item, reasons: Reasons, status: int = 400) -> Refusal:
    return Refusal(item.resource, item.body, reasons, item.record_id, status, item.source_row)


def tests_named(items: Iterable[Item]) -> set[Hex]:
    """The tests that results among the items name."""
    return {item.parents[TEST_PLACE].record_id.hex for item in items if item.resource == RESULTS}


def refuse(desk: Desk, state: str, sender: Sender, refusal: Refusal) -> Reply:
    refusal_id = refusal_id_of(state, sender, refusal)
    if refusal.record_id is not None:
        desk.settled.pop(refusal.record_id, None)  # the last word on this key was a bad one
    desk.refused[refusal_id] = Refused(refusal_id, sender, refusal)
    return Reply(REFUSED, refusal.record_id, reasons=refusal.reasons, refusal_id=refusal_id, status=refusal.status)


def refusal_id_of(state: str, sender: Sender, refusal: Refusal) -> UUID:
    """The same bytes refused again are the same refusal."""
    return fact_id("refused", state, sender.client, refusal.resource, hashlib.sha256(refusal.body).hexdigest())


def refusal_fact(refused: Refused) -> Fact:
    event = RecordRefused(
        event_id=fact_id("record.refused", refused.refusal_id),
        refusal_id=str(refused.refusal_id),
        client=refused.sender.client,
        resource=refused.refusal.resource,
        body_base64=base64.b64encode(refused.refusal.body).decode(),
        reasons={path: tuple(messages) for path, messages in refused.refusal.reasons.items()},
    )
    return Fact(REJECTIONS, refused.sender.client, event)
