"""Access tokens: OAuth2 client credentials against the clients file; the file holds digests of secrets only."""

import base64
import binascii
import hashlib
import hmac
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from fastapi import APIRouter, Depends, Request

from shared.runtime.http import Client, Problem, client_of, runtime_of
from shared.runtime.runtime import Runtime
from shared.runtime.tokens import issue

router = APIRouter(tags=["tokens"])
_LARGEST_FORM = 8192


@router.post("/oauth/token")
async def token(request: Request, runtime: Runtime = Depends(runtime_of)) -> dict[str, Any]:
    """A signed token for a client's id and secret, by HTTP Basic or as form fields."""
    settings = runtime.settings
    if settings.clients_path is None or settings.token_private_key is None:
        text = (
            "This service has no clients file or signing key; set SCHOOLMARK_CLIENTS and SCHOOLMARK_TOKEN_PRIVATE_KEY."
        )
        raise Problem(503, "service-unavailable", "Service Unavailable", text)
    body = await request.body()
    if len(body) > _LARGEST_FORM:
        raise Problem(400, "bad-request", "Bad Request", "The form is too large.")
    form = {name.lower(): value for name, value in parse_qsl(body.decode("utf-8", "replace"))}
    if form.get("grant_type", "").lower() != "client_credentials":
        raise Problem(
            400, "bad-request", "Bad Request", "Send grant_type=client_credentials.", ["unsupported_grant_type"]
        )
    given_id, secret = _credentials(request, form)
    found = _clients(settings.clients_path, settings.clients_path.stat().st_mtime_ns).get(given_id)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if not hmac.compare_digest(digest, str((found or {}).get("secret_sha256", "0" * 64))) or found is None:
        raise Problem(401, "security:authentication", "Authentication Failed", "The client id or secret is not right.")
    district = found.get("district")
    district_id = None if district is None else str(district)
    text, seconds = issue(
        settings.token_private_key, given_id, str(found["kind"]), district_id, settings.state, runtime.now()
    )
    return {"access_token": text, "token_type": "bearer", "expires_in": seconds}


@router.post("/oauth/token_info")
def token_info(client: Client = Depends(client_of)) -> dict[str, Any]:
    """What the bearer token says."""
    own = [int(client.district_id)] if client.district_id and client.district_id.isdigit() else []
    return {
        "active": True,
        "client_id": client.id,
        "namespace_prefixes": [],
        "education_organizations": [{"education_organization_id": district} for district in own],
        "assigned_profiles": [],
    }


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        text = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Problem(401, "security:authentication", "Authentication Failed", "The Basic header is damaged.") from None
    name, _, secret = text.partition(":")
    return name, secret


@cache
def _clients(path: Path, changed: int) -> dict[str, dict[str, Any]]:
    return {str(client["id"]): client for client in yaml.safe_load(path.read_text("utf-8"))}
