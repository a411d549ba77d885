"""How a child process is started and ended: own session, output to a log, never outliving this process."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
_FRAME = re.compile(r'  File "(.+)", line (\d+)')
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: int | None = None,
    orphan_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a command in its own session, so that Ctrl-C of the terminal reaches only its parent.

    On Linux the kernel sends `orphan_signal` when the thread that calls this ends, however it ends.
    Elsewhere a child of a killed parent stays; `end_leftover` finds it by the pid file beside its log.
    """
    parent = os.getpid()

    def follow_parent() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the line above
                os._exit(1)

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=folder,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=follow_parent,
        )
    _pid_file(log).write_text(f"{process.pid} {psutil.Process(process.pid).create_time()}\n")
    return process


def end_leftover(log: Path, first: signal.Signals = signal.SIGTERM) -> None:
    """End the process that a killed run left behind, known by its pid and its time of creation."""
    words = _pid_file(log).read_text().split() if _pid_file(log).exists() else []
    if len(words) == 2 and psutil.pid_exists(int(words[0])):  # fewer words: the file was left half-written
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
            process = psutil.Process(int(words[0]))
            if abs(process.create_time() - float(words[1])) < 0.1:  # else the number belongs to another by now
                process.send_signal(first)
                try:
                    process.wait(20)
                except psutil.TimeoutExpired:
                    process.kill()
                    process.wait(5)
    _pid_file(log).unlink(missing_ok=True)


def _pid_file(log: Path) -> Path:
    return log.with_suffix(".pid")


def end(process: subprocess.Popen[bytes], timeout_seconds: float = 10, first: signal.Signals = signal.SIGTERM) -> None:
    """Ask the process to stop; after the timeout, make it and its whole group stop."""
    if process.poll() is None:
        process.send_signal(first)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGCONT)  # a stopped process could not obey
            kill_group(process)
    process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and to what it started; waits for its end."""
    with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile, which is what was wanted
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def said(log: Path, count: int = 8) -> str:
    """The end of a log. Of tracebacks only the error's kind and place are told: its text may hold a student's data."""
    if not log.exists():
        return f"{log} was not written."
    with log.open("rb") as source:
        source.seek(max(0, log.stat().st_size - 64_000))
        lines = source.read().decode("utf-8", "replace").splitlines()
    told, place = dict[str, None](), ""  # a line that repeats is told once
    for line in lines:
        if line.startswith("Traceback"):
            place = "an unknown place"
        elif place and (frame := _FRAME.match(line)):
            place = f"{frame[1]}:{frame[2]}"
        elif line.strip() and not line[0].isspace():
            text = f"{line.partition(':')[0]} at {place} (its text is in the log)" if place else line
            told.pop(text, None)
            told[text] = None
            place = ""
    return f"The end of {log}:\n" + "\n".join("  " + line[:300] for line in list(told)[-count:])
