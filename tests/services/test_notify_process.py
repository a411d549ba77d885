"""Notify as a process on the real broker: killed, its database lost, started anew; nobody is written to twice."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from kafka import KafkaProducer

from deploy import log, topics
from shared.events.designations import DESIGNATIONS
from shared.events.notices import NOTICES
from tests.services.notice_world import CSI, MailServer, World, free_port, make_school


class Process:
    """`python -m services.notify`, its output in a file."""

    def __init__(self, env: dict[str, str], out: Path) -> None:
        self.port = free_port()
        self._out = out.open("ab")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "services.notify"],
            env={**os.environ, **env, "SCHOOLMARK_PORT": str(self.port)},
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        wait("ready", self.is_ready)

    def is_ready(self) -> bool:
        assert self._child.poll() is None, "the process ended"
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def metric(self, line: str) -> bool:
        return line in httpx.get(f"http://127.0.0.1:{self.port}/metrics").text

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()
        self._out.close()


def wait(what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)


@pytest.fixture
def server() -> Iterator[MailServer]:
    listening = MailServer()
    listening.start()
    yield listening
    listening.stop()


def test_a_killed_process_and_a_lost_database_write_to_nobody_again(
    kafka: Any, database_url: str, folder: Path, server: MailServer
) -> None:
    namespace = f"notify{uuid.uuid4().hex[:8]}."
    topics.ensure(kafka.bootstrap, namespace)
    env = {
        "SCHOOLMARK_KAFKA": kafka.bootstrap,
        "SCHOOLMARK_DATABASE_URL": database_url,
        "SCHOOLMARK_STATE": "ms",
        "SCHOOLMARK_NAMESPACE": namespace,
        "SCHOOLMARK_SMTP": f"127.0.0.1:{server.port}",
    }
    world = World(database_url)  # only to write the edition's messages
    world.edition(1, [make_school("S1", after=(CSI,)), make_school("S2")])
    lose(world.engine)
    process = Process(env, folder / "notify.log")
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    for body in world.designations:
        producer.send(namespace + DESIGNATIONS.name, value=body, key=b"ms", partition=0)
    producer.flush()
    producer.close()

    def mailed() -> list[str]:
        events = log.events(kafka.bootstrap, NOTICES.name, namespace)
        return [event["message_id"] for event in events if event["type"] == "notice.mailed"]

    # its last day, 2025-10-20, is long gone: the opening and the three escalations leave at once
    wait("four mails are told", lambda: len(mailed()) == 4)
    wait("the gauge shows it", lambda: process.metric('schoolmark_notices{state="overdue"} 1.0'))
    process.kill()
    with sa.create_engine(database_url).connect() as connection:
        lose(connection.engine)
    again = Process(env, folder / "notify.log")
    wait("the notice is back", lambda: again.metric('schoolmark_notices{state="overdue"} 1.0'))
    time.sleep(5)  # two rounds of the mail door
    again.kill()
    assert sorted(str(mail["Message-ID"]) for mail in server.got) == sorted(mailed())
    assert len(set(mailed())) == len(server.got) == 4


def lose(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("drop schema notify cascade"))
    engine.dispose()
