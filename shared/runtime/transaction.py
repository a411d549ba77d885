"""One transaction per handled batch: position, applied ids, new state and outbox rows move together or not at all."""

import base64
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import pydantic
import sqlalchemy as sa

from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable
from shared.events.rejections import REJECTIONS, MessageRejected
from shared.events.topic import Topic
from shared.runtime import inbox, outbox
from shared.runtime.database import is_passing
from shared.runtime.inbox import Position
from shared.vocabulary.identity import fact_id

Outcome = tuple[Any, Sequence[Fact], Any]

# What a bad message can raise from contract, decision or database; anything else is a defect and ends the process.
_UNUSABLE = (sa.exc.SQLAlchemyError, pydantic.ValidationError, ValueError, KeyError, ArithmeticError)


@dataclass(frozen=True)
class Route:
    """One line of a service's `stream.py`: a topic's events, what a decision needs, the decision, and how it is kept.

    `load(connection, event)` or `load(connection, event, position)`; `step(event, state, now)` is pure and gives
    (changes, facts, reply); `save(connection, changes)`.

    `together`: a run of messages is handled at once, whatever topics of such routes with the same three functions they
    stood on: `load(connection, run)` and `step(run, state, now)` with a sequence of `Delivered`, in order. A run of
    several comes to what its messages come to one by one. `wakes`: the timers that have work after a commit.
    """

    topic: Topic
    load: Callable[..., Any]
    step: Callable[[Any, Any, datetime], Outcome]
    save: Callable[[sa.Connection, Any], None]
    together: bool = False
    wakes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivered:
    """An event, where its message stood, and its bytes as they came."""

    event: Event
    at: Position
    value: bytes


@dataclass(frozen=True)
class Message:
    """A message as it stood on the log; `topic` is its logical name."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Handled:
    """What a batch came to."""

    applied: int
    duplicates: int
    rejected: int


class Transactions:
    """Handles batches for a set of routes; what cannot be read or applied is kept whole as a rejection."""

    def __init__(
        self,
        engine: sa.Engine,
        service: str,
        routes: Sequence[Route],
        now: Callable[[], datetime],
        partitions_of: outbox.PartitionsOf = outbox.AS_CATALOGUED,
    ) -> None:
        self._engine, self._service, self._now, self._partitions_of = engine, service, now, partitions_of
        self._routes = {route.topic.name: (route, _takes_position(route.load)) for route in routes}

    def handle(self, batch: Sequence[Message]) -> Handled:
        """Applies a batch. Raises Gap, or a database error that passes by itself; both leave nothing."""
        try:
            return self._together(batch)
        except _UNUSABLE as error:
            if is_passing(error):
                raise
        return self._one_by_one(batch)

    def _together(self, batch: Sequence[Message]) -> Handled:
        facts: list[Fact] = []
        with self._engine.begin() as connection:
            events = [(message, self._decode(message)) for message in self._fresh(connection, batch)]
            waiting = inbox.newly_applied(connection, [event.event_id for _, event in events])
            fresh = []
            for message, event in events:
                if event.event_id in waiting:
                    waiting.discard(event.event_id)
                    fresh.append((message, event))
            for run in self._runs(fresh):
                facts.extend(self._apply(connection, run))
            outbox.add(connection, facts, self._partitions_of)
        return Handled(len(fresh), len(events) - len(fresh), 0)

    def _one_by_one(self, batch: Sequence[Message]) -> Handled:
        """As `_together`, but a message that cannot be read or applied is kept whole as a rejection instead."""
        counts = {"applied": 0, "duplicates": 0, "rejected": 0}
        facts: list[Fact] = []
        with self._engine.begin() as connection:
            for message in self._fresh(connection, batch):
                try:
                    with connection.begin_nested():
                        event = self._decode(message)
                        is_new = bool(inbox.newly_applied(connection, [event.event_id]))
                        facts.extend(self._apply(connection, [(message, event)]) if is_new else ())
                    counts["applied" if is_new else "duplicates"] += 1
                except _UNUSABLE as error:
                    if is_passing(error):
                        raise
                    facts.append(rejection(self._service, message, reason_of(error)))
                    counts["rejected"] += 1
            outbox.add(connection, facts, self._partitions_of)
        return Handled(**counts)

    def _fresh(self, connection: sa.Connection, batch: Sequence[Message]) -> list[Message]:
        """The messages not yet handled, positions moved past them. Raises Gap when some are missing between."""
        expected = inbox.next_offsets(connection, {(m.topic, m.partition) for m in batch}, hold=True)
        moved: dict[inbox.Place, int] = {}
        fresh: list[Message] = []
        for message in batch:
            place = (message.topic, message.partition)
            if message.offset < expected[place]:
                continue
            if message.offset > expected[place]:
                raise inbox.Gap(f"{place[0]}/{place[1]}: expected offset {expected[place]}, got {message.offset}")
            fresh.append(message)
            expected[place] = moved[place] = message.offset + 1
        inbox.move(connection, moved)
        return fresh

    def _decode(self, message: Message) -> Event:
        route, _ = self._routes[message.topic]
        return route.topic.decode(message.value or b"")

    def _runs(self, taken: Sequence[tuple[Message, Event]]) -> Iterator[list[tuple[Message, Event]]]:
        """Splits messages into what is handled at once: neighbours of the same functions, or each by itself."""

        def kind(numbered: tuple[int, tuple[Message, Event]]) -> object:
            number, (message, _) = numbered
            route, _ = self._routes[message.topic]
            return (route.load, route.step, route.save) if route.together else number

        for _, run in groupby(enumerate(taken), kind):
            yield [each for _, each in run]

    def _apply(self, connection: sa.Connection, run: Sequence[tuple[Message, Event]]) -> Sequence[Fact]:
        route, takes_position = self._routes[run[0][0].topic]
        delivered = [Delivered(event, Position(m.topic, m.partition, m.offset), m.value or b"") for m, event in run]
        if route.together:
            changes, facts, _ = route.step(delivered, route.load(connection, delivered), self._now())
        else:
            [one] = delivered
            state = route.load(connection, one.event, *([one.at] if takes_position else ()))
            changes, facts, _ = route.step(one.event, state, self._now())
        route.save(connection, changes)
        return facts


def reason_of(error: Exception) -> str:
    """Why a message could not be used, in words that repeat no value of it."""
    if isinstance(error, pydantic.ValidationError):
        places = sorted({".".join(map(str, part["loc"])) + ": " + part["type"] for part in error.errors()})
        return "does not keep the contract: " + "; ".join(places[:10])
    if isinstance(error, sa.exc.DBAPIError):
        return f"the database refused it ({type(error.orig).__name__})"
    return str(error) if isinstance(error, Unusable) else f"could not be applied ({type(error).__name__})"


def rejection(service: str, message: Message, reason: str) -> Fact:
    """The fact that keeps an unusable message, whole, with why."""
    event = MessageRejected(
        event_id=fact_id("message.rejected", service, message.topic, message.partition, message.offset),
        service=service,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key_base64=base64.b64encode(message.key or b"").decode(),
        value_base64=base64.b64encode(message.value or b"").decode(),
        reason=reason,
    )
    return Fact(REJECTIONS, f"{message.topic}/{message.partition}", event)


def _takes_position(load: Callable[..., Any]) -> bool:
    return len(inspect.signature(load).parameters) >= 3
