"""The HTTP door of ingest: discovery, tokens, records in Ed-Fi's shapes, bulk files, refusals, editions."""

from fastapi import APIRouter

from services.ingest.api import bulk, discovery, editions, records, refusals, tokens

router = APIRouter()
for part in (discovery, tokens, records, bulk, refusals, editions):
    router.include_router(part.router)
