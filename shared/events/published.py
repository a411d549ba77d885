"""reportcards.published.v1: what the public may see, and since when."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter

from shared.events.envelope import Event, Text
from shared.events.topic import Topic


class EditionReleased(Event):
    """A person opened an edition to the public. `fingerprint`: SHA-256 over its public cards."""

    type: Literal["edition.released"] = "edition.released"
    edition_id: UUID
    state: Text
    school_year: Text
    fingerprint: Text
    released_by: Text
    released_at: datetime


PUBLISHED = Topic("reportcards.published.v1", 1, "state", TypeAdapter(EditionReleased), "Releases of report cards.")
