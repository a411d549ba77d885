"""What ingest does by itself: it shows how many records wait for a parent."""

from services.ingest import store
from services.ingest.rules.resources import TABLE
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer


def show_parked(runtime: Runtime) -> None:
    """Sets the gauge of parked records, by resource."""
    with runtime.engine.connect() as connection:
        counts = store.parked_counts(connection)
    for resource in TABLE:
        runtime.metrics.parked.labels(resource.name).set(counts.get(resource.name, 0))


TIMERS = (Timer("parked", 10.0, show_parked),)
