"""The envelope every event shares: its id, its type and version, and its one canonical byte form."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.vocabulary.identity import canonical


def _no_nul(text: object) -> object:
    if isinstance(text, str) and "\x00" in text:
        raise ValueError("holds a NUL character, which no database text can keep")
    return text


Text = Annotated[str, BeforeValidator(_no_nul)]


class Frozen(BaseModel):
    """A value that never changes and knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Frozen):
    """A fact on a topic. `event_id` is made of what caused it (`shared.vocabulary.identity.fact_id`)."""

    event_id: UUID
    version: int = 1

    def to_bytes(self) -> bytes:
        """The canonical bytes: what is published, compared and fingerprinted."""
        return canonical(self.model_dump(mode="json")).encode()
