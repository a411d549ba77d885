"""Scores without a log: the editions that records give by themselves, and their numbers as frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl

from services.scoring import policy
from services.scoring.handle import score_edition
from services.scoring.rules.areas import years_of
from services.scoring.rules.frames import Frames
from services.scoring.rules.law import Law
from shared.events.editions import EntityScored
from shared.events.envelope import Event
from shared.events.fact import Fact
from shared.events.sis import EditionRequested
from shared.policy import reader
from shared.policy.reader import Chapter
from shared.vocabulary.identity import canonical, fact_id

_ENTITY: dict[str, Any] = {"level": pl.String, "entity_id": pl.String}
ENTITIES = {
    **_ENTITY,
    **dict.fromkeys(("name", "district_id"), pl.String),
    **dict.fromkeys(("status", "letter", "points", "exact_points", "possible", "column"), pl.String),
    "flags": pl.List(pl.String),
}
COMPONENTS = {**_ENTITY, **dict.fromkeys(("measure", "maximum", "share", "points", "dropped"), pl.String)}
COUNTS = {**_ENTITY, "measure": pl.String, "subgroup": pl.String, "numerator": pl.Int64, "denominator": pl.Int64}
LEFT_OUT = {**_ENTITY, "measure": pl.String, "reason": pl.String, "students": pl.Int64}


@dataclass(frozen=True)
class Scored:
    """What every school, district and the state scores. Exact numbers are text: "412", "13/4". Not suppressed.

    `entities`: one row each, with letter and points. `components`: the points table of each. `counts`: measure and
    subgroup, numerator in the measure's units (hundredths for growth), denominator in students. `left_out`: students
    that a measure does not count, by reason.
    """

    entities: pl.DataFrame
    components: pl.DataFrame
    counts: pl.DataFrame
    left_out: pl.DataFrame


def score(frames: Frames, state: str, school_year: str, chapter: Chapter | None = None) -> Scored:
    """Scores a school year by a state's scoring chapter, or by one handed in (`chapter_of`'s, changed).

    Raises PolicyError when the chapter cannot be read or the year has none.
    """
    chapters = {"scoring": chapter or chapter_of(state, school_year)}
    told = [e for e in edition(frames, request_of(state, school_year, chapters)) if isinstance(e, EntityScored)]
    return Scored(
        entities=pl.DataFrame([_entity_row(each) for each in told], ENTITIES, orient="row"),
        components=_parts(told, COMPONENTS, lambda each: each.rating.components),
        counts=_parts(told, COUNTS, lambda each: each.counts),
        left_out=_parts(told, LEFT_OUT, lambda each: each.left_out),
    )


def chapter_of(state: str, school_year: str) -> Chapter:
    """The scoring chapter in force, to read or to change: {name: {value, tag, source}}, numbers as text."""
    return reader.chapter(state, "scoring", school_year)


def school_years_of(frames: Frames) -> list[str]:
    """The school years in which anyone is enrolled, first to last: those that can be scored."""
    return sorted(frames.enrollments["school_year"].cast(pl.String).unique())


def request_of(
    state: str, school_year: str, chapters: Mapping[str, Any], history: Mapping[str, UUID] | None = None
) -> EditionRequested:
    """The request of an edition that no log holds: no cut, no marker, and a first day for the day of notice."""
    told = fact_id("edition without a log", state, school_year, canonical(chapters), canonical(_texts(history or {})))
    return EditionRequested(
        event_id=told,
        edition_id=told,
        state=state,
        school_year=school_year,
        cut_revision=0,
        history=dict(history or {}),
        chapters=dict(chapters),
        policy_fingerprint=reader.fingerprint_of(dict(chapters)),
        notified_on=date.min,
        markers=(),
    )


def edition(frames: Frames, request: EditionRequested) -> list[Event]:
    """The events of an edition: what the platform publishes when its facts as of the cut are these.

    Raises PolicyError when its chapter cannot be read.
    """
    law = policy.law(request.chapters["scoring"], request.school_year)
    return [event_of(fact) for fact in score_edition(_needed(frames, law), request)]


def event_of(fact: Fact) -> Event:
    """The event of a fact, also of one that was made as its bytes."""
    return fact.event if isinstance(fact.event, Event) else fact.topic.decode(fact.event.to_bytes())


def _needed(frames: Frames, law: Law) -> Frames:
    """What `store.facts_as_of` reads: results of the years that growth needs, other years only where an area does."""
    lag, this = years_of(law), [law.school_year]
    members = frames.cohorts["student_id"].implode()
    unplaced = frames.cohorts.filter(pl.col("school_id").is_null())["student_id"].implode()

    def of(years: Sequence[str], students: pl.Series | None = None) -> pl.Expr:
        named = pl.col("school_year").cast(pl.String).is_in(list(years))
        return named if students is None else named & pl.col("student_id").cast(pl.String).is_in(students)

    return replace(
        frames,
        demographics=frames.demographics.filter(of([*this, *lag.everyone]) | of(lag.cohorts, members)),
        enrollments=frames.enrollments.filter(of([*this, *lag.everyone]) | of(lag.stays, unplaced)),
        results=frames.results.filter(of(law.years())),
        attendance=frames.attendance.filter(of(this)),
    )


def _texts(history: Mapping[str, UUID]) -> dict[str, str]:
    return {year: str(edition_id) for year, edition_id in history.items()}


def _entity_row(each: EntityScored) -> tuple[Any, ...]:
    profile, rating = each.profile, each.rating
    numbers = (rating.status, rating.letter, rating.points, rating.exact_points, rating.possible, rating.column)
    return (each.level, each.entity_id, profile.name, profile.district_id, *numbers, list(rating.flags))


def _parts(told: Sequence[EntityScored], schema: dict[str, Any], parts: Any) -> pl.DataFrame:
    fields = [name for name in schema if name not in _ENTITY]
    rows = [(e.level, e.entity_id, *(getattr(part, name) for name in fields)) for e in told for part in parts(e)]
    return pl.DataFrame(rows, schema, orient="row")
