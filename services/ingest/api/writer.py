"""The one writer of a process: pushes that come at the same time share a transaction; each is answered after commit."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from fastapi import Depends, Request

from services.ingest import store
from services.ingest.handle import Changes, Known, Push, on_push, refusal_id_of
from services.ingest.rules.keeping import Item, Refusal, Reply, Sender
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
    answer: "Future[Reply]"


class Writer:
    """Gathers single pushes while a transaction runs, and writes them in the next one. Bulk chunks go in between."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._asked: list[_Asked] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._write_for_ever, name="ingest-writer", daemon=True).start()

    def push(self, sender: Sender, entry: Item | Refusal, resend_of: UUID | None = None) -> "Future[Reply]":
        """The reply to one pushed record, once it is committed; or the database's error."""
        asked = _Asked(sender, entry, resend_of, Future())
        with self._changed:
            self._asked.append(asked)
            self._changed.notify()
        return asked.answer

    def _write_for_ever(self) -> None:
        while True:
            with self._changed:
                while not self._asked:
                    self._changed.wait()
                batch, self._asked = _head(self._asked)
            # who has left gets no answer; from here on nobody can leave
            batch = [asked for asked in batch if asked.answer.set_running_or_notify_cancel()]
            if batch:
                self._answer(batch)

    def _answer(self, batch: Sequence[_Asked]) -> None:
        entries = [(asked.sender, asked.entry) for asked in batch]
        push = Push(self._runtime.settings.state, entries, resend_of=batch[0].resend_of)
        try:
            replies = write(self._runtime, push)
        except Exception as error:  # noqa: BLE001 (handed to every caller, who answers with it)
            for asked in batch:
                asked.answer.set_exception(error)
        else:
            for asked, reply in zip(batch, replies, strict=True):
                asked.answer.set_result(reply)


def _head(asked: list[_Asked]) -> tuple[list[_Asked], list[_Asked]]:
    """The next batch: a resent refusal goes alone, others together."""
    if asked[0].resend_of is not None:
        return asked[:1], asked[1:]
    end = next((at for at, one in enumerate(asked[:GATHERED]) if one.resend_of is not None), GATHERED)
    return asked[:end], asked[end:]


def write(runtime: Runtime, push: Push) -> Sequence[Reply]:
    """One push in one transaction, counted in the metrics."""
    started = time.monotonic()
    with _TURNS:
        known: list[Known] = []
        replies: Sequence[Reply] = runtime.command(push, load=partial(_load, known), step=on_push, save=_save)
    if len(known[-1].waiting) >= store.RELEASED_AT_ONCE:
        runtime.wake("release")
    runtime.metrics.handling_seconds.labels("push").observe(time.monotonic() - started)
    counts: dict[tuple[str, str], int] = {}
    for (_, entry), reply in zip(push.entries, replies, strict=True):
        counts[entry.resource, reply.outcome] = counts.get((entry.resource, reply.outcome), 0) + 1
    for (resource, outcome), count in counts.items():
        runtime.metrics.records_in.labels(resource, outcome).inc(count)
        if outcome == "refused":
            runtime.metrics.refused.labels(resource).inc(count)
    return replies


def _load(loaded: list[Known], connection: sa.Connection, push: Push) -> Known:
    revision = store.lock(connection)
    items = [entry for _, entry in push.entries if isinstance(entry, Item)]
    ids = {item.record_id for item in items}
    waiting = store.waiting_with(connection, ids)
    needed = {parent.record_id for item in items for parent in item.parents}
    for each in waiting.values():
        needed |= {each.item.record_id, *(parent.record_id for parent in each.item.parents)}
    kept = store.kept_of(connection, ids | needed)
    bad = [refusal_id_of(push.state, sender, entry) for sender, entry in push.entries if isinstance(entry, Refusal)]
    loaded.append(Known(revision, kept, waiting, store.open_refusals(connection, bad)))
    return loaded[-1]


def _save(connection: sa.Connection, changes: Changes) -> None:
    store.keep(connection, changes)


async def writer_of(request: Request, runtime: Runtime = Depends(runtime_of)) -> Writer:
    """The writer of this process, made when first asked for (on the event loop, so only once)."""
    made = getattr(request.app.state, "ingest_writer", None)
    if made is None:
        made = request.app.state.ingest_writer = Writer(runtime)
    return cast(Writer, made)
