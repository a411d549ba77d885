"""A process as a whole: what its log may show, and that it answers for its life while every request waits."""

import asyncio
import contextlib
import gc
import io
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from shared.runtime.observe import json_log

NAME = "Maria Lopez"
PROGRAM = f"""
import time
from fastapi import APIRouter
from shared.runtime.launch import serve
router = APIRouter()
@router.get("/bad")
def bad(): raise RuntimeError("{NAME}, 900417")
@router.get("/slow")
def slow(): time.sleep(6)
serve("trying", router=router)
"""


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[str, Path]]:
    """A service's process that has neither a database nor a broker; its address and what it printed."""
    port, printed = free_port(), folder / "printed"
    settings = {
        "KAFKA": "127.0.0.1:1",
        "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "STATE": "ms",
        "PORT": str(port),
    }
    environment = {**os.environ, **{f"SCHOOLMARK_{name}": value for name, value in settings.items()}}
    with printed.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_alive(url)
        yield url, printed
    finally:
        process.terminate()
        process.wait(15)


def wait_until_alive(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            httpx.get(url + "/healthz", timeout=1)
            return
        except httpx.TransportError:
            assert time.monotonic() < until, "the process does not answer"
            time.sleep(0.1)


def test_a_failing_request_shows_its_type_and_nothing_of_what_it_held(folder: Path) -> None:
    with started(folder) as (url, printed):
        assert httpx.get(url + "/bad").status_code == 500
    shown = printed.read_text()
    assert '"http.failed"' in shown
    assert "RuntimeError" in shown
    assert NAME not in shown


def test_a_process_answers_for_its_life_while_every_request_waits(folder: Path) -> None:
    def ask() -> None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url + "/slow", timeout=20)

    with started(folder) as (url, _):
        threads = [threading.Thread(target=ask) for _ in range(45)]  # 40 are answered at a time
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        asked = time.monotonic()
        assert httpx.get(url + "/healthz", timeout=20).status_code == 200
        assert time.monotonic() - asked < 2


def is_hung_up_on(url: str, wire: bytes) -> bool:
    """Whether the server ends the connection on which only this was sent. Fails when it waits for more."""
    address = httpx.URL(url)
    with contextlib.suppress(ConnectionError), socket.create_connection((address.host, address.port), 10) as made:
        made.sendall(wire)
        while made.recv(65536):
            pass
    return True


def test_a_head_without_end_is_refused_and_a_long_body_is_not(folder: Path) -> None:
    lines = b"X-More: and more\r\n" * 10_000
    chunk = b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    with started(folder) as (url, _):
        assert is_hung_up_on(url, b"GET /healthz HTTP/1.1\r\nX-Long: " + b"x" * 200_000)
        assert is_hung_up_on(url, b"GET /healthz HTTP/1.1\r\n" + lines)
        assert is_hung_up_on(url, b"POST /healthz HTTP/1.1\r\n" + chunk + lines * 5)  # lines after the body
        assert httpx.post(url + "/healthz", content=b"x" * 3_000_000).status_code == 405
        assert httpx.get(url + "/healthz", headers={"X-Long": "x" * 50_000}).status_code == 200


async def _fails() -> None:
    raise ValueError(NAME)


async def _loses_an_error() -> None:
    task = asyncio.ensure_future(_fails())
    await asyncio.sleep(0.01)
    del task


def test_a_library_that_writes_an_error_into_its_message_shows_none_of_it() -> None:
    root, shown = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    try:
        with contextlib.redirect_stdout(shown):
            json_log("trying", "trying-0")
            asyncio.run(_loses_an_error())
            gc.collect()
    finally:
        root.handlers = handlers
        root.setLevel(level)
    assert "Task exception was never retrieved" in shown.getvalue()
    assert NAME not in shown.getvalue()
