"""Moves one parent notice from state to state, for every kind alike. Source: NOTICE-4, NOTICE-5 (PROPOSED)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.notify.rules.deadlines import Days, days_after, days_between

OPEN, SENT, EVIDENCED, OVERDUE, CURED, SUPERSEDED = (
    "open",
    "sent",
    "evidenced",
    "overdue",
    "cured",
    "superseded",
)
STATES = (OPEN, SENT, EVIDENCED, OVERDUE, CURED, SUPERSEDED)
RUNNING = (OPEN, SENT, OVERDUE)
REPLACED, WITHDRAWN = "replaced", "withdrawn"


class NotAllowed(ValueError):
    """An act that the notice's state does not admit. The message says why and what would mend it."""


@dataclass(frozen=True)
class Terms:
    """What the machine needs of the law: how lateness and follow-up days count, and when what falls due."""

    days: Days
    follow_up: Days
    evidence_within: int
    finding_after: int


@dataclass(frozen=True)
class Evidence:
    """Proof of sending as handed in. `sent_on`: the day it proves; `details`: NOTICE-4's counts and papers, as text."""

    kind: str
    reference: str
    sent_on: date
    given_on: date
    details: tuple[tuple[str, str], ...] = ()
    accepted: bool | None = None


@dataclass(frozen=True)
class Life:
    """Where a notice stands. `number` counts its moves; a flag, once true, tells history and is kept."""

    state: str = OPEN
    number: int = 0
    sent_on: date | None = None
    channel: str | None = None
    evidence: Evidence | None = None
    days_late: int = 0
    late_sent: bool = False
    evidence_late: bool = False
    overdue_since: date | None = None
    disproved: bool = False
    finding_on: date | None = None
    reason: str | None = None
    ended: str | None = None
    ended_by: UUID | None = None
    superseded_by: UUID | None = None


@dataclass(frozen=True)
class DayBegan:
    """A day began in the clock's zone."""

    on: date


@dataclass(frozen=True)
class NoticeSent:
    """The school says that the letters left on `sent_on`; heard on `on`."""

    on: date
    sent_on: date
    channel: str


@dataclass(frozen=True)
class EvidenceGiven:
    """Proof was handed in on `on`."""

    on: date
    evidence: Evidence


@dataclass(frozen=True)
class EvidenceDecided:
    """The state accepted or rejected the proof; rejecting an accepted one revokes it."""

    on: date
    accepted: bool
    reason: str


@dataclass(frozen=True)
class StatusEnded:
    """An edition no longer gives the status. `superseded_by`: the notice that takes its place; None is a withdrawal."""

    on: date
    edition_id: UUID
    superseded_by: UUID | None


Act = DayBegan | NoticeSent | EvidenceGiven | EvidenceDecided | StatusEnded


def moved(life: Life, act: Act, starts_on: date, due_on: date, terms: Terms) -> Life:
    """The life after an act; the same life when the act changes nothing. Raises NotAllowed when the state forbids it.

    The day of the act has begun before it happens, so that a timer that came late never hides an overdue day.
    """
    today = _day_began(life, act.on, due_on, terms)
    match act:
        case DayBegan():
            after = today
        case NoticeSent():
            after = _sent(today, act, starts_on, due_on, terms)
        case EvidenceGiven():
            after = _evidence_given(today, act, starts_on, due_on, terms)
        case EvidenceDecided():
            after = _accepted(today, act, due_on, terms) if act.accepted else _rejected(today, act, due_on)
        case StatusEnded():
            after = _ended(today, act, due_on, terms)
    return life if after == life else replace(after, number=life.number + 1)


def had_gone_out(life: Life) -> bool:
    """Whether parents have been written to, as far as anyone said."""
    return life.sent_on is not None


def finding_is_open(life: Life) -> bool:
    """A compliance finding closes only when the notice is evidenced, cured or superseded."""
    return life.finding_on is not None and life.state in RUNNING


