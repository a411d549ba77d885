"""A fact on its way out: an event, its topic and key, written to the outbox in the transaction that decided it."""

from dataclasses import dataclass

from shared.events.envelope import Event
from shared.events.topic import Topic


@dataclass(frozen=True)
class Fact:
    """`partition` None: by key, as every Kafka client hashes it. `alone`: a marker, which nothing may overtake."""

    topic: Topic
    key: str
    event: Event
    partition: int | None = None
    alone: bool = False


class Unusable(ValueError):
    """A decision's own refusal of a message; its text holds no student data and goes into the rejection."""
