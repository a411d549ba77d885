"""Releases: a person opens a built edition to the public, once; the service's own topic opens it again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.reportcard.rules.progress import BUILT, Releasable, Release
from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable
from shared.events.published import PUBLISHED, EditionReleased
from shared.vocabulary.identity import fact_id


@dataclass(frozen=True)
class ReleaseCommand:
    """A state client's wish to open an edition."""

    edition_id: UUID
    client_id: str


def on_released(event: Event, state: Release | None, now: datetime) -> tuple[Release, list[Fact], None]:
    """Restore a release from the service's own topic; the first release of an edition stands."""
    if not isinstance(event, EditionReleased):
        raise Unusable(f"{type(event).__name__} is no release")
    return state or _release_of(event), [], None


def on_release(
    command: ReleaseCommand, state: Releasable, now: datetime
) -> tuple[Release | None, list[Fact], Release | str]:
    """Open a built edition; a second time gives the first release. The reply is the release, or why not."""
    if state.release is not None:
        return None, [], state.release
    if state.status is None:
        return None, [], "unknown"
    if state.status != BUILT:
        return None, [], state.status
    event = EditionReleased(
        event_id=fact_id("edition.released", command.edition_id),
        edition_id=command.edition_id,
        state=state.state,
        school_year=state.school_year,
        fingerprint=state.fingerprint,
        released_by=command.client_id,
        released_at=now,
    )
    release = _release_of(event)
    return release, [Fact(PUBLISHED, state.state, event)], release


def _release_of(event: EditionReleased) -> Release:
    return Release(
        event.edition_id,
        event.state,
        event.school_year,
        event.fingerprint,
        event.released_by,
        event.released_at,
    )
