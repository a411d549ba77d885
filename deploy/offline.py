"""Scores records without a line: scoring's facts go to designation in memory, one year after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.designation.handle import on_edition_event
from services.designation.policy import law_of
from services.designation.rules.edition import EditionState, Past, Standing
from services.scoring import files
from services.scoring.files import Frames
from shared.events.designations import DesignationsClosed, SchoolDesignated
from shared.events.editions import EntityScored
from shared.events.envelope import Event
from shared.policy import reader
from shared.policy.reader import Chapter, PolicyError
from shared.vocabulary.identity import Fingerprint

HANDLING = "Counts are not suppressed. For those who may see counts of few students; never publish this file."
_OWN = {"event_id", "edition_id", "type", "version"}  # what an event says of itself, not of its entity

FramesOf = Callable[[str, Mapping[str, Chapter]], Frames]  # a year and its chapters -> the facts that they need


@dataclass(frozen=True)
class History:
    """What designation knows when a year's edition comes: the editions before it, and each school's standing."""

    past: Mapping[str, Past] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """A scored and designated year. `support`: a school's designation by its id."""

    school_year: str
    policy_fingerprint: str
    history: History
    entities: tuple[EntityScored, ...]
    support: Mapping[str, SchoolDesignated]
    warnings: tuple[str, ...]


def history_of(frames: Frames, state: str, school_year: str, first_year: str | None = None) -> History:
    """Every earlier year with enrolments and a chapter, scored and designated in turn by the law as it stands.

    As if each had been certified, first to last, from these records; none before `first_year`.
    """
    return history_over(files.school_years_of(frames), lambda _year, _chapters: frames, state, school_year, first_year)


def history_over(
    years: Sequence[str], frames_of: FramesOf, state: str, school_year: str, first_year: str | None = None
) -> History:
    """The same of facts that are read year by year: a year's are let go before the next are read."""
    history = History()
    for year in years:
        if (first_year or year) <= year < school_year:
            try:
                chapters = reader.chapters(state, year)
            except PolicyError:  # a year that no chapter covers cannot be certified either
                continue
            _, history = edition_of(frames_of(year, chapters), state, year, chapters, history)
    return history


def edition_of(
    frames: Frames, state: str, school_year: str, chapters: Mapping[str, Chapter], history: History
) -> tuple[Edition, History]:
    """The edition of a year under these chapters, and the history it leaves. Raises PolicyError."""
    law_of(chapters)  # told as what it is, before designation tells it as a message that does not fit
    ids = {year: past.head.edition_id for year, past in history.past.items()}
    request = files.request_of(state, school_year, chapters, ids)
    events = files.edition(frames, request)
    answer, left = designated(events, school_year, history)
    edition = Edition(
        school_year=school_year,
        policy_fingerprint=request.policy_fingerprint,
        history=history,
        entities=tuple(event for event in events if isinstance(event, EntityScored)),
        support={event.school_id: event for event in answer if isinstance(event, SchoolDesignated)},
        warnings=next(event.warnings for event in answer if isinstance(event, DesignationsClosed)),
    )
    return edition, left


def designated(events: Sequence[Event], school_year: str, history: History) -> tuple[list[Event], History]:
    """Designation's answer to an edition, each message decided in turn, and what its tables would hold afterwards."""
    state = EditionState(offset=0, told=Fingerprint(), past=history.past, standings=history.standings)
    for event in events[:-1]:
        changes, _, _ = on_edition_event(event, state, datetime.min)
        state = state.after(changes, event.to_bytes())
    decided, facts, _ = on_edition_event(events[-1], state, datetime.min)
    if state.head is None:
        raise ValueError("an edition begins with its opening message")
    past = Past(state.head, True, {school.school_id: school for school in state.schools})
    standings = {each.school_id: each.standing for each in decided.decided or ()}
    left = History({**history.past, school_year: past}, {**history.standings, **standings})
    return [files.event_of(fact) for fact in facts], left


def result_of(edition: Edition) -> dict[str, Any]:
    """What is written of an edition: every entity as the platform tells it, without the ids that a cut gives."""
    return {
        "handling": HANDLING,
        "school_year": edition.school_year,
        "policy_fingerprint": edition.policy_fingerprint,
        "history": {year: past.head.policy_fingerprint for year, past in edition.history.past.items()},
        "entities": [_entity(each, edition.support.get(each.entity_id)) for each in edition.entities],
        "warnings": list(edition.warnings),
    }


def _entity(scored: EntityScored, designated: SchoolDesignated | None) -> dict[str, Any]:
    told = scored.model_dump(mode="json", exclude=_OWN)
    if designated is not None and scored.level == "school":
        told["support"] = designated.model_dump(mode="json", include={"before", "after", "changed", "reasons"})
    return told
