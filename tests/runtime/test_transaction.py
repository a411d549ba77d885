"""One transaction a batch: positions, ids, state and outbox move together; what cannot be used is kept whole."""

import base64
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from shared.events.fact import Fact, Unusable
from shared.events.notices import NOTICES, NoticeMoved
from shared.events.scores import SCORES
from shared.runtime import database, inbox, outbox
from shared.runtime.transaction import Message, Route, Transactions
from shared.vocabulary.identity import fact_id

NOW = datetime(2025, 1, 1, tzinfo=UTC)
metadata = sa.MetaData()
kept = sa.Table("kept", metadata, sa.Column("id", sa.Uuid, primary_key=True), sa.Column("cause", sa.Text))


def event(number: int, cause: str = "a cause") -> NoticeMoved:
    obligation = fact_id("obligation", "test")
    return NoticeMoved(
        event_id=fact_id("moved", number),
        obligation_id=obligation,
        school_id="1",
        before="OPEN",
        after="SENT",
        on=date(2025, 1, 1),
        cause=cause,
    )


def message(offset: int, value: bytes | None = None, partition: int = 0) -> Message:
    return Message(NOTICES.name, partition, offset, b"1", event(offset).to_bytes() if value is None else value)


def _save(connection: sa.Connection, moved: Any) -> None:
    connection.execute(sa.insert(kept).values(id=moved.event_id, cause=moved.cause))


def _step(moved: NoticeMoved, state: None, now: datetime) -> tuple[Any, list[Fact], None]:
    if moved.cause == "refuse me":
        raise Unusable("the decision refuses it")
    return moved, [Fact(NOTICES, "1", moved)], None


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = database.prepare(database_url, "trying")
    with engine.begin() as connection:
        metadata.create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def transactions(engine: sa.Engine) -> Transactions:
    return Transactions(engine, "trying", [Route(NOTICES, lambda c, e: None, _step, _save)], lambda: NOW)


def rows(engine: sa.Engine, query: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(query).all())


def test_a_batch_moves_position_state_and_outbox_together(engine: sa.Engine, transactions: Transactions) -> None:
    handled = transactions.handle([message(0), message(1), message(2)])
    assert (handled.applied, handled.duplicates, handled.rejected) == (3, 0, 0)
    assert rows(engine, sa.select(inbox.positions)) == [(NOTICES.name, 0, 3)]
    assert len(rows(engine, sa.select(kept))) == 3
    assert [r.event_id for r in rows(engine, sa.select(outbox.rows).order_by(outbox.rows.c.id))] == [
        fact_id("moved", number) for number in range(3)
    ]


def test_the_same_offsets_again_do_nothing(engine: sa.Engine, transactions: Transactions) -> None:
    transactions.handle([message(0), message(1)])
    handled = transactions.handle([message(0), message(1)])
    assert handled.applied == 0
    assert len(rows(engine, sa.select(kept))) == 2


def test_a_relays_duplicate_has_a_new_offset_and_an_old_id(engine: sa.Engine, transactions: Transactions) -> None:
    again = Message(NOTICES.name, 0, 1, b"1", event(0).to_bytes())
    third = Message(NOTICES.name, 0, 2, b"1", event(0).to_bytes())
    handled = transactions.handle([message(0), again, third])
    assert (handled.applied, handled.duplicates) == (1, 2)
    assert rows(engine, sa.select(inbox.positions.c.next_offset)) == [(3,)]


def test_a_gap_applies_nothing_at_all(engine: sa.Engine, transactions: Transactions) -> None:
    with pytest.raises(inbox.Gap, match="expected offset 1, got 2"):
        transactions.handle([message(0), message(2)])
    assert rows(engine, sa.select(kept)) == []
    assert rows(engine, sa.select(inbox.positions)) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff not json", "does not keep the contract"),
        (b"", "does not keep the contract"),
        (event(7).to_bytes().replace(b'"a cause"', b'"a \\u0000 cause"'), "does not keep the contract"),
        (event(7).to_bytes().replace(b'"cause"', b'"because"'), "does not keep the contract"),
        (event(7, "refuse me").to_bytes(), "the decision refuses it"),
    ],
    ids=["no JSON", "empty", "a NUL", "an unknown key", "refused by the decision"],
)
def test_an_unusable_message_is_kept_whole_and_its_neighbours_go_in(
    engine: sa.Engine, transactions: Transactions, value: bytes, reason: str
) -> None:
    handled = transactions.handle([message(0), message(1, value), message(2)])
    assert (handled.applied, handled.rejected) == (2, 1)
    assert rows(engine, sa.select(inbox.positions.c.next_offset)) == [(3,)]
    found = [r for r in rows(engine, sa.select(outbox.rows)) if r.topic == "platform.rejections.v1"]
    import json

    rejected = json.loads(found[0].value)
    assert base64.b64decode(rejected["value_base64"]) == value
    assert rejected["offset"] == 1
    assert rejected["reason"].startswith(reason)
    assert "a cause" not in rejected["reason"]


def test_keys_go_to_the_partition_every_kafka_client_would_choose() -> None:
    from kafka.partitioner import DefaultPartitioner

    class FourPartitions:
        def topics(self) -> set[str]:
            return {"t"}

        def partitions_for_topic(self, _: str) -> set[int]:
            return {0, 1, 2, 3}

        available_partitions_for_topic = partitions_for_topic

    theirs = DefaultPartitioner()
    for key in ("1001", "1001003", "ms", "ü"):
        chosen = theirs.partition("t", key, key.encode(), b"", b"", FourPartitions())
        assert outbox.partition_of(key, SCORES.partitions) == chosen


def test_a_data_error_is_not_an_error_that_passes(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.SQLAlchemyError) as caught, engine.connect() as connection:
        connection.execute(sa.text("select cast(:text as int)"), {"text": "no number"})
    assert not database.is_passing(caught.value)


class SlowlyTold(NoticeMoved):
    """A fact whose bytes take 12 ms, as a large school's scores do on a busy machine."""

    def to_bytes(self) -> bytes:
        time.sleep(0.012)
        return super().to_bytes()


def test_facts_whose_bytes_take_longer_than_an_idle_transaction_may_are_written(engine: sa.Engine) -> None:
    slow = SlowlyTold.model_validate(event(1).model_dump())
    with engine.begin() as connection:
        connection.execute(sa.text("select 1"))
        outbox.add(connection, [Fact(NOTICES, "1", slow)] * 500)  # 6 s in all; the database lets 5 s pass
    assert rows(engine, sa.select(sa.func.count()).select_from(outbox.rows)) == [(500,)]
