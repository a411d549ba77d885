"""The HTTP door of ingest: discovery, tokens, records in Ed-Fi's shapes, bulk files, refusals, editions."""

from fastapi import APIRouter

from services.ingest.api import bulk, discovery, editions, records, refusals, tokens

# in one list, what is asked most first: routers within routers are searched anew at each level, for every request
router = APIRouter(
    routes=[route for part in (records, discovery, tokens, bulk, refusals, editions) for route in part.router.routes]
)
before = records.Pushes
