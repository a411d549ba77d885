"""What ingest does by itself: lets in what was left over when its parents came, shows what waits, ends old uploads."""

import sqlalchemy as sa

from services.ingest import store
from services.ingest.handle import Changes, Known, Push, on_release, tests_named
from services.ingest.policy import intake_in_force
from services.ingest.rules.catalog import TABLE
from services.ingest.store import spool
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer


def show_parked(runtime: Runtime) -> None:
    """Sets the gauge of parked records, by resource."""
    with runtime.engine.connect() as connection:
        counts = store.parked_counts(connection)
    for resource in TABLE:
        runtime.metrics.parked.labels(resource.name).set(counts.get(resource.name, 0))


def let_in_the_ready(runtime: Runtime) -> None:
    """Lets in parked records whose parents all stand: a push frees only some thousands in its own transaction."""
    push = Push(runtime.settings.state, ())
    while released := runtime.command(push, load=_ready, step=on_release, save=_save):
        runtime.log("ingest.released", records=released)


def remove_old_uploads(runtime: Runtime) -> None:
    """Removes uploads that nobody has gone on with for days."""
    if removed := spool.remove_old(runtime.settings.spool):
        runtime.log("ingest.uploads_removed", files=removed)


def _ready(connection: sa.Connection, push: Push) -> Known:
    revision = store.lock(connection)
    waiting = store.ready(connection)
    ids = {parent.record_id for each in waiting.values() for parent in each.item.parents}
    return Known(
        revision,
        store.kept_of(connection, ids | waiting.keys()),
        waiting,
        tests=store.tests_of(connection, tests_named(each.item for each in waiting.values())),
        programs=intake_in_force(push.state).tests,
    )


def _save(connection: sa.Connection, changes: Changes) -> None:
    store.keep(connection, changes)


TIMERS = (
    Timer("parked", 10.0, show_parked),
    Timer("release", 5.0, let_in_the_ready),
    Timer("uploads", 3600.0, remove_old_uploads),
)
