"""A fact on its way out: an event, its topic and key, written to the outbox in the transaction that decided it."""

from dataclasses import dataclass
from uuid import UUID

from shared.events.envelope import Event
from shared.events.topic import Topic


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event that was made as its canonical bytes: what `Event.to_bytes` of it would give. For thousands at once."""

    event_id: UUID
    value: bytes

    def to_bytes(self) -> bytes:
        """The canonical bytes."""
        return self.value


@dataclass(frozen=True)
class Fact:
    """`partition` None: by key, as every Kafka client hashes it. `alone`: a marker, which nothing may overtake."""

    topic: Topic
    key: str
    event: Event | Encoded
    partition: int | None = None
    alone: bool = False


class Unusable(ValueError):
    """A decision's own refusal of a message; its text holds no student data and goes into the rejection."""
