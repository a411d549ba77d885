"""Timer door of reportcard: builds the cards of due editions, outside any transaction, and counts editions."""

from uuid import UUID

from services.reportcard import handle, store
from services.reportcard.handle import Earlier, Whole
from services.reportcard.rules.progress import DESIGNATIONS as DESIGNATED
from services.reportcard.rules.progress import SCORES
from shared.events.designations import DESIGNATIONS, SchoolDesignated
from shared.events.editions import EDITIONS, EditionOpened
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer


def build(runtime: Runtime) -> None:
    """Build every due edition, oldest first, and write each in one go."""
    with runtime.engine.connect() as connection:
        due = store.due_editions(connection)
    for edition_id in due:
        built = handle.build(whole_edition(runtime, edition_id))
        taken = runtime.command(built, load=store.status_of, step=handle.on_built, save=store.keep_built)
        if taken:
            runtime.log("edition.built", edition_id=str(edition_id), fingerprint=built.fingerprint)


def whole_edition(runtime: Runtime, edition_id: UUID) -> Whole:
    """All that an edition's cards need, read in one go."""
    with runtime.engine.connect() as connection:
        scores = store.bodies(connection, edition_id, SCORES)
        designated = store.bodies(connection, edition_id, DESIGNATED)
        offset = store.opened_offset(connection, edition_id)
        others = store.known_editions(connection, edition_id)
    opened = EDITIONS.decode(scores[0])
    assert isinstance(opened, EditionOpened)
    events = [DESIGNATIONS.decode(body) for body in designated[1:]]
    former = [one for one in others if one.school_year == opened.school_year and one.opened_offset < offset]
    return Whole(
        opened=opened,
        opened_offset=offset,
        scores=tuple(scores[1:]),
        designations=tuple(event for event in events if isinstance(event, SchoolDesignated)),
        earlier=tuple(_earlier(runtime, one.edition_id) for one in former),
        others=tuple(others),
    )


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
