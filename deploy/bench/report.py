"""The bench's table and its JSON file: every figure beside its floor, the machine, and what each process cost."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from deploy import topics
from deploy.bench import machine
from deploy.bench.figures import ratio
from deploy.bench.processes import Spent
from deploy.local.cluster import WORKERS

_WIDTH = 160  # where no terminal says how wide it is


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
    cpu_seconds: dict[str, dict[str, float]] = field(default_factory=dict)  # by stage and process
    peak_mb: Mapping[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def seconds(self, stage: str, name: str, what: str, seconds: float, floor: float | None = None) -> None:
        """A time, and how many times the floor's time it is."""
        beside = None if floor is None else f"{floor:,.2f} s"
        self._beside(stage, name, Row(stage, what, f"{seconds:,.2f} s", beside or ""), seconds, floor)

    def rate(self, stage: str, name: str, what: str, a_second: float, floor: float) -> None:
        """A rate, and its share of the floor's rate."""
        self._beside(stage, name, Row(stage, what, f"{a_second:,.0f} /s", f"{floor:,.0f} /s"), a_second, floor)

    def each(self, stage: str, name: str, what: str, ms: float, floor: float | None = None) -> None:
        """Processor milliseconds of one request, and how many times the floor's they are."""
        beside = None if floor is None else f"{floor:,.2f} ms"
        self._beside(stage, f"{name}_ms_each", Row(stage, what, f"{ms:,.2f} ms", beside or ""), ms, floor)

    def figure(self, stage: str, what: str, measured: str = "", **figures: Any) -> None:
        """A line without a floor."""
        self.rows.append(Row(stage, what, measured))
        self.note(stage, **figures)

    def floor(self, stage: str, name: str, what: str, found: Spent) -> None:
        """A part of a floor."""
        self.rows.append(Row(stage, what, "", f"{found.seconds:,.2f} s"))
        self.note(stage, **{name: {"seconds": found.seconds, "cpu_seconds": found.cpu_seconds}})

    def note(self, stage: str, **figures: Any) -> None:
        """Figures for the file alone."""
        self.figures.setdefault(stage, {}).update(figures)

    def cost(self, stage: str, cpu_seconds: Mapping[str, float]) -> None:
        """What a stage cost each process."""
        self.cpu_seconds[stage] = dict(cpu_seconds)

    def _beside(self, stage: str, name: str, row: Row, measured: float, floor: float | None) -> None:
        figures: dict[str, Any] = {name: measured}
        if floor is not None:
            row.ratio = ratio(measured, floor)
            figures |= {f"{name}_floor": floor, f"{name}_ratio": row.ratio}
        self.rows.append(row)
        self.note(stage, **figures)

    def percentiles(self, stage: str, what: str, p50_ms: float, p99_ms: float) -> None:
        """The middle and the slow end of many answers."""
        self.rows.append(Row(stage, what, f"p50 {p50_ms:,.0f}, p99 {p99_ms:,.0f} ms"))

    def fail(self, stage: str, sentence: str) -> None:
        """A stage that came to no figure."""
        self.failed[stage] = sentence
        self.rows.append(Row(stage, f"not measured: {sentence}"))

    def write(self, path: Path) -> None:
        """The JSON file, whole or not at all."""
        whole = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": self.command,
            "settings": {name: value for name, value in os.environ.items() if name in (WORKERS, *topics.variables())},
            "commit": machine.commit(),
            "machine": machine.facts(),
            "figures": self.figures,
            "cpu_seconds": self.cpu_seconds,
            "peak_mb": dict(self.peak_mb),
            "not_measured": self.failed,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
        unfinished.replace(path)

    def show(self, console: Console) -> None:
        """Both tables: the figures, and what they cost each process."""
        table = Table("", "what", box=box.SIMPLE, padding=(0, 1, 0, 0))
        for name in ("measured", "floor", "ratio"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in self.rows:
            times = f"{row.ratio:.2f} ×" if row.ratio is not None else ""
            table.add_row(row.stage, row.what, row.measured, row.floor, times)
        wide = console if console.is_terminal else Console(file=console.file, width=_WIDTH, highlight=False)
        wide.print(table, self._costs())

    def _costs(self) -> Table:
        """A row a process, a column a stage."""
        stages = self.cpu_seconds
        table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
        table.add_column("processor seconds", no_wrap=True)
        for stage in (*stages, "peak MB"):
            table.add_column(stage, justify="right")
        for name in dict.fromkeys(name for each in stages.values() for name in each):
            table.add_row(name, *(f"{each.get(name, 0.0):,.1f}" for each in stages.values()), self._peak(name))
        table.add_section()
        table.add_row("all", *(f"{sum(each.values()):,.1f}" for each in stages.values()), "")
        return table

    def _peak(self, name: str) -> str:
        return f"{self.peak_mb[name]:,.0f}" if name in self.peak_mb else ""
