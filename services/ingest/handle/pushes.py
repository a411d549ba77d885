"""Decides what becomes of pushed records: let in, parked or refused; and what waited for them goes in with them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.ingest.handle.desk import Desk, Refused, Tests, decide, index, let_in, refusal_fact, stands
from services.ingest.handle.facts import facts_of, facts_of_table
from services.ingest.handle.tables import Accepted, TableStanding, accept_together
from services.ingest.rules.bodies import Fields
from services.ingest.rules.descriptors import Program
from services.ingest.rules.fitting import form_of
from services.ingest.rules.keeping import REFUSED, Item, Kept, Refusal, Reply, Sender, Waiting, Write
from services.ingest.rules.tables import Hex, Table
from shared.events.fact import Fact


@dataclass(frozen=True)
class Push:
    """Records of one client or several, in order. `submission`: the bulk submission they are a piece of.

    `table`: records that one client sends together; none of `entries` has the key of one of them.
    """

    state: str
    entries: Sequence[tuple[Sender, Item | Refusal]]
    submission: UUID | None = None
    resend_of: UUID | None = None  # the refusal that a client mends with this push
    table: tuple[Sender, Table] | None = None


@dataclass(frozen=True)
class Known:
    """What stands of the pushed records, their parents, and what waits for them. `revision`: the last one drawn.

    `are_refused`: whether any refusal stands unresolved. `tests`: of the pushed and waiting results, those that stand;
    `programs`: what tests each program gives.
    """

    revision: int
    kept: dict[UUID, Kept]
    waiting: dict[UUID, Waiting]
    refused: frozenset[UUID] = frozenset()
    table: TableStanding = field(default_factory=TableStanding)
    are_refused: bool = True
    tests: Mapping[Hex, Fields] = field(default_factory=dict)
    programs: Mapping[str, Program] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What to write. `settled`: records that are in now, so that their open refusals are resolved.

    `counts`: how many records of each (resource, outcome). `replies`: what became of each that was decided by itself.
    """

    revision: int
    writes: Sequence[Write]
    new_ids: frozenset[UUID]
    tables: Sequence[Accepted] = ()
    parked: Sequence[Waiting] = ()
    unparked: Sequence[UUID] = ()
    refused: Sequence[Refused] = ()
    settled: Sequence[Hex] = ()
    resolved: UUID | None = None
    submission: UUID | None = None
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    replies: Sequence[Reply] = ()
    at: datetime | None = None


def on_push(push: Push, known: Known, now: datetime) -> tuple[Changes, list[Fact], Changes]:
    """Lets records in, parks those whose parents are missing, keeps the refused; frees what waited for them.

    A piece of a submission is told as a load, and what it frees with it; so is what a single push frees as a push.
    The reply is what changed: `replies` in the order of the push's entries, `counts` of everything.
    """
    desk = _desk(known)
    for waiting in known.waiting.values():
        index(desk, waiting)
    accepted, doubtful = accept_together(desk, *push.table, known.table) if push.table else ((), [])
    entries = [*push.entries, *doubtful]
    replies = [decide(desk, push.state, sender, entry) for sender, entry in entries]
    resolved = push.resend_of if replies and replies[0].outcome != REFUSED else None
    counts = Counter((entry.resource, reply.outcome) for (_, entry), reply in zip(entries, replies, strict=True))
    for each in accepted:
        counts[each.table.resource.name, each.outcome] += len(each.table)
    changes, facts = _decided(push, desk, known, now, accepted, is_load=push.submission is not None)
    changes = replace(changes, counts=counts, replies=replies, resolved=resolved)
    return changes, facts, changes


def on_release(push: Push, known: Known, now: datetime) -> tuple[Changes, list[Fact], int]:
    """Lets in parked records whose parents all stand: those a push left over because there were too many at once.

    So many are told as a load.
    """
    desk = _desk(known)
    for waiting in known.waiting.values():
        if all(stands(desk, parent.record_id) for parent in waiting.item.parents):
            let_in(desk, push.state, waiting)
    return (*_decided(push, desk, known, now, is_load=True), len(desk.unparked))


def _desk(known: Known) -> Desk:
    forms = {key: form_of(test, known.programs) for key, test in known.tests.items()}
    return Desk(known.revision, dict(known.kept), dict(known.waiting), tests=Tests(forms, known.programs))


def _decided(
    push: Push, desk: Desk, known: Known, now: datetime, tables: Sequence[Accepted] = (), *, is_load: bool
) -> tuple[Changes, list[Fact]]:
    settled: list[Hex] = []
    if known.are_refused or desk.refused:
        settled = [each.hex for each in desk.settled] + [key for each in tables for key in each.table.ids]
    changes = Changes(
        revision=desk.revision,
        writes=desk.writes,
        new_ids=frozenset(desk.new_ids),
        tables=tables,
        parked=list(desk.parked.values()),
        unparked=sorted(desk.unparked - desk.parked.keys()),
        refused=list(desk.refused.values()),
        settled=settled,
        submission=push.submission,
        at=now,
    )
    facts = [fact for each in tables for fact in facts_of_table(push.state, each, is_load=is_load)]
    fresh = (refused for refused in desk.refused.values() if refused.refusal_id not in known.refused)
    facts += facts_of(push.state, desk.writes, is_load=is_load)
    return changes, [*facts, *map(refusal_fact, fresh)]
