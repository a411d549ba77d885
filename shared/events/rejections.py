"""platform.rejections.v1: what could not be read or let in, whole, and why. Access-controlled (student data)."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.events.envelope import Event, Text
from shared.events.topic import Topic


class MessageRejected(Event):
    """A message that a service could not read. Key and value are base64, whole."""

    type: Literal["message.rejected"] = "message.rejected"
    service: Text
    topic: Text
    partition: int
    offset: int
    key_base64: Text
    value_base64: Text
    reason: Text


class RecordRefused(Event):
    """A pushed record that ingest did not let in. The body is base64, whole; reasons name the path, never the value."""

    type: Literal["record.refused"] = "record.refused"
    refusal_id: Text
    client: Text
    resource: Text
    body_base64: Text
    reasons: dict[str, tuple[Text, ...]]


RejectionEvent = Annotated[MessageRejected | RecordRefused, Field(discriminator="type")]
REJECTIONS = Topic("platform.rejections.v1", 1, "source", TypeAdapter(RejectionEvent), "What was refused, and why.")
