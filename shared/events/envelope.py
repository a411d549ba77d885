"""The envelope every event shares: its id, its type and version, and its one canonical byte form."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from shared.vocabulary.identity import canonical

NUL_IN_JSON = b"\\u0000"  # the one way in which JSON can hold a NUL


def _no_nul(text: object) -> object:
    if isinstance(text, str) and "\x00" in text:
        raise ValueError("holds a NUL character, which no database text can keep")
    return text


class _NoNul:
    """Refuses a NUL in a value of Python. In JSON the reader of the message looks, once for all its texts."""

    @staticmethod
    def __get_pydantic_core_schema__(source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        text = handler(source)
        return core_schema.json_or_python_schema(text, core_schema.no_info_before_validator_function(_no_nul, text))


Text = Annotated[str, _NoNul]


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
