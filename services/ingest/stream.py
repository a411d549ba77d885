"""The Kafka door: ingest reads no topic; records come in by HTTP, and it alone writes sis.*."""

from shared.events.sis import SIS
from shared.runtime.transaction import Route

WRITES = SIS

ROUTES: tuple[Route, ...] = ()
