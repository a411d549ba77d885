"""Editions: when the last marker makes one due, and every fact that a whole edition consists of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.scoring import policy
from services.scoring.handle.entities import Scores, grades_of, rating, scores, subgroup_scores
from services.scoring.rules.frames import Frames
from services.scoring.rules.full_year import LEVELS
from services.scoring.rules.law import Law
from shared.events.editions import EDITIONS, EditionClosed, EditionOpened, EntityScored, Profile
from shared.events.envelope import Event
from shared.events.fact import Encoded, Fact
from shared.events.sis import EditionRequested
from shared.vocabulary import grades, statuses
from shared.vocabulary.identity import fact_id, fingerprint

COLLECTING, DUE, SCORED, REFUSED = "collecting", "due", "scored", "refused"
UNFINISHED = (COLLECTING, DUE)


@dataclass(frozen=True)
class EditionState:
    """What is known of an edition: the markers that came, and how far it is."""

    edition_id: UUID
    state: str
    markers: frozenset[tuple[str, int]]
    refused_because: str | None = None


@dataclass(frozen=True)
class Scored:
    """An edition whose facts have been computed and wait to be written; or why its chapter allows none."""

    edition_id: UUID
    facts: Sequence[Fact] = ()
    refused_because: str | None = None


def on_marked(
    event: EditionRequested, state: tuple[EditionState, tuple[str, int]], now: datetime
) -> tuple[EditionState, list[Fact], None]:
    """Counts the marker of one partition; the last of those the request names makes the edition due.

    Everything written before the marker is then kept, so every fact up to the cut is there (house: editions).
    """
    del now
    known, place = state
    markers = known.markers | {place}
    complete = {(marked.topic, marked.partition) for marked in event.markers} <= markers
    due = complete and known.state == COLLECTING
    return replace(known, markers=markers, state=DUE if due else known.state), [], None


def on_scored(scored: Scored, state: EditionState, now: datetime) -> tuple[EditionState, list[Fact], bool]:
    """Publishes the edition or keeps why not, unless another worker did meanwhile; the reply tells which."""
    del now
    if state.state != DUE:
        return state, [], False
    if scored.refused_because is not None:
        return replace(state, state=REFUSED, refused_because=scored.refused_because), [], True
    return replace(state, state=SCORED), list(scored.facts), True


def score_edition(frames: Frames, request: EditionRequested) -> list[Fact]:
    """Every fact of an edition, in order: opened, schools, districts, state, closed. A pure function of its arguments.

    The law is the request's own chapter. Raises PolicyError when it cannot be read.
    """
    law = policy.law(request.chapters["scoring"], request.school_year)
    entities = list(_entities(frames, law, request))
    events = [_opened(request), *(event for _, event in entities)]
    counts = {level: sum(each == level for each, _ in entities) for level in LEVELS}
    closed = EditionClosed(
        event_id=fact_id("edition.closed", request.edition_id),
        edition_id=request.edition_id,
        entities=counts,
        checksum=fingerprint(event.value for event in events),
    )
    return [Fact(EDITIONS, request.state, event) for event in (*events, _encoded(closed))]


def _opened(request: EditionRequested) -> Encoded:
    told = {name: getattr(request, name) for name in EditionOpened.model_fields if name not in ("event_id", "type")}
    return _encoded(EditionOpened(event_id=fact_id("edition.opened", request.edition_id), **told))


def _encoded(event: Event) -> Encoded:
    return Encoded(event.event_id, event.to_bytes())


def _entities(frames: Frames, law: Law, request: EditionRequested) -> Iterator[tuple[str, Encoded]]:
    found = scores(frames, law, request.state, LEVELS)
    schools = {row["school_id"]: row for row in frames.schools.iter_rows(named=True)}
    districts = {row["district_id"]: row for row in frames.districts.iter_rows(named=True)}
    for school_id, school in sorted(schools.items()):
        district = districts.get(school["district_id"], {})
        profile, opened_on = _school_profile(school, district), school["opened_on"]
        yield _entity(request, law, found, statuses.SCHOOL, school_id, profile, opened_on)
    for district_id, district in sorted(districts.items()):
        served = grades.ordered(set(grades_of(schools, district_id)))
        yield _entity(request, law, found, statuses.DISTRICT, district_id, _district_profile(district, served))
    served = grades.ordered(set(grades_of(schools)))
    yield _entity(request, law, found, statuses.STATE, request.state, Profile(name=law.state_name, grades=served))


def _school_profile(school: dict[str, Any], district: dict[str, Any]) -> Profile:
    return Profile(
        name=school["name"],
        district_id=school["district_id"],
        district_name=district.get("name"),
        notice_email=district.get("notice_email"),
        grades=tuple(grade for grade in school["grades"].split(",") if grade),
        title_i=school["title_i"],
    )


def _district_profile(district: dict[str, Any], served: tuple[str, ...]) -> Profile:
    return Profile(
        name=district["name"],
        district_id=district["district_id"],
        district_name=district["name"],
        notice_email=district["notice_email"],
        grades=served,
    )


def _entity(
    request: EditionRequested,
    law: Law,
    found: dict[str, dict[str, Scores]],
    level: str,
    entity_id: str,
    profile: Profile,
    opened_on: date | None = None,
) -> tuple[str, Encoded]:
    """The level and the event; its long lists are put in as the JSON they were summed to."""
    told = found[level].get(entity_id, Scores())
    event = EntityScored.model_validate(
        {
            "event_id": fact_id("entity.scored", request.edition_id, level, entity_id),
            "edition_id": request.edition_id,
            "level": level,
            "entity_id": entity_id,
            "profile": profile,
            "rating": rating(level, frozenset(profile.grades), told.counted, law, opened_on),
            "counts": (),
            "left_out": (),
        }
    )
    value = event.to_bytes()
    lists = {
        "amounts": told.amounts,
        "counts": told.counts,
        "findings": told.findings,
        "left_out": told.left_out,
        "subgroups": subgroup_scores(level, frozenset(profile.grades), told, law, opened_on),
    }
    for name, text in lists.items():
        value = value.replace(f'"{name}":[]'.encode(), f'"{name}":{text}'.encode(), 1)
    return level, Encoded(event.event_id, value)
