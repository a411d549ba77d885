"""parents.notices.v1: the life of each parent notice, and each mail that was really sent."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from shared.events.envelope import Event, Frozen, Text
from shared.events.topic import Topic


class NoticeOpened(Event):
    """A school owes its parents a notice. `due_on` is the last day, in the clock's own time zone."""

    type: Literal["notice.opened"] = "notice.opened"
    obligation_id: UUID
    kind: Text
    school_id: Text
    district_id: Text
    school_year: Text
    status: Text
    starts_on: date
    due_on: date
    method: Text


class ProofHeld(Frozen):
    """Proof of sending as handed in, and what the state decided on it. `details`: counts and papers, as text."""

    kind: Text
    reference: Text
    sent_on: date
    given_on: date
    details: dict[str, Text] = Field(default_factory=dict)
    accepted: bool | None = None


class NoticeLife(Frozen):
    """Where a notice stands after a move, whole: an emptied database goes on from here. `number` counts its moves."""

    state: Text
    number: int
    sent_on: date | None = None
    channel: Text | None = None
    evidence: ProofHeld | None = None
    days_late: int = 0
    late_sent: bool = False
    evidence_late: bool = False
    overdue_since: date | None = None
    disproved: bool = False
    finding_on: date | None = None
    reason: Text | None = None
    ended: Text | None = None
    ended_by: UUID | None = None
    superseded_by: UUID | None = None


class NoticeMailed(Event):
    """A mail left for the district office or, when escalated, the state office. One `message_id`, for ever."""

    type: Literal["notice.mailed"] = "notice.mailed"
    obligation_id: UUID
    message_id: Text
    purpose: Text
    sent_at: datetime
    recipient: Text | None = None


class NoticeMoved(Event):
    """An obligation went from one state to another, on a day, because of an event or a person's act."""

    type: Literal["notice.moved"] = "notice.moved"
    obligation_id: UUID
    school_id: Text
    before: Text
    after: Text
    on: date
    cause: Text
    life: NoticeLife | None = None


NoticeEvent = Annotated[NoticeOpened | NoticeMailed | NoticeMoved, Field(discriminator="type")]
NOTICES = Topic("parents.notices.v1", 1, "school", TypeAdapter(NoticeEvent), "Parent notices and the mails sent.")
