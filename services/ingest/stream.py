"""The Kafka door: ingest reads no topic; records come in by HTTP."""

from shared.runtime.transaction import Route

ROUTES: tuple[Route, ...] = ()
