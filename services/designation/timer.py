"""Timer door of designation: keeps the count of decided editions up to date for whoever watches."""

from services.designation import store
from shared.runtime.runtime import Runtime
from shared.runtime.timers import Timer


def measure(runtime: Runtime) -> None:
    """Sets the gauge of decided editions."""
    with runtime.engine.connect() as connection:
        runtime.metrics.editions.labels("decided").set(store.decided_count(connection))


TIMERS = (Timer("measure", 15, measure),)
