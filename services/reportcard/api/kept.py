"""Which public cards are answered out of memory: those last answered, while the editions stand as they stood then.

This stands before the whole application: what the framework puts around every route costs as much as this answer.

A released card follows from its address and from how the editions stand: which are released, which stale. That is read
again every second, and at once after a release here; when it has changed, everything is forgotten.
"""

import asyncio
import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from services.reportcard.api import views
from services.reportcard.api.views import Edition
from shared.runtime.runtime import Runtime

CHANGED = "cards"  # what a runtime is woken with when the editions have changed here
MOST_BYTES = 64 * 2**20
_LOOKED_AT_SECONDS, TRUE_FOR_SECONDS = 0.5, 1.0
# so that nobody can fill the memory with addresses that all mean the same card
_PLAIN = re.compile(rb"(year=\d{4}-\d{2})?")
_Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class _Card:
    tag: bytes
    headers: _Headers
    body: bytes

    def headers_unchanged(self) -> _Headers:
        """The headers of a 304."""
        return [(name, value) for name, value in self.headers if name not in (b"content-length", b"content-type")]


def keep(request: Request, found: list[Edition], response: Response) -> Response:
    """The response, marked to be kept: a public card, made while the editions stood as they were found."""
    if response.status_code == 200:
        request.state.kept = (_standing(found), response)
    return response


class KeptCards:
    """Stands before the application. `_standing` was true at `_looked` or later, and every card was made under it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._cards: OrderedDict[tuple[str, bytes], _Card] = OrderedDict()
        self._bytes = 0
        self._standing: str | None = None
        self._looked = self._must = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._changed = threading.Event()
        self._is_told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a kept card; anything else is the application's."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self._app(scope, receive, send)
        key = (scope["path"], scope["query_string"])
        card = self._cards.get(key)
        if card is not None and not self._was_looked(_LOOKED_AT_SECONDS):
            await self._look_again(self._app.state.runtime)
            card = self._cards.get(key)
        if card is None:
            return await self._ask(key, scope, receive, send)
        self._cards.move_to_end(key)
        await _answer(card, scope, send)

    async def _ask(self, key: tuple[str, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        """The application answers; what it marked is kept."""
        if not self._is_told and (runtime := getattr(self._app.state, "runtime", None)):
            runtime.add_waker(CHANGED, self._changed)
            self._is_told = True
        began = time.monotonic()
        await self._app(scope, receive, send)
        made = scope.get("state", {}).get("kept")
        if made is not None and _PLAIN.fullmatch(key[1]):
            self._keep(key, began, *made)

    def _was_looked(self, within: float) -> bool:
        """Whether the editions were looked at so many seconds ago at most, and after the last change here."""
        if self._changed.is_set():
            self._changed.clear()
            self._must = time.monotonic()
        return self._looked >= self._must and self._looked >= time.monotonic() - within

    async def _look_again(self, runtime: Runtime) -> None:
        """Comes back when what is kept is true, or forgotten."""
        while self._cards and not self._was_looked(_LOOKED_AT_SECONDS):
            if self._looking is None:
                self._looking = asyncio.create_task(self._look(runtime))
            if self._was_looked(TRUE_FOR_SECONDS):
                return  # true for a little while yet: nobody waits
            await asyncio.shield(self._looking)

    async def _look(self, runtime: Runtime) -> None:
        began = time.monotonic()
        try:
            standing = await run_in_threadpool(_standing_now, runtime)
        except Exception:  # noqa: BLE001 (whatever it is: the application answers, and says and logs what it cannot)
            self._forget()
        else:
            self._stand(standing, began)
        finally:
            self._looking = None

    def _stand(self, standing: str, looked: float) -> None:
        if standing != self._standing:
            self._forget()
        self._standing, self._looked = standing, looked

    def _keep(self, key: tuple[str, bytes], began: float, standing: str, response: Response) -> None:
        if standing != self._standing:
            if began < self._looked:
                return  # made under what stood before
            self._stand(standing, began)
        body = bytes(response.body)
        former = self._cards.pop(key, None)
        self._cards[key] = _Card(response.headers["etag"].encode(), list(response.raw_headers), body)
        self._bytes += len(body) - (len(former.body) if former else 0)
        while self._bytes > MOST_BYTES:
            _, oldest = self._cards.popitem(last=False)
            self._bytes -= len(oldest.body)

    def _forget(self) -> None:
        self._cards.clear()
        self._bytes = 0


async def _answer(card: _Card, scope: Scope, send: Send) -> None:
    for name, value in scope["headers"]:
        if name == b"if-none-match" and card.tag in [part.strip() for part in value.split(b",")]:
            await send({"type": "http.response.start", "status": 304, "headers": card.headers_unchanged()})
            await send({"type": "http.response.body", "body": b""})
            return
    await send({"type": "http.response.start", "status": 200, "headers": card.headers})
    await send({"type": "http.response.body", "body": card.body})


def _standing(found: list[Edition]) -> str:
    return repr([one.row for one in found])


def _standing_now(runtime: Runtime) -> str:
    with runtime.engine.connect() as connection:
        return _standing(views.editions(connection))
