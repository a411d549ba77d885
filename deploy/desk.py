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
from deploy.offline import HANDLING
from services.scoring import policy, store
from services.scoring.files import Change, Frames, Unreadable, changed
from services.scoring.rules.areas import years_of
from services.scoring.rules.law import Law
from shared.policy import reader
from shared.policy.reader import Chapter, PolicyError
from shared.runtime.database import engine_for
from shared.runtime.http import Problem, install_errors, only_state, runtime_of
from shared.runtime.observe import Log, Metrics, json_log
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.vocabulary import school_years

PORT = 8406
_MOST_FACTS = 100_000
_READS = "set default_transaction_read_only = on"
Chapters = Mapping[str, Chapter]
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
def what_if(question: Question, request: Request, runtime: Runtime = Depends(runtime_of)) -> dict[str, Any]:
    """The schools whose letter, rating or support would differ, and how many moved from what to what."""
    with _alone(request.app.state.busy):
        try:
            return difference(runtime.engine, runtime.settings.state, question, runtime.log)
        except (PolicyError, whatif.NoSuchValue, Unreadable, ValueError) as error:
            text = str(error)
            raise Problem(400, "bad-request:what-if", "This Cannot Be Scored", text) from None


def difference(engine: sa.Engine, state: str, question: Question, log: Log) -> dict[str, Any]:
    """The answer, from the facts as of the newest revision. Raises PolicyError, NoSuchValue, Unreadable, ValueError."""
    year, settings = question.school_year, question.settings
    if not settings and not question.facts:
        raise whatif.NoSuchValue('nothing to compare: settings ("KEY=VALUE") or facts say what would change')
    school_years.parse(year)
    chapters = reader.chapters(state, year)
    other = whatif.changed(chapters, settings)
    changes = [Change(fact.kind, fact.op, fact.record) for fact in question.facts]
    facts = _Facts(engine, log)
    known = store.enrolled_years(engine)
    if year not in known:
        raise Unreadable(f"nobody is enrolled in {year}; known: {', '.join(known) or 'no year'}")
    before_law, after_law = (policy.law(each["scoring"], year) for each in (chapters, other))
    frames = facts.of(year, chapters)
    others = frames if _reads(before_law) == _reads(after_law) else facts.of(year, other)
    others = changed(others, changes)  # what cannot be read is told before anything is scored
    history = offline.history_over(known, facts.of, state, year)
    before, _ = offline.edition_of(frames, state, year, chapters, history)
    log("desk.scored", school_year=year, under="the law as it stands")
    after, _ = offline.edition_of(others, state, year, other, history)
    log("desk.scored", school_year=year, under="the law and facts asked for")
    return {
        "handling": HANDLING,
        "state": state,
        "school_year": year,
        "revision": facts.cut,
        "history": list(history.past),
        "facts": len(changes),
        "policy_fingerprint_after": after.policy_fingerprint,
        "warnings": list(after.warnings),
        **moves.comparison(before, after, settings),
    }


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


@contextmanager
def _alone(busy: threading.Lock) -> Iterator[None]:
    """One question at a time: each holds the facts of a state."""
    if not busy.acquire(blocking=False):
        raise Problem(409, "data-conflict:what-if-running", "Busy", "Another what-if is being scored; ask again soon.")
    try:
        yield
    finally:
        busy.release()


def application(settings: Settings, engine: sa.Engine, log: Log) -> FastAPI:
    """The desk over an engine."""
    app = FastAPI(title="Schoolmark desk", docs_url=None, redoc_url=None)
    install_errors(app, log)
    app.include_router(router)
    app.state.runtime = Runtime(settings, engine, Metrics(), log)
    app.state.busy = threading.Lock()
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
