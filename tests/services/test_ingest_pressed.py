"""Ingest's door pressed hard: records beyond all size, clients that leave, one file sent twice at the same time."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.ingest.api.intake import reader_of
from services.ingest.api.writer import Writer
from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import Sender
from shared.runtime import outbox
from tests.services.ingest_door import DATA, Door, district, opened, student
from tests.services.test_ingest_mapped import HEAD, MAPPING, ROWS

LARGEST_MESSAGE = 8 * 1024 * 1024  # what the topics and the relay's producer take: a greater one would stand for ever


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        yield made


def largest_fact(door: Door) -> int:
    with door.engine.connect() as connection:
        length = sa.func.max(sa.func.octet_length(outbox.rows.c.value))
        return int(connection.execute(sa.select(length)).scalar_one() or 0)


def test_a_line_too_long_for_a_message_is_refused_and_its_refusal_is_not(door: Door) -> None:
    report = door.bulk("north", "students", [b'{"firstName":"' + b"x" * 9_000_000 + b'"}', student("S1")])
    assert (report["refused"], report["new"]) == (1, 1)
    assert 0 < largest_fact(door) < LARGEST_MESSAGE


def test_a_cell_too_long_for_a_message_is_refused_and_its_refusal_is_not(database_url: str, folder: Path) -> None:
    long = ROWS[0].replace(",1,Poe", f",1{'x' * 9_000_000},Poe")
    with opened(database_url, folder, "trial") as door:
        files = {
            "mapping": ("m.yaml", MAPPING.read_bytes()),
            "file": ("rows.csv", "\n".join((HEAD, long)).encode()),
        }
        report = door.ask("state", "POST", "/bulk", files=files).json()
        assert report["refused"] > 0
        assert 0 < largest_fact(door) < LARGEST_MESSAGE


def entry_of(number: int) -> Any:
    return reader_of("ms").read(BY_NAME["localEducationAgencies"], json.dumps(district(number)).encode())


def test_a_push_with_a_query_is_answered_as_one_without(door: Door) -> None:
    pushes = [door.push("state", f"localEducationAgencies{query}", district(1001)) for query in ("", "?year=2025")]
    assert [each.json()["outcome"] for each in pushes] == ["new", "unchanged"]
    assert len({each.headers["Location"] for each in pushes}) == len({each.headers["ETag"] for each in pushes}) == 1
    assert door.push("state", "localEducationAgencies?year=soon", district(1001)).status_code == 400


async def leave_in_between(door: Door) -> list[str]:
    """Three push while another holds the write lock; the second leaves before its record is looked at."""
    writer, sender = Writer(door.runtime), Sender("state", "state", None)
    with door.engine.begin() as connection:
        connection.execute(sa.text("select from ingest.revisions for update"))
        pushed = []
        for number in (1001, 1002, 1003):
            pushed.append(asyncio.create_task(writer.push(sender, entry_of(number))))
            await asyncio.sleep(0.05)  # the writer waits with the first
        pushed[1].cancel()
        await asyncio.wait(pushed[1:2])
    return [(await pushed[at]).outcome for at in (0, 2)]


def test_a_client_that_leaves_before_its_answer_stops_nobody_else(door: Door) -> None:
    assert asyncio.run(leave_in_between(door)) == ["new", "new"]
    listed = door.ask("state", "GET", DATA + "localEducationAgencies").json()
    assert [each["localEducationAgencyId"] for each in listed] == [1001, 1003]


def test_a_file_sent_twice_at_the_same_time_is_written_once(database_url: str, folder: Path) -> None:
    key, answers = str(uuid4()), []
    rows = [ROWS[0].replace(",1,Poe", f",{number},Poe") for number in range(3000)]
    files = {"mapping": ("m.yaml", MAPPING.read_bytes()), "file": ("rows.csv", "\n".join((HEAD, *rows)).encode())}

    def send(door: Door) -> None:
        answers.append(door.ask("state", "POST", "/bulk", files=files, headers={"Submission-Id": key}))

    with opened(database_url, folder, "trial") as door:
        threads = [threading.Thread(target=send, args=(door,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        report = door.ask("state", "GET", f"/bulk/submissions/{key}").json()
    # a district, a school and an assessment; of each student the record, an enrolment, groups and a result
    assert (report["received"], report["new"]) == (3 + 4 * 3000, 3 + 4 * 3000)
    assert 200 in {answer.status_code for answer in answers} <= {200, 409}
