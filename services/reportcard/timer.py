"""Timer door of reportcard: builds the cards of due editions, outside any transaction, and counts editions."""

from uuid import UUID
from weakref import WeakKeyDictionary

from services.reportcard import handle, store
from services.reportcard.handle import Earlier, Judged, Scores
from services.reportcard.rules.progress import DESIGNATIONS as DESIGNATED
from services.reportcard.rules.progress import SCORES, Built, Known
from shared.events.designations import DESIGNATIONS, SchoolDesignated
from shared.events.editions import EDITIONS, EditionOpened
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer

_Ahead = tuple[UUID, tuple[UUID, ...], Judged]
_AHEAD: WeakKeyDictionary[Runtime, _Ahead] = WeakKeyDictionary()
"""Of each process one edition at most: judged while its designations are awaited, beside these earlier editions."""


def build(runtime: Runtime) -> None:
    """Build every due edition, oldest first, and write each in one go; then judge the next one's scores ahead."""
    with runtime.engine.connect() as connection:
        due, awaiting = store.due_editions(connection), store.awaiting_designations(connection)
    for edition_id in due:
        built = _built(runtime, edition_id)
        taken = runtime.command(built, load=store.status_of, step=handle.on_built, save=store.keep_built)
        if taken:
            runtime.log("edition.built", edition_id=str(edition_id), fingerprint=built.fingerprint)
    if awaiting and not due:
        _judged(runtime, awaiting[0])


def _built(runtime: Runtime, edition_id: UUID) -> Built:
    judged = _judged(runtime, edition_id)
    _AHEAD.pop(runtime, None)
    with runtime.engine.connect() as connection:
        designated = store.bodies(connection, edition_id, DESIGNATED)
        others = store.known_editions(connection, edition_id)
    events = [DESIGNATIONS.decode(body) for body in designated[1:]]
    return handle.build_judged(judged, [event for event in events if isinstance(event, SchoolDesignated)], others)


def _judged(runtime: Runtime, edition_id: UUID) -> Judged:
    with runtime.engine.connect() as connection:
        school_year, offset = store.opened_at(connection, edition_id)
        former = _former(store.known_editions(connection, edition_id), school_year, offset)
    ahead = _AHEAD.get(runtime)
    if ahead is None or ahead[:2] != (edition_id, former):
        ahead = (edition_id, former, handle.judge(_scores(runtime, edition_id, offset, former)))
        _AHEAD[runtime] = ahead
    return ahead[2]


def _former(others: list[Known], school_year: str, offset: int) -> tuple[UUID, ...]:
    return tuple(one.edition_id for one in others if one.school_year == school_year and one.opened_offset < offset)


def _scores(runtime: Runtime, edition_id: UUID, offset: int, former: tuple[UUID, ...]) -> Scores:
    with runtime.engine.connect() as connection:
        head, *scores = store.bodies(connection, edition_id, SCORES)
    opened = EDITIONS.decode(head)
    assert isinstance(opened, EditionOpened)
    return Scores(opened, offset, tuple(scores), tuple(_earlier(runtime, one) for one in former))


def measure(runtime: Runtime) -> None:
    """Set the gauge of editions by status."""
    with runtime.engine.connect() as connection:
        counts = store.edition_counts(connection)
    for status in ("arriving", "due", "built", "released"):
        runtime.metrics.editions.labels(status).set(counts.get(status, 0))


def _earlier(runtime: Runtime, edition_id: UUID) -> Earlier:
    with runtime.engine.connect() as connection:
        return Earlier(
            edition_id,
            tuple(store.bodies(connection, edition_id, SCORES)[1:]),
            store.kept_verdicts(connection, edition_id),
            store.kept_cards(connection, edition_id),
        )


TIMERS = (Timer("build", 1.0, build), Timer("measure", 15.0, measure))
