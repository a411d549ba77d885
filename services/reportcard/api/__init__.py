"""HTTP door of reportcard: the public site and its twins in JSON and CSV, previews behind login, releases."""

from fastapi import APIRouter

from services.reportcard.api import editions, login, preview, public

router = APIRouter()
router.include_router(editions.router)
router.include_router(login.router)
router.include_router(preview.router)
router.include_router(public.router)
