"""Access tokens: ingest signs them with a private key, every service verifies them itself with the public one."""

import time
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jwt

LIFETIME = timedelta(minutes=30)
_ALGORITHM = "EdDSA"


class BadToken(ValueError):
    """A token that is not ours, is spent, or is damaged."""


def issue(
    private_key: Path, client_id: str, kind: str, district_id: str | None, state: str, now: datetime
) -> tuple[str, int]:
    """A signed token and the seconds it lives."""
    claims = {"sub": client_id, "kind": kind, "state": state, "iat": now, "exp": now + LIFETIME}
    if district_id is not None:
        claims["district"] = district_id
    return jwt.encode(claims, private_key.read_bytes(), algorithm=_ALGORITHM), int(LIFETIME.total_seconds())


def verify(public_key: Path, token: str, state: str) -> dict[str, Any]:
    """The claims of a token. Raises BadToken; the message never repeats the token."""
    try:
        claims = _signed(public_key, public_key.stat().st_mtime_ns, token)
        if int(claims["exp"]) <= time.time():
            raise jwt.ExpiredSignatureError
    except jwt.PyJWTError as error:
        raise BadToken(f"the access token is not valid ({type(error).__name__}); ask for a new one") from None
    if claims.get("state") != state:
        raise BadToken("the access token is for another state; ask this state's ingest for one")
    return claims


@lru_cache(4096)
def _signed(public_key: Path, changed: int, token: str) -> dict[str, Any]:
    """What a token says whose signature is right: looked at once, not with every request it comes with."""
    options: Any = {"require": ["exp", "sub"]}
    claims: dict[str, Any] = jwt.decode(token, public_key.read_bytes(), algorithms=[_ALGORITHM], options=options)
    return claims
