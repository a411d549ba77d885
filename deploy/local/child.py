"""How a child process is started and ended: own session, output to a file, never outliving this process."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
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
    Elsewhere a child of a killed parent stays; the next start finds and ends it by its pid file.
    """
    parent = os.getpid()

    def follow_parent() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the line above
                os._exit(1)

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
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
    """The end of a log in plain lines; indented ones (the inside of tracebacks) are left out."""
    if not log.exists():
        return f"{log} was not written."
    with log.open("rb") as source:
        source.seek(max(0, log.stat().st_size - 64_000))
        lines = source.read().decode("utf-8", "replace").splitlines()
    plain = [line for line in lines if line.strip() and not line[0].isspace() and line[:9] != "Traceback"]
    return f"The end of {log}:\n" + "\n".join("  " + line[:300] for line in plain[-count:])
