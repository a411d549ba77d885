"""Kafka door of notify: designations come in, and this service's own notices come back after a rebuild."""

from services.notify import handle, store
from shared.events.designations import DESIGNATIONS
from shared.events.notices import NOTICES
from shared.runtime.transaction import Route

ROUTES = (
    Route(DESIGNATIONS, load=store.arriving, step=handle.on_designation, save=store.keep),
    Route(NOTICES, load=store.nothing, step=handle.on_notice, save=store.keep),
)
