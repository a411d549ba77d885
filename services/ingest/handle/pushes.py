"""Decides what becomes of pushed records: let in, parked or refused; and what waited for them goes in with them."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.ingest.handle.facts import facts_of
from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import (
    CHANGED,
    NEW,
    PARKED,
    REFUSED,
    UNCHANGED,
    Item,
    Kept,
    Refusal,
    Reply,
    Sender,
    Waiting,
    Write,
)
from shared.events.fact import Fact
from shared.events.rejections import REJECTIONS, RecordRefused
from shared.vocabulary.identity import fact_id

NOT_YOURS = "this record belongs to another district; only its own district may write it."
WAITS = "another district's record waits under this key; push this one again when the directory has its school."


@dataclass(frozen=True)
class Push:
    """Records of one client or several, in order. `submission`: the bulk submission they are a chunk of."""

    state: str
    entries: Sequence[tuple[Sender, Item | Refusal]]
    submission: UUID | None = None
    resend_of: UUID | None = None  # the refusal that a client mends with this push


@dataclass(frozen=True)
class Known:
    """What stands of the pushed records, their parents, and what waits for them. `revision`: the last one drawn."""

    revision: int
    kept: dict[UUID, Kept]
    waiting: dict[UUID, Waiting]
    refused: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A refusal to keep, under its id."""

    refusal_id: UUID
    sender: Sender
    refusal: Refusal


@dataclass(frozen=True)
class Changes:
    """What to write. `settled`: records that are in now, so that their open refusals are resolved."""

    revision: int
    writes: Sequence[Write]
    new_ids: frozenset[UUID]
    parked: Sequence[Waiting] = ()
    unparked: Sequence[UUID] = ()
    refused: Sequence[Refused] = ()
    settled: Sequence[UUID] = ()
    resolved: UUID | None = None
    submission: UUID | None = None
    replies: Sequence[Reply] = ()
    at: datetime | None = None


@dataclass
class _Desk:
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


def on_push(push: Push, known: Known, now: datetime) -> tuple[Changes, list[Fact], list[Reply]]:
    """Lets records in, parks those whose parents are missing, keeps the refused; frees what waited for them."""
    desk = _Desk(known.revision, dict(known.kept), dict(known.waiting))
    for waiting in known.waiting.values():
        _index(desk, waiting)
    replies = [_decide(desk, push.state, sender, entry) for sender, entry in push.entries]
    resolved = push.resend_of if replies and replies[0].outcome != REFUSED else None
    return (*_decided(push, desk, known, replies, resolved, now), replies)


def on_release(push: Push, known: Known, now: datetime) -> tuple[Changes, list[Fact], int]:
    """Lets in parked records whose parents all stand: those a push left over because there were too many at once."""
    desk = _Desk(known.revision, dict(known.kept), dict(known.waiting))
    for waiting in known.waiting.values():
        if all(_stands(desk, parent.record_id) for parent in waiting.item.parents):
            _let_in(desk, push.state, waiting)
    return (*_decided(push, desk, known, [], None, now), len(desk.unparked))


def _decided(
    push: Push, desk: _Desk, known: Known, replies: list[Reply], resolved: UUID | None, now: datetime
) -> tuple[Changes, list[Fact]]:
    changes = Changes(
        revision=desk.revision,
        writes=desk.writes,
        new_ids=frozenset(desk.new_ids),
        parked=list(desk.parked.values()),
        unparked=sorted(desk.unparked - desk.parked.keys()),
        refused=list(desk.refused.values()),
        settled=list(desk.settled),
        resolved=resolved,
        submission=push.submission,
        replies=replies,
        at=now,
    )
    fresh = (refused for refused in desk.refused.values() if refused.refusal_id not in known.refused)
    return changes, [*facts_of(push.state, desk.writes), *map(_refusal_fact, fresh)]


def _decide(desk: _Desk, state: str, sender: Sender, entry: Item | Refusal) -> Reply:
    if isinstance(entry, Refusal):
        return _refuse(desk, state, sender, entry)
    if not _may_write(desk, sender, entry):
        return _refuse(desk, state, sender, _not_yours(entry))
    missing = tuple(parent.name for parent in entry.parents if not _stands(desk, parent.record_id))
    if missing and _waits_for_another(desk, sender, entry):
        return _refuse(desk, state, sender, _not_yours(entry, WAITS))
    desk.settled[entry.record_id] = None
    if missing:
        waiting = Waiting(entry, sender, missing)
        desk.waiting[entry.record_id] = desk.parked[entry.record_id] = waiting
        _index(desk, waiting)
        return Reply(PARKED, entry.record_id, waits_for=missing, status=201)
    return _accept(desk, state, sender, entry)


