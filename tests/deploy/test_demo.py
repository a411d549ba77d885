"""The demo's manners: stopped, killed, refused and run again; each told in one sentence, and nothing left broken."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from deploy.local import ports
from deploy.local.cluster import PORTS

ROOT = Path(__file__).parents[2]
TINY = ("--districts", "2", "--schools", "4", "--years", "2", "--once")
FREE = {f"SCHOOLMARK_{name.upper()}_PORT": "0" for name in PORTS}
COMMAND = (sys.executable, "-m", "services")


class Run:
    """A `schoolmark` process and what it says, line by line."""

    def __init__(self, *arguments: str, command: Sequence[str] = COMMAND, **more: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHOOLMARK_")}
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=kept | FREE | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in iter(self.process.stdout.readline, ""))

    def until(self, start: str, seconds: float = 90) -> None:
        """Waits for a line that begins so."""
        end = time.monotonic() + seconds
        while not self.has(start):
            assert self.process.poll() is None, self.lines
            assert time.monotonic() < end, self.lines
            time.sleep(0.05)

    def has(self, start: str) -> bool:
        return any(line.startswith(start) for line in list(self.lines))

    def ended(self, seconds: float = 120) -> int:
        """The exit code, once it has ended and its last line is read."""
        code = self.process.wait(seconds)
        self._reader.join(30)
        return code

    def stopped_by(self, number: signal.Signals) -> int:
        """Sends the signal to the demo alone; the exit code, once no child of it is left either."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        assert len(children) >= 8, "mail, five services, PostgreSQL and Kafka should run"
        self.process.send_signal(number)
        code = self.ended()
        _, alive = psutil.wait_procs(children, timeout=30)
        assert not alive
        return code


@pytest.mark.slow
def test_interrupted_then_killed_then_completed_then_warm(folder: Path) -> None:
    demo = ("demo", "--folder", str(folder), *TINY)

    first = Run(*demo)
    first.until("the directory:")
    time.sleep(0.5)
    assert first.stopped_by(signal.SIGINT) == 130
    assert not first.has("2022-23:"), "the signal was meant for the middle of that year's push"
    assert first.lines[-1] == "schoolmark: stopped; nothing is left running; the same command goes on from here"
    assert not any("Traceback" in line for line in first.lines)

    second = Run(*demo)
    second.until("2022-23:")
    assert second.stopped_by(signal.SIGKILL) == -signal.SIGKILL
    assert not second.has("2024-25:")

    third = Run(*demo)
    assert third.ended() == 0, third.lines
    assert third.has("2024-25: certified, built and released")
    assert third.has("ready after")
    assert all(len(line) <= 80 for line in third.lines if str(folder) not in line)
    assert "" not in third.lines

    began = time.monotonic()
    fourth = Run(*demo)
    assert fourth.ended() == 0, fourth.lines
    assert not fourth.has("2024-25: certified")
    assert time.monotonic() - began < 45  # about 8 s on two free cores; others may use them too
    assert [line for line in fourth.lines if "as in the line" in line] == [
        line for line in third.lines if "as in the line" in line
    ]


def test_a_used_port_is_one_sentence_and_nothing_is_started(folder: Path) -> None:
    with socket.create_server((ports.HOST, 0)) as other:
        port = str(other.getsockname()[1])
        run = Run("demo", "--folder", str(folder), *TINY, SCHOOLMARK_NOTIFY_PORT=port)
        assert run.ended() == 1
    assert run.lines[-1].startswith(f"schoolmark: Port {port}, wanted for the service notify, is already in use")
    assert run.lines[-1].endswith("choose another with SCHOOLMARK_NOTIFY_PORT.")
    assert not (folder / "postgres").exists()


def test_a_full_disk_is_one_sentence_before_anything_is_written(folder: Path) -> None:
    need_more = "from deploy.local import cluster; from services.__main__ import main; cluster.FIRST_RUN_MB = 10**9"
    run = Run("demo", "--folder", str(folder / "run"), *TINY, command=(sys.executable, "-c", f"{need_more}; main()"))
    assert run.ended() == 1
    (sentence,) = run.lines
    assert sentence.startswith(f"schoolmark: The disk of {folder / 'run'} has ")
    assert sentence.endswith("free some, or choose a folder on another disk.")
    assert list((folder / "run").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nonsense"], "No such command 'nonsense'; see `schoolmark --help`"),
        (["certify"], "Missing argument 'school_year'; see `schoolmark certify --help`"),
        (["demo", "--bogus"], "No such option: --bogus; see `schoolmark demo --help`"),
        (["certify", "2024", "--notified-on", "x"], "'2024' is no school year; write it like 2024-25"),
        (["certify", "2024-25", "--notified-on", "x"], "'x' is no day; write it like 2025-09-15"),
    ],
)
def test_a_wrong_command_is_one_sentence_and_exit_code_2(arguments: list[str], sentence: str) -> None:
    run = Run(*arguments)
    assert run.ended() == 2
    assert run.lines == [f"schoolmark: {sentence}"]
