"""Ingest as a process, killed while a file is sent and while it is read: the client goes on, nothing counts twice."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import topics
from deploy.client import Api
from tests.services.ingest_door import clients_and_keys, student
from tests.services.notice_world import free_port

LINES = 20_000


class Process:
    """`python -m services.ingest`, which can be killed and started anew at the same port."""

    def __init__(self, env: dict[str, str], out: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env, self._out = {**os.environ, **env, "SCHOOLMARK_PORT": str(self.port)}, out
        self._start()
        until = time.monotonic() + 60
        while not self._is_ready():
            assert self._child.poll() is None, "the process ended"
            assert time.monotonic() < until, "the process is not ready"
            time.sleep(0.1)

    def kill_and_start(self) -> None:
        self.kill()
        self._start()

    def kill(self) -> None:
        self._child.kill()
        self._child.wait()

    def _start(self) -> None:
        with self._out.open("ab") as out:
            command = [sys.executable, "-m", "services.ingest"]
            self._child = subprocess.Popen(command, env=self._env, stdout=out, stderr=out)

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz").status_code == 200
        return False


def test_a_process_killed_twice_in_one_file_reads_each_record_once(
    kafka: Any, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = f"ingest{uuid.uuid4().hex[:8]}."
    topics.ensure(kafka.bootstrap, namespace)
    env = {
        "SCHOOLMARK_KAFKA": kafka.bootstrap,
        "SCHOOLMARK_DATABASE_URL": database_url,
        "SCHOOLMARK_STATE": "ms",
        "SCHOOLMARK_NAMESPACE": namespace,
        "SCHOOLMARK_SPOOL": str(folder / "spool"),
        **{f"SCHOOLMARK_{name}": str(path) for name, path in clients_and_keys(folder).items()},
    }
    file = folder / "students.ndjson"
    file.write_bytes(b"".join(line(n) for n in range(LINES)))
    process = Process(env, folder / "ingest.log")
    sent: list[int] = []
    killed: list[str] = []

    def on_sent(done: int, total: int) -> None:
        sent.append(done)
        if not killed and done > total / 2:
            killed.append("while it was sent")
            process.kill_and_start()

    def on_read(done: int, total: int) -> None:
        if len(killed) == 1 and 0 < done < total:
            killed.append("while it was read")
            process.kill_and_start()

    monkeypatch.setattr("deploy.uploads._POLL_SECONDS", 0.02)
    try:
        report = Api({"ingest": process.url}, "north", "secret north").submit("students", file, on_read, on_sent)
    finally:
        process.kill()
    assert killed == ["while it was sent", "while it was read"]
    assert (report["received"], report["new"]) == (LINES, LINES)
    size = file.stat().st_size
    back = [(before, after) for before, after in itertools.pairwise(sent) if after <= before]
    # after the first kill it went on from what had come, a good part of the file; after the second nothing was sent
    assert len(back) == 1
    assert back[0][1] > size / 4
    assert sent[-1] == size
    assert list((folder / "spool").iterdir()) == []


def line(number: int) -> bytes:
    """A student of 2.5 kB, most of them blanks: half of the file is far more than what lies in sockets on the way."""
    return json.dumps(student(f"S{number}")).encode() + b" " * 2_400 + b"\n"
