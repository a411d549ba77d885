"""Processes that die are started again, none outlives its supervisor, and what keeps dying is told plainly."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.local import child, ports
from deploy.local.errors import CannotStart
from deploy.local.supervisor import Process, Supervisor

ENV = {"PATH": "/usr/bin:/bin"}
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]
FAILING = [sys.executable, "-c", "import sys; sys.exit('scoring.yaml: no cut scores; add cuts')"]
RAISING = [sys.executable, "-c", "raise ValueError('Mary Poppins, 3rd grade')"]


def _until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come about in time"
        time.sleep(0.02)


def _server(port: int) -> list[str]:
    return [sys.executable, "-m", "http.server", str(port), "--bind", ports.HOST]


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    with Supervisor([Process("sleeper", SLEEPER, ENV, tmp_path / "sleeper.log")]) as supervisor:
        _until(lambda: supervisor.pid("sleeper") is not None)
        first = supervisor.pid("sleeper")
        supervisor.kill("sleeper")
        _until(lambda: supervisor.pid("sleeper") not in (None, first))
        assert supervisor.starts("sleeper") == 2


def test_the_end_of_the_supervisor_ends_all_even_a_process_that_ignores_the_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.supervisor.STOP_SECONDS", 0.5)
    supervisor = Supervisor(
        [
            Process("sleeper", SLEEPER, ENV, tmp_path / "sleeper.log"),
            Process("stubborn", STUBBORN, ENV, tmp_path / "stubborn.log"),
        ]
    )
    supervisor.start()
    _until(lambda: "up" in (tmp_path / "stubborn.log").read_text() if (tmp_path / "stubborn.log").exists() else False)
    pids = [supervisor.pid("sleeper"), supervisor.pid("stubborn")]
    supervisor.stop_all()
    assert not any(psutil.pid_exists(pid) for pid in pids if pid is not None)


def test_waiting_tells_each_process_that_answers(tmp_path: Path) -> None:
    port, told = ports.free_port(), list[str]()
    with Supervisor([Process("web", _server(port), ENV, tmp_path / "web.log")], folder=tmp_path) as supervisor:
        supervisor.wait_ready({"web": f"http://{ports.HOST}:{port}/"}, timeout=20, progress=told.append)
    assert told == ["web is ready"]


def test_a_process_that_keeps_ending_is_told_with_its_last_lines(tmp_path: Path) -> None:
    supervisor = Supervisor([Process("scoring", FAILING, ENV, tmp_path / "scoring.log")])
    with supervisor, pytest.raises(CannotStart, match="scoring keeps ending") as refusal:
        supervisor.wait_ready({"scoring": f"http://{ports.HOST}:{ports.free_port()}/"}, timeout=30)
    assert "no cut scores; add cuts" in str(refusal.value)


def test_a_process_that_never_answers_is_told_when_the_time_is_up(tmp_path: Path) -> None:
    supervisor = Supervisor([Process("sleeper", SLEEPER, ENV, tmp_path / "sleeper.log")])
    with supervisor, pytest.raises(CannotStart, match="sleeper was not ready within 1 s"):
        supervisor.wait_ready({"sleeper": f"http://{ports.HOST}:{ports.free_port()}/"}, timeout=1)


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    supervisor = Supervisor([Process("ghost", [str(tmp_path / "none")], ENV, tmp_path / "ghost.log")])
    with supervisor, pytest.raises(CannotStart, match="ghost cannot be started"):
        supervisor.wait_ready({"ghost": f"http://{ports.HOST}:{ports.free_port()}/"}, timeout=10)


def test_the_text_of_an_error_is_not_repeated(tmp_path: Path) -> None:
    log = tmp_path / "scoring.log"
    child.spawn(RAISING, log).wait()
    assert "Mary Poppins" in log.read_text()
    assert "ValueError at <string>:1 (its text is in the log)" in child.said(log)
    assert "Mary Poppins" not in child.said(log)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children of a killed parent")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom deploy.local.supervisor import Process, Supervisor\n"
        "log = Path(sys.argv[1])\n"
        "sleeper = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "supervisor = Supervisor([Process('sleeper', sleeper, {}, log)])\n"
        "supervisor.start()\n"
        "while supervisor.pid('sleeper') is None: time.sleep(0.02)\n"
        "print(supervisor.pid('sleeper'), flush=True)\ntime.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "sleeper.log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    _until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_process_left_by_a_killed_run_is_ended_and_another_with_its_old_number_is_not(tmp_path: Path) -> None:
    log = tmp_path / "sleeper.log"
    left = child.spawn(SLEEPER, log)
    note = log.with_suffix(".pid").read_text()
    log.with_suffix(".pid").write_text(f"{left.pid} 1.0\n")  # same number, created at another time
    child.end_leftover(log)
    assert left.poll() is None
    log.with_suffix(".pid").write_text(note)
    child.end_leftover(log)
    assert not psutil.pid_exists(left.pid)
