"""The timers of scoring: due editions are computed and written; touched schools are scored anew."""

from functools import partial
from typing import Any

import sqlalchemy as sa

from services.scoring import policy, store
from services.scoring.handle import (
    EditionState,
    Rescored,
    Scored,
    Touched,
    on_scored,
    on_touched,
    score_edition,
)
from services.scoring.handle.editions import COLLECTING, DUE, REFUSED, SCORED, UNFINISHED
from services.scoring.rules.law import Law
from shared.events.editions import Rating
from shared.events.sis import EditionRequested
from shared.policy import reader
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer

_SCHOOLS_AT_ONCE = 25
_CLAIMS_A_TICK = 4


def score_due_editions(runtime: Runtime) -> None:
    """Computes due editions in order, outside a transaction, and writes each whole in one; several workers may try."""
    while True:
        with store.held_edition(runtime.engine, DUE, UNFINISHED) as request:
            if request is None:
                break
            _score(runtime, EditionRequested.model_validate(request))
    with runtime.engine.connect() as connection:
        counts = store.edition_counts(connection)
    for state in (COLLECTING, DUE, SCORED, REFUSED):
        runtime.metrics.editions.labels(state).set(counts.get(state, 0))


def _score(runtime: Runtime, request: EditionRequested) -> None:
    """A chapter that cannot be read refuses its edition, with the reason kept, and holds up no other."""
    try:
        law = policy.law(request.chapters["scoring"], request.school_year)
        # facts up to the cut change no more, so that no transaction need stay open while they are read
        with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            frames = store.facts_as_of(connection, request.cut_revision, law.years())
        scored = Scored(request.edition_id, score_edition(frames, request))
    except reader.PolicyError as error:
        scored = Scored(request.edition_id, refused_because=str(error))
    written = runtime.command(scored, load=_edition, step=on_scored, save=_keep_edition)
    told = {"facts": len(scored.facts), "written": written, "refused_because": scored.refused_because}
    runtime.log("edition.scored", edition_id=request.edition_id, **told)


def _edition(connection: sa.Connection, scored: Scored) -> EditionState:
    state, markers = store.edition_of(connection, scored.edition_id)
    return EditionState(scored.edition_id, state, markers)


def _keep_edition(connection: sa.Connection, edition: EditionState) -> None:
    store.keep_edition(connection, edition.edition_id, edition.state, refused_because=edition.refused_because)


def score_touched_schools(runtime: Runtime) -> None:
    """Scores touched schools anew, a few claims a tick, so that a great load is not held up by its own echoes."""
    load = partial(_touched, state=runtime.settings.state)
    for _ in range(_CLAIMS_A_TICK):
        if not runtime.command(_SCHOOLS_AT_ONCE, load=load, step=on_touched, save=_keep_provisional):
            break


def _touched(connection: sa.Connection, limit: int, *, state: str) -> Touched | None:
    claimed = store.claim_touched(connection, limit)
    if claimed is None or not claimed[1]:
        return None
    year, school_ids = claimed
    law = _law(state, year)
    years = law.years() if law else (year,)
    frames, revision = store.facts_of_schools(connection, school_ids, year, years)
    before = {
        school_id: (times, Rating.model_validate(rating))
        for school_id, (times, rating) in store.told_before(connection, school_ids, year).items()
    }
    return Touched(state, year, school_ids, law, frames, revision, before)


def _law(state: str, school_year: str) -> Law | None:
    """The law as it stands in this state's files; None for a year that no chapter covers, such as prior results'."""
    try:
        chapter = reader.chapter(state, "scoring", school_year)
    except reader.PolicyError:
        return None
    return policy.law(chapter, school_year)


def _keep_provisional(connection: sa.Connection, rescored: Rescored) -> None:
    ratings: dict[str, tuple[int, dict[str, Any]]] = {
        school_id: (times, rating.model_dump(mode="json")) for school_id, (times, rating) in rescored.ratings.items()
    }
    store.keep_provisional(connection, rescored.school_year, rescored.revision, ratings)


TIMERS = (
    Timer("score_due_editions", 0.5, score_due_editions),
    Timer("score_touched_schools", 0.3, score_touched_schools),
)
