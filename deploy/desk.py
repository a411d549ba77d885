"""The desk of state staff: a whole state scored anew under another law or other facts, and who would move. Read only.

The rules are those of the line: scoring's facts are read from its own database and go through `deploy.offline`.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from deploy import moves, offline, whatif
from deploy.moves import Standing
from deploy.offline import HANDLING, History
from services.scoring import policy, store
from services.scoring.files import Change, Frames, Unreadable, changed
from services.scoring.handle.editions import SCORED
from services.scoring.rules.areas import years_of
from services.scoring.rules.law import Law
from shared.policy import reader
from shared.policy.reader import Chapter, PolicyError
from shared.runtime.database import engine_for
from shared.runtime.http import Problem, install_errors, only_state
from shared.runtime.observe import Log, Metrics, json_log
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.vocabulary import school_years

PORT = 8406
_MOST_FACTS = 100_000
_READS = "set default_transaction_read_only = on"
Chapters = Mapping[str, Chapter]
Mark = tuple[str, int, str, tuple[str, ...]]  # year, revision, fingerprint of its law, certified years
router = APIRouter()


class Fact(BaseModel):
    """A canonical record (docs/records.md) that stands otherwise; to take one out its key is enough."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: str
    op: Literal["upsert", "delete"]
    record: dict[str, Any]


class Question(BaseModel):
    """What if: values of the law as `schoolmark score --set` takes them, and facts, both of the year that is scored."""

    model_config = ConfigDict(extra="forbid", strict=True)
    school_year: str
    settings: list[str] = Field(default_factory=list, max_length=1000)
    facts: list[Fact] = Field(default_factory=list, max_length=_MOST_FACTS)


@router.post("/what-if", dependencies=[Depends(only_state)])
def what_if(question: Question, request: Request) -> dict[str, Any]:
    """The schools whose letter, rating or support would differ, and how many moved from what to what."""
    desk: Desk = request.app.state.desk
    with desk.alone():
        try:
            return desk.difference(question)
        except (PolicyError, whatif.NoSuchValue, Unreadable, ValueError) as error:
            text = str(error)
            raise Problem(400, "bad-request:what-if", "This Cannot Be Scored", text) from None


class Desk:
    """Questions over one engine, one at a time. What the last one found of the state as it stands is kept while nothing
    of it has changed: each school's rating and support, no student and no count."""

    def __init__(self, engine: sa.Engine, state: str, log: Log) -> None:
        self._engine, self._state, self._log = engine, state, log
        self._busy = threading.Lock()
        self._known: tuple[Mark, History, Standing] | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One question at a time: each holds the facts of a state. Raises Problem (409)."""
        if not self._busy.acquire(blocking=False):
            text = "Another what-if is being scored; ask again in a while."
            raise Problem(409, "data-conflict:what-if-running", "Busy", text)
        try:
            yield
        finally:
            self._busy.release()

    def difference(self, question: Question) -> dict[str, Any]:
        """The answer, from the facts as of the newest revision.

        Raises PolicyError, NoSuchValue, Unreadable, ValueError.
        """
        year, settings = question.school_year, question.settings
        if not settings and not question.facts:
            raise whatif.NoSuchValue('nothing to compare: settings ("KEY=VALUE") or facts say what would change')
        school_years.parse(year)
        chapters = reader.chapters(self._state, year)
        other = whatif.changed(chapters, settings)
        facts = _Facts(self._engine, self._log)
        enrolled = store.enrolled_years(self._engine)
        if year not in enrolled:
            raise Unreadable(f"nobody is enrolled in {year}; known: {', '.join(enrolled) or 'no year'}")
        frames = facts.of(year, other)
        changes = [Change(fact.kind, fact.op, fact.record) for fact in question.facts]
        others = changed(frames, changes)  # what cannot be read is told before anything is scored
        is_read = _reads(policy.law(chapters["scoring"], year)) == _reads(policy.law(other["scoring"], year))
        history, before = self._as_it_stands(year, chapters, facts, frames if is_read else None)
        del frames
        edition, _ = offline.edition_of(others, self._state, year, other, history)
        self._log("desk.scored", school_year=year, under="the law and facts asked for")
        after = moves.standing(edition)
        return {
            "handling": HANDLING,
            "state": self._state,
            "school_year": year,
            "revision": facts.cut,
            "history": list(history.past),
            "facts": len(changes),
            "policy_fingerprint_after": after.policy_fingerprint,
            "warnings": list(edition.warnings),
            **moves.comparison(before, after, settings),
        }

    def _as_it_stands(
        self, year: str, chapters: Chapters, facts: "_Facts", frames: Frames | None
    ) -> tuple[History, Standing]:
        """The certified years before, scored as the law stands, and this one; `frames`: its facts, if they are read."""
        certified = store.edition_years(self._engine, SCORED)
        mark = (year, facts.cut, reader.fingerprint_of(dict(chapters)), tuple(certified))
        if self._known is None or self._known[0] != mark:
            history = offline.history_over(certified, facts.of, self._state, year)
            stands = frames if frames is not None else facts.of(year, chapters)
            edition, _ = offline.edition_of(stands, self._state, year, chapters, history)
            self._log("desk.scored", school_year=year, under="the law as it stands")
            self._known = mark, history, moves.standing(edition)
        return self._known[1], self._known[2]


class _Facts:
    """The facts of scoring's database as of its newest revision when the question came, read a year at a time."""

    def __init__(self, engine: sa.Engine, log: Log) -> None:
        self._engine, self._log = engine, log
        self.cut = store.newest_revision(engine)

    def of(self, school_year: str, chapters: Chapters) -> Frames:
        """What a year needs under these chapters."""
        frames = store.facts_as_of(self._engine, self.cut, policy.law(chapters["scoring"], school_year))
        self._log("desk.read", school_year=school_year, revision=self.cut, results=frames.results.height)
        return frames


def _reads(law: Law) -> tuple[Any, ...]:
    """What of a law decides which facts it needs."""
    return law.school_year, law.prior, law.growth_subjects, years_of(law)


def application(settings: Settings, engine: sa.Engine, log: Log) -> FastAPI:
    """The desk over an engine."""
    app = FastAPI(title="Schoolmark desk", docs_url=None, redoc_url=None)
    install_errors(app, log)
    app.include_router(router)
    app.state.runtime = Runtime(settings, engine, Metrics(), log)
    app.state.desk = Desk(engine, settings.state, log)
    return app


def reading(database_url: str) -> sa.Engine:
    """An engine on scoring's tables that cannot write."""
    engine = engine_for(database_url, "scoring")

    @sa.event.listens_for(engine, "connect")
    def only_read(connection: Any, _: Any) -> None:
        connection.execute(_READS)
        connection.commit()

    return engine


def made(database_url: str, public_key: Path, state: str, port: int) -> tuple[FastAPI, Settings]:
    """The desk of a running line, and where it listens."""
    settings = Settings(
        service="scoring",
        kafka="",  # which it never asks
        database_url=database_url,
        state=state,
        instance="desk",
        port=port,
        token_public_key=public_key,
    )
    return application(settings, reading(database_url), json_log("desk", "desk")), settings