def _day_began(life: Life, today: date, due_on: date, terms: Terms) -> Life:
    if life.state == OPEN and today > due_on:
        life = replace(life, state=OVERDUE, overdue_since=due_on + timedelta(days=1))
    if life.state == OVERDUE and life.finding_on is None:
        finding_on = days_after(due_on, terms.finding_after, terms.days)
        life = replace(life, finding_on=finding_on) if today >= finding_on else life
    if life.state == SENT and life.sent_on and life.evidence is None:
        late = today > days_after(life.sent_on, terms.evidence_within, terms.follow_up)
        life = replace(life, evidence_late=life.evidence_late or late)
    return life


def _sent(life: Life, act: NoticeSent, starts_on: date, due_on: date, terms: Terms) -> Life:
    if life.sent_on == act.sent_on and life.state != SUPERSEDED:
        return life
    if life.state not in (OPEN, OVERDUE) or life.sent_on is not None:
        known = f" as sent on {life.sent_on}" if life.sent_on else ""
        raise NotAllowed(f"the notice is {life.state}{known}; only a rejected proof clears a sending already told")
    return _with_sending(life, act.sent_on, act.channel, act.on, starts_on, due_on, terms)


def _with_sending(
    life: Life, sent_on: date, channel: str, today: date, starts_on: date, due_on: date, terms: Terms
) -> Life:
    if not starts_on <= sent_on <= today:
        raise NotAllowed(f"sent on {sent_on}: a notice leaves between its start, {starts_on}, and today, {today}")
    told = replace(life, sent_on=sent_on, channel=channel)
    if sent_on > due_on:
        return replace(told, late_sent=True, days_late=days_between(due_on, sent_on, terms.days))
    return replace(told, state=SENT) if life.state == OPEN else told


def _evidence_given(life: Life, act: EvidenceGiven, starts_on: date, due_on: date, terms: Terms) -> Life:
    if life.evidence == act.evidence:
        return life
    if life.state not in RUNNING:
        raise NotAllowed(f"the notice is {life.state}; it takes no more proof")
    if not starts_on <= act.evidence.sent_on <= act.on:
        raise NotAllowed(
            f"proof of a sending on {act.evidence.sent_on}: it lies between the start, {starts_on}, and today, {act.on}"
        )
    if life.sent_on is None:
        life = _with_sending(life, act.evidence.sent_on, act.evidence.kind, act.on, starts_on, due_on, terms)
    return replace(life, evidence=act.evidence)


def _accepted(life: Life, act: EvidenceDecided, due_on: date, terms: Terms) -> Life:
    proof = life.evidence
    if life.state in (EVIDENCED, CURED):
        return life
    if life.state not in RUNNING or proof is None:
        raise NotAllowed(f"the notice is {life.state} and holds no proof to accept")
    proved = replace(life, sent_on=proof.sent_on, evidence=replace(proof, accepted=True), reason=act.reason or None)
    if proof.sent_on > due_on:
        late = days_between(due_on, proof.sent_on, terms.days)
        since = life.overdue_since or due_on + timedelta(days=1)
        return replace(proved, state=CURED, late_sent=True, days_late=late, overdue_since=since)
    disproved = life.overdue_since is not None
    return replace(proved, state=EVIDENCED, late_sent=False, days_late=0, disproved=disproved)


def _rejected(life: Life, act: EvidenceDecided, due_on: date) -> Life:
    if life.evidence is None or life.state == SUPERSEDED or life.ended is not None:
        raise NotAllowed(f"the notice is {life.state} and holds no proof that could be rejected")
    unsent = replace(
        life, sent_on=None, channel=None, evidence=None, late_sent=False, days_late=0, disproved=False,
        reason=act.reason or None,
    )  # fmt: skip
    if act.on <= due_on:
        return replace(unsent, state=OPEN)
    return replace(unsent, state=OVERDUE, overdue_since=life.overdue_since or due_on + timedelta(days=1))


def _ended(life: Life, act: StatusEnded, due_on: date, terms: Terms) -> Life:
    if life.ended is not None:
        return life
    ended = replace(
        life,
        ended=REPLACED if act.superseded_by else WITHDRAWN,
        ended_by=act.edition_id,
        superseded_by=act.superseded_by,
    )
    if life.state in (EVIDENCED, CURED):
        return ended
    late = life.days_late
    if life.state == OVERDUE and life.sent_on is None:
        late = days_between(due_on, act.on, terms.days)
    return replace(ended, state=SUPERSEDED, days_late=late)
