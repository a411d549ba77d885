"""parents.notices.v1: the life of each parent notice, and each mail that was really sent."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from shared.events.envelope import Event, Text
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


class NoticeMailed(Event):
    """A mail left for the district office or, when escalated, the state office. One `message_id`, for ever."""

    type: Literal["notice.mailed"] = "notice.mailed"
    obligation_id: UUID
    message_id: Text
    purpose: Text
    sent_at: datetime


class NoticeMoved(Event):
    """An obligation went from one state to another, on a day, because of an event or a person's act."""

    type: Literal["notice.moved"] = "notice.moved"
    obligation_id: UUID
    school_id: Text
    before: Text
    after: Text
    on: date
    cause: Text


NoticeEvent = Annotated[NoticeOpened | NoticeMailed | NoticeMoved, Field(discriminator="type")]
NOTICES = Topic("parents.notices.v1", 1, "school", TypeAdapter(NoticeEvent), "Parent notices and the mails sent.")
