"""Decides what an edition is cut from, and writes its marker into every partition of the sis topics."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.events.fact import Fact
from shared.events.sis import (
    SIS,
    EditionRequested,
    Marked,
)
from shared.vocabulary.identity import canonical, fact_id


@dataclass(frozen=True)
class Certify:
    """The state asks for an edition under these chapters. `partitions`: how many each sis topic has, by its name."""

    state: str
    school_year: str
    notified_on: date
    chapters: dict[str, Any]
    policy_fingerprint: str
    client: str
    partitions: dict[str, int]


@dataclass(frozen=True)
class Cut:
    """What stands at the moment of the cut."""

    revision: int
    history: dict[str, UUID]
    editions: frozenset[UUID]
    parked: int
    refused: int
    silent_districts: tuple[str, ...]


@dataclass(frozen=True)
class Edition:
    """A requested edition, to keep."""

    edition_id: UUID
    request: Certify
    cut_revision: int
    history: dict[str, UUID]
    at: datetime


def on_certify(request: Certify, cut: Cut, now: datetime) -> tuple[Edition | None, list[Fact], dict[str, Any]]:
    """Cuts every sis partition at the last revision drawn. The same request on the same records is the same edition."""
    past = {year: edition for year, edition in cut.history.items() if year < request.school_year}
    written = canonical({year: str(edition) for year, edition in past.items()})
    parts = (request.state, request.school_year, cut.revision, request.policy_fingerprint, written, request.notified_on)
    edition_id = fact_id("edition", *parts)
    is_new = edition_id not in cut.editions
    reply = {
        "edition_id": str(edition_id),
        "school_year": request.school_year,
        "cut_revision": cut.revision,
        "history": {year: str(edition) for year, edition in past.items()},
        "policy_fingerprint": request.policy_fingerprint,
        "notified_on": request.notified_on.isoformat(),
        "parked": cut.parked,
        "refused": cut.refused,
        "silent_districts": list(cut.silent_districts),
        "is_new": is_new,
    }
    if not is_new:
        return None, [], reply
    edition = Edition(edition_id, request, cut.revision, past, now)
    return edition, _markers(edition), reply


def _markers(edition: Edition) -> list[Fact]:
    request = edition.request
    places = [(topic, part) for topic in SIS for part in range(request.partitions[topic.name])]
    markers = tuple(Marked(topic=topic.name, partition=part) for topic, part in places)
    return [
        Fact(
            topic,
            request.state,
            EditionRequested(
                event_id=fact_id("edition.requested", edition.edition_id, topic.name, part),
                edition_id=edition.edition_id,
                state=request.state,
                school_year=request.school_year,
                cut_revision=edition.cut_revision,
                history=edition.history,
                chapters=request.chapters,
                policy_fingerprint=request.policy_fingerprint,
                notified_on=request.notified_on,
                markers=markers,
            ),
            partition=part,
            alone=True,
        )
        for topic, part in places
    ]
