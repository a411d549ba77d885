"""Kafka door of reportcard: scores, designations and the service's own releases come in, one line each."""

from services.reportcard import handle, store
from shared.events.designations import DESIGNATIONS
from shared.events.editions import EDITIONS
from shared.events.published import PUBLISHED
from shared.runtime.transaction import Route

ROUTES = (
    Route(EDITIONS, load=store.scores_arrival, step=handle.on_edition_event, save=store.keep_arrived),
    Route(DESIGNATIONS, load=store.designations_arrival, step=handle.on_designation_event, save=store.keep_arrived),
    Route(PUBLISHED, load=store.known_release, step=handle.on_released, save=store.keep_release),
)
