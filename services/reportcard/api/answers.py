"""One way to answer: bytes with an ETag made of them alone, and headers that say nothing a page does not."""

import hashlib
from typing import Any

from fastapi import Request, Response

from shared.vocabulary.identity import canonical

HTML = "text/html; charset=utf-8"
JSON = "application/json"
CSV = "text/csv; charset=utf-8"
CSS = "text/css; charset=utf-8"

_GUARDS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_PUBLIC = "public, max-age=59"  # and kept.py may be a second behind: no card is older than a minute
_PRIVATE = "private, no-store"


def answer(request: Request, body: str, media: str, *, is_private: bool = False, status: int = 200) -> Response:
    """The body, or 304 when the reader has it. A private page is never kept by anyone on the way."""
    headers = {**_GUARDS, "Cache-Control": _PRIVATE if is_private else _PUBLIC}
    if status == 200 and not is_private:
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        headers["ETag"] = tag
        if tag in [part.strip() for part in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media)


def json_text(value: Any) -> str:
    """The canonical text of an answer's value."""
    return canonical(value)
