"""The most memory a process has held."""

from contextlib import suppress
from pathlib import Path

import psutil


def peak_mb(process: psutil.Process) -> float:
    """Linux keeps the peak itself (VmHWM); elsewhere the present size, which the sampling makes a peak of."""
    status = Path(f"/proc/{process.pid}/status")
    with suppress(OSError):
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    with suppress(psutil.NoSuchProcess):
        return float(process.memory_info().rss) / 2**20
    return 0.0