def _accept(desk: _Desk, state: str, sender: Sender, item: Item) -> Reply:
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
    revision = desk.revision
    if is_new:
        _release(desk, state, item.record_id)
    return Reply(NEW if is_new else CHANGED, item.record_id, revision, status=201 if is_new else 200)


def _release(desk: _Desk, state: str, parent: UUID) -> None:
    """Lets in whatever waited for a parent and has all its parents now; whatever waited for that, in turn."""
    for child in desk.children.pop(parent, ()):
        waiting = desk.waiting.get(child)
        if waiting is None or not all(_stands(desk, needed.record_id) for needed in waiting.item.parents):
            continue
        _let_in(desk, state, waiting)


def _let_in(desk: _Desk, state: str, waiting: Waiting) -> None:
    if _may_write(desk, waiting.sender, waiting.item):
        _accept(desk, state, waiting.sender, waiting.item)
        return
    # only now is it plain whose school it names
    desk.waiting.pop(waiting.item.record_id)
    desk.unparked.add(waiting.item.record_id)
    desk.parked.pop(waiting.item.record_id, None)
    _refuse(desk, state, waiting.sender, _not_yours(waiting.item))


def _index(desk: _Desk, waiting: Waiting) -> None:
    for parent in waiting.item.parents:
        if not _stands(desk, parent.record_id):
            desk.children[parent.record_id].append(waiting.item.record_id)


def _stands(desk: _Desk, record_id: UUID) -> bool:
    kept = desk.kept.get(record_id)
    return kept is not None and not kept.is_deleted


def _may_write(desk: _Desk, sender: Sender, item: Item) -> bool:
    """The state may write every record; a district its own. Whose an unknown school is shows when it comes."""
    if sender.kind == "state":
        return True
    if item.district_id is not None:
        return item.district_id == sender.district_id
    owner = next((desk.kept.get(parent.record_id) for parent in item.parents if parent.owns), None)
    return owner is None or owner.is_deleted or owner.district_id == sender.district_id


def _waits_for_another(desk: _Desk, sender: Sender, item: Item) -> bool:
    """Whether another district's record waits in this place: neither may take it before the school says whose it is."""
    waiting = desk.waiting.get(item.record_id)
    if waiting is None or "state" in (sender.kind, waiting.sender.kind):
        return False
    return waiting.sender.district_id != sender.district_id and _may_write(desk, waiting.sender, waiting.item)


def _not_yours(item: Item, why: str = NOT_YOURS) -> Refusal:
    owner = next((parent.name for parent in item.parents if parent.owns), BY_NAME[item.resource].name)
    return Refusal(item.resource, item.body, {f"$.{owner}": [why]}, item.record_id, 403, item.source_row)


def _refuse(desk: _Desk, state: str, sender: Sender, refusal: Refusal) -> Reply:
    refusal_id = refusal_id_of(state, sender, refusal)
    if refusal.record_id is not None:
        desk.settled.pop(refusal.record_id, None)  # the last word on this key was a bad one
    desk.refused[refusal_id] = Refused(refusal_id, sender, refusal)
    return Reply(REFUSED, refusal.record_id, reasons=refusal.reasons, refusal_id=refusal_id, status=refusal.status)


def refusal_id_of(state: str, sender: Sender, refusal: Refusal) -> UUID:
    """The same bytes refused again are the same refusal."""
    return fact_id("refused", state, sender.client, refusal.resource, hashlib.sha256(refusal.body).hexdigest())


def _refusal_fact(refused: Refused) -> Fact:
    event = RecordRefused(
        event_id=fact_id("record.refused", refused.refusal_id),
        refusal_id=str(refused.refusal_id),
        client=refused.sender.client,
        resource=refused.refusal.resource,
        body_base64=base64.b64encode(refused.refusal.body).decode(),
        reasons={path: tuple(messages) for path, messages in refused.refusal.reasons.items()},
    )
    return Fact(REJECTIONS, refused.sender.client, event)
