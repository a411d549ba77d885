"""Kafka door of reportcard: scores, designations and the service's own releases come in, one line each."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from services.reportcard import handle, store
from services.reportcard.rules.progress import Arrival, Arrived, Half
from shared.events.designations import DESIGNATIONS, DesignationsClosed
from shared.events.editions import EDITIONS, EditionClosed
from shared.events.fact import Fact
from shared.events.published import PUBLISHED
from shared.runtime.transaction import Delivered, Route


def load(connection: sa.Connection, run: Sequence[Delivered]) -> dict[Half, Arrival]:
    """What the halves of editions find; with all that has come of those which close."""
    closing = {handle.half_of(each.event) for each in run if isinstance(each.event, EditionClosed | DesignationsClosed)}
    return store.arrivals(connection, {handle.half_of(each.event) for each in run}, closing)


def step(
    run: Sequence[Delivered], arrivals: Mapping[Half, Arrival], now: datetime
) -> tuple[list[Arrived], list[Fact], None]:
    """A run of messages of either half."""
    return handle.on_deliveries(
        [handle.Delivery(each.event, each.at.offset, each.value) for each in run], arrivals, now
    )


ROUTES = (
    Route(EDITIONS, load, step, save=store.keep_arrived, together=True, wakes=("build",)),
    Route(DESIGNATIONS, load, step, save=store.keep_arrived, together=True, wakes=("build",)),
    Route(PUBLISHED, load=store.known_release, step=handle.on_released, save=store.keep_release),
)
