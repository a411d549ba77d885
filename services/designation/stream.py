"""Kafka door: editions come in, one line."""

from services.designation import handle, store
from shared.events.editions import EDITIONS
from shared.runtime.transaction import Route

ROUTES = (Route(EDITIONS, load=store.edition_state, step=handle.on_edition_event, save=store.keep),)
