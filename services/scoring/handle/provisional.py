"""Provisional scores: what touched schools score on the facts as they stand, by the same rules as an edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scoring.handle.entities import Scores, rating, scores
from services.scoring.rules.frames import Frames
from services.scoring.rules.law import Law
from shared.events.editions import Rating
from shared.events.fact import Fact
from shared.events.scores import SCORES, SchoolScoredProvisionally
from shared.vocabulary import statuses
from shared.vocabulary.identity import fact_id


@dataclass(frozen=True)
class Touched:
    """Schools of one year to score anew, with their facts and the newest revision among them.

    `law` None: no chapter covers the year. `before`: how often a school's rating was told, and the last one.
    """

    state: str
    school_year: str
    school_ids: Sequence[str]
    law: Law | None
    frames: Frames
    revision: int
    before: Mapping[str, tuple[int, Rating]]


@dataclass(frozen=True)
class Rescored:
    """Ratings to keep, as they are told."""

    school_year: str
    revision: int
    ratings: Mapping[str, tuple[int, Rating]]


def on_touched(command: object, touched: Touched | None, now: datetime) -> tuple[Rescored, list[Fact], int]:
    """Scores the touched schools; a fact only where the rating changed. The reply: how many schools were looked at."""
    del command, now
    if touched is None:
        return Rescored("", 0, {}), [], 0
    if touched.law is None:
        return Rescored(touched.school_year, touched.revision, {}), [], len(touched.school_ids)
    kept, facts = {}, []
    for school_id, told in score_schools(touched.frames, touched.law, touched.state, touched.school_ids).items():
        times, before = touched.before.get(school_id, (0, None))
        changed = told != before
        kept[school_id] = (times + changed, told)
        if changed:
            facts.append(Fact(SCORES, school_id, _event(touched, school_id, times + 1, told)))
    return Rescored(touched.school_year, touched.revision, kept), facts, len(touched.school_ids)


def score_schools(frames: Frames, law: Law, state: str, school_ids: Sequence[str]) -> dict[str, Rating]:
    """The rating of each school that the directory holds, from the facts of its own students."""
    found = scores(frames, law, state, (statuses.SCHOOL,))[statuses.SCHOOL]
    grades = {row["school_id"]: row["grades"] for row in frames.schools.iter_rows(named=True)}
    return {
        school_id: rating(statuses.SCHOOL, frozenset(grades[school_id].split(",")), found.get(school_id, Scores()), law)
        for school_id in sorted(school_ids)
        if school_id in grades
    }


def _event(touched: Touched, school_id: str, times: int, told: Rating) -> SchoolScoredProvisionally:
    """Its id holds how often the school was told, so that A, B, A are three facts."""
    year, revision = touched.school_year, touched.revision
    return SchoolScoredProvisionally(
        event_id=fact_id("school.scored_provisionally", school_id, year, times, revision, told.model_dump_json()),
        school_id=school_id,
        school_year=year,
        as_of_revision=revision,
        rating=told,
    )
