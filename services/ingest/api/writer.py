"""The one writer of a process: pushes that come at the same time share a transaction; each is answered after commit."""

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends, Request

from services.ingest import store
from services.ingest.api.known import known_of
from services.ingest.handle import Changes, Known, Push, on_push
from services.ingest.rules.keeping import REFUSED, Item, Refusal, Reply, Sender
from shared.runtime.http import runtime_of
from shared.runtime.runtime import Runtime

GATHERED = 500
# the database lets writers in one by one, in order; those who wait for it leave connections for readers
_TURNS = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class _Asked:
    sender: Sender
    entry: Item | Refusal
    resend_of: UUID | None
    answer: "asyncio.Future[Reply]"


class Writer:
    """Gathers single pushes while a transaction runs, and writes them in the next one. Bulk chunks go in between.

    All of it is the event loop's, but the transactions: they run one after the other in a thread.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._asked: list[_Asked] = []
        self._thread = ThreadPoolExecutor(1, "ingest-writer")
        self._writing: asyncio.Task[None] | None = None

    async def push(self, sender: Sender, entry: Item | Refusal, resend_of: UUID | None = None) -> Reply:
        """The reply to one pushed record, once it is committed. Raises the database's error."""
        loop = asyncio.get_running_loop()
        asked = _Asked(sender, entry, resend_of, loop.create_future())
        self._asked.append(asked)
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        return await asked.answer

    async def _write_all(self) -> None:
        while self._asked:
            batch, self._asked = _head(self._asked)
            batch = [asked for asked in batch if not asked.answer.done()]  # who has left is not written
            if batch:
                await self._answer(batch)
        self._writing = None

    async def _answer(self, batch: Sequence[_Asked]) -> None:
        entries = [(asked.sender, asked.entry) for asked in batch]
        push = Push(self._runtime.settings.state, entries, resend_of=batch[0].resend_of)
        try:
            loop = asyncio.get_running_loop()
            replies = await loop.run_in_executor(self._thread, write, self._runtime, push)
        except Exception as error:  # noqa: BLE001 (handed to every caller, who answers with it)
            for asked in batch:
                if not asked.answer.done():
                    asked.answer.set_exception(error)
        else:
            for asked, reply in zip(batch, replies, strict=True):
                if not asked.answer.done():
                    asked.answer.set_result(reply)


def _head(asked: list[_Asked]) -> tuple[list[_Asked], list[_Asked]]:
    """The next batch: a resent refusal goes alone, others together."""
    if asked[0].resend_of is not None:
        return asked[:1], asked[1:]
    end = next((at for at, one in enumerate(asked[:GATHERED]) if one.resend_of is not None), GATHERED)
    return asked[:end], asked[end:]


def write(runtime: Runtime, push: Push) -> Sequence[Reply]:
    """One push in one transaction, counted in the metrics; what became of each of its entries, in order."""
    started = time.monotonic()
    with _TURNS:
        known: list[Known] = []
        changes: Changes = runtime.command(push, load=partial(_load, known), step=on_push, save=_save)
    if len(known[-1].waiting) >= store.RELEASED_AT_ONCE:
        runtime.wake("release")
    runtime.metrics.handling_seconds.labels("push").observe(time.monotonic() - started)
    for (resource, outcome), count in changes.counts.items():
        runtime.metrics.records_in.labels(resource, outcome).inc(count)
        if outcome == REFUSED:
            runtime.metrics.refused.labels(resource).inc(count)
    return changes.replies


def _load(loaded: list[Known], connection: sa.Connection, push: Push) -> Known:
    loaded.append(known_of(connection, push))
    return loaded[-1]


def _save(connection: sa.Connection, changes: Changes) -> None:
    store.keep(connection, changes)


async def writer_of(request: Request, runtime: Runtime = Depends(runtime_of)) -> Writer:
    """The writer of this process, made when first asked for (on the event loop, so only once)."""
    made = getattr(request.app.state, "ingest_writer", None)
    if made is None:
        made = request.app.state.ingest_writer = Writer(runtime)
    return cast(Writer, made)
