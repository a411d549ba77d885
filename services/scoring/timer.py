"""The timers of scoring: due editions are computed and written; touched schools are scored anew."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from services.scoring import policy, store
from services.scoring.handle import (
    EditionState,
    Memory,
    Rescored,
    Scored,
    Touched,
    on_scored,
    on_touched,
    score_edition,
)
from services.scoring.handle.editions import COLLECTING, DUE, REFUSED, SCORED, UNFINISHED
from services.scoring.rules.areas import years_of
from services.scoring.rules.law import Law
from shared.events.editions import Rating
from shared.events.sis import EditionRequested
from shared.policy import reader
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer

Claim = Callable[[sa.Connection], store.Claimed | None]

_PUSHED_AT_ONCE, _LOADED_AT_ONCE = 100, 10  # schools
_LOADS_WAIT = 2  # times as long as a claim took, while pushes come
_PUSHES_COME_SECONDS = 2.0
_GATHERING_SECONDS = 0.05  # a claim costs as much as some thirty pushes in it: what comes meanwhile goes along


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
        frames = store.facts_as_of(runtime.engine, request.cut_revision, law)
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


class _Recollection:
    """What a process keeps between two scores: the directory, and the schools scored last."""

    def __init__(self) -> None:
        self.directory: store.Directory | None = None
        self.schools = Memory()
        self.pushed_at = self.loads_wait_until = float("-inf")

    def recall(self, connection: sa.Connection) -> store.Directory:
        """The directory as it stands; when it has changed the schools are forgotten."""
        directory = store.directory(connection, self.directory)
        if directory is not self.directory:
            self.schools.forget()
            self.directory = directory
        return directory


_recollections: WeakKeyDictionary[Runtime, _Recollection] = WeakKeyDictionary()


def score_touched_schools(runtime: Runtime) -> None:
    """Scores touched schools anew, single pushes first; while these come, great loads take a third of the time, so that
    they hold none up. After pushes it waits a moment for others.
    """
    known = _recollections.setdefault(runtime, _Recollection())
    while True:
        pushed = _score_some(runtime, known, partial(store.claim_pushed, limit=_PUSHED_AT_ONCE))
        loaded, before = 0, time.monotonic()
        if pushed:
            known.pushed_at = before
        if before >= known.loads_wait_until:
            loaded = _score_some(runtime, known, partial(store.claim_loaded, limit=_LOADED_AT_ONCE))
            after = time.monotonic()
            is_pushed = after - known.pushed_at < _PUSHES_COME_SECONDS
            known.loads_wait_until = after + _LOADS_WAIT * (after - before) * is_pushed
        if not (pushed or loaded):
            return
        if not loaded and pushed < _PUSHED_AT_ONCE:
            time.sleep(_GATHERING_SECONDS)


def _score_some(runtime: Runtime, known: _Recollection, claim: Claim) -> int:
    """One claim, in one transaction; how many schools it held."""
    computed: dict[str, UUID] = {}

    def keep(connection: sa.Connection, rescored: Rescored) -> None:
        computed.clear()
        computed.update(_keep_provisional(connection, rescored))

    load = partial(_touched, known=known, claim=claim, state=runtime.settings.state)
    rescored: Rescored = runtime.command(runtime.now(), load=load, step=on_touched, save=keep)
    kept = {school: remembered for school, remembered in rescored.remembered.items() if school in computed}
    known.schools.keep(rescored.school_year, kept, computed, runtime.now())
    return len(rescored.school_ids)


def _touched(connection: sa.Connection, now: datetime, *, known: _Recollection, claim: Claim, state: str) -> Touched:
    claimed = claim(connection)
    if claimed is None:
        return Touched(state, "", ())
    year, school_ids = claimed.school_year, sorted(claimed.schools)
    law = _law(state, year)
    if law is None:
        return Touched(state, year, school_ids)
    directory = known.recall(connection)
    told = store.told_before(connection, school_ids, year)
    named = {school: students for school, students in claimed.schools.items() if students is not None}
    marks = {school: computed for school, (_, _, computed) in told.items() if school in named}
    remembered = known.schools.of(year, marks, now)
    whole = [school for school in school_ids if school not in remembered]
    students = set().union(*(named[school] for school in remembered))
    if whole:
        students.update(store.students_of(connection, whole, year, years_of(law).cohorts))
    frames, newest = store.facts_of_students(connection, directory, sorted(students), year, law.years())
    newest = {school: max(newest.get(school, 0), directory.revisions.get(school, 0)) for school in school_ids}
    before = {school: (times, Rating.model_validate(rating)) for school, (times, rating, _) in told.items()}
    return Touched(state, year, school_ids, law, frames, sorted(students), newest, remembered, before)


@lru_cache
def _law(state: str, school_year: str) -> Law | None:
    """The law as it stands in this state's files; None for a year that no chapter covers, such as prior results'."""
    try:
        chapter = reader.chapter(state, "scoring", school_year)
    except reader.PolicyError:
        return None
    return policy.law(chapter, school_year)


def _keep_provisional(connection: sa.Connection, rescored: Rescored) -> dict[str, UUID]:
    ratings = {
        school: (rescored.remembered[school].revision, times, rating.model_dump(mode="json"))
        for school, (times, rating) in rescored.ratings.items()
    }
    return store.keep_provisional(connection, rescored.school_year, ratings)


TIMERS = (
    Timer("score_due_editions", 0.5, score_due_editions, rest=0.5),
    Timer("score_touched_schools", 0.3, score_touched_schools, rest=_GATHERING_SECONDS),
)
