"""A push is the same in one message or in two: on two real databases the bytes of the edition are equal."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from shared.events.envelope import Event
from shared.events.topic import Topic
from shared.runtime.database import prepare
from shared.vocabulary.identity import fact_id
from tests.oracle import money, upper
from tests.oracle.states import YEAR, Record, Shape, state_of
from tests.services.scoring_log import Log, messages_of, new_database, request_of
from tests.services.test_scoring_line import edition

SHAPE = Shape(((("all", 11), ("elementary", 5)), (("high", 4),)), 7)


@pytest.fixture
def logs(postgres: Any) -> Iterator[tuple[Log, Log]]:
    engines = [prepare(new_database(postgres.url), "scoring") for _ in range(2)]
    yield Log(engines[0]), Log(engines[1])
    for engine in engines:
        engine.dispose()


def test_a_push_split_in_two_changes_nothing(logs: tuple[Log, Log]) -> None:
    told = [*state_of(SHAPE), *upper.upper_school(SHAPE), *of_money()]
    whole, split = logs
    whole.send(pushes(told, 1))
    split.send(pushes(told, 2))
    request = request_of(len(told), YEAR)
    first, second = ([fact.event.to_bytes() for fact in edition(log, request)] for log in logs)
    assert first == second
    assert not whole.rejections() + split.rejections()
    assert any(b'"GRADED"' in each for each in first)


def of_money() -> list[Record]:
    """The ledger's lines without its directory, which is the state's."""
    return [each for each in money.books(SHAPE) if not hasattr(each, "name")]


def pushes(told: Sequence[Record], pieces: int) -> list[tuple[Topic, str, Event]]:
    """Records of a kind in one message or in several; revisions are those of one message a record."""
    kinds: dict[tuple[str, str], list[tuple[Topic, str, Event]]] = {}
    for message in messages_of(told):
        kinds.setdefault((message[0].name, part_of(message[2])), []).append(message)
    return [
        merged(messages[piece::pieces], part, piece) for (_, part), messages in kinds.items() for piece in range(pieces)
    ]


def part_of(event: Event) -> str:
    """The part of a message that holds its records."""
    return next(
        name for name in type(event).model_fields if isinstance(getattr(event, name), tuple) and getattr(event, name)
    )


def merged(messages: Sequence[tuple[Topic, str, Event]], part: str, piece: int) -> tuple[Topic, str, Event]:
    topic, key, event = messages[0]
    records = tuple(record for _, _, each in messages for record in getattr(each, part))
    return topic, key, event.model_copy(update={part: records, "event_id": fact_id("split", topic.name, part, piece)})
