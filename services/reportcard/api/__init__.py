"""HTTP door of reportcard: the public site and its twins in JSON and CSV, previews behind login, releases."""

from fastapi import APIRouter

from services.reportcard.api import editions, login, preview, public
from services.reportcard.api.kept import KeptCards

router = APIRouter(routes=[route for part in (public, editions, login, preview) for route in part.router.routes])
before = KeptCards
