"""A topic: its name, its partitions, what its key is, and the events it may carry."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json

from shared.events.envelope import NUL_IN_JSON, Event


@dataclass(frozen=True)
class Topic:
    """One topic of the line. `events` is the union of event classes, told apart by their `type`.

    `is_widened`: its number of partitions is a setting (SCHOOLMARK_PARTITIONS), and `partitions` the default.
    """

    name: str
    partitions: int
    key: str
    events: TypeAdapter[Any]
    purpose: str
    is_widened: bool = False

    def partitions_under(self, setting: int | None) -> int:
        """How many partitions it has where the setting says so many (None: nothing)."""
        return setting if self.is_widened and setting is not None else self.partitions

    def decode(self, value: bytes) -> Event:
        """The event in a message's value. Raises pydantic.ValidationError on anything the contract refuses."""
        event: Event = self.events.validate_json(value)
        if NUL_IN_JSON in value:
            self.events.validate_python(from_json(value))
        return event
