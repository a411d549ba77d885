"""What a client reads first: where things are, and in which order resources depend on each other."""

from typing import Any

from fastapi import APIRouter, Request

from services.ingest.rules.catalog import TABLE

router = APIRouter(tags=["discovery"])


@router.get("/")
def discovery(request: Request) -> dict[str, Any]:
    """Where tokens, data and dependencies are found."""
    base = str(request.base_url).rstrip("/")
    return {
        "version": "7.3",
        "informationalVersion": "Schoolmark ingest",
        "suite": "3",
        "apiMode": "Shared Instance",
        "dataModels": [{"name": "Ed-Fi", "version": "5.0.0"}],
        "urls": {
            "oauth": f"{base}/oauth/token",
            "dependencies": f"{base}/metadata/data/v3/dependencies",
            "dataManagementApi": f"{base}/data/v3/",
            "bulk": f"{base}/bulk/",
        },
    }


@router.get("/metadata/data/v3/dependencies")
@router.get("/metadata/data/v3/{year:int}/dependencies")
def dependencies(year: int | None = None) -> list[dict[str, Any]]:
    """Resources, parents first."""
    return [
        {"resource": f"/{resource.space}/{resource.name}", "order": place + 1, "operations": ["Create", "Update"]}
        for place, resource in enumerate(TABLE)
    ]
