"""The tables of docs/scale.md from a bench's JSON file. Run: `python -m deploy.bench.scale .var/bench/bench.json`."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_OWN = ("ingest", "scoring", "designation", "reportcard", "notify", "postgres", "kafka")


def tables(found: dict[str, Any]) -> Iterator[str]:
    """Growth with size (f), processor seconds a million records (a), several workers (g): those that were measured."""
    figures, costs = found["figures"], found["cpu_seconds"]
    if "f" in figures:
        yield _growth(figures["f"])
    if "a" in figures:
        yield _costs(costs["a"], figures["a"]["records"])
    if "g" in figures:
        yield _workers(figures["g"], costs)


def _growth(f: dict[str, Any]) -> str:
    rows = [
        (
            f"{each['districts']:,} districts, {each['schools']:,} schools",
            f"{each['records']:,}",
            f"{each['seconds']:,.1f} s",
            f"{each['records_of_all_years']:,}",
            f"{each['certify_seconds']:,.1f} s",
        )
        for each in f["points"]
    ]
    rows.append(("**exponent**", "", f"**{f['exponent_a']:.2f}**", "", f"**{f['exponent_b']:.2f}**"))
    return _table(("state", "records of a year", "in, to cards", "records of all years", "certify, to cards"), rows)


def _costs(cpu_seconds: dict[str, float], records: int) -> str:
    millions = records / 1e6
    rows = [(name, f"{cpu_seconds[name] / millions:,.0f} s") for name in _OWN if name in cpu_seconds]
    rows.append(("all", f"{sum(cpu_seconds.get(name, 0.0) for name in _OWN) / millions:,.0f} s"))
    return _table(("process", "processor seconds a million records, in and certified"), rows)


def _workers(g: dict[str, Any], costs: dict[str, dict[str, float]]) -> str:
    rows = []
    for count in (int(name.removeprefix("workers_")) for name in g if name.removeprefix("workers_").isdecimal()):
        cpu, shares = costs[f"g {count}"], g[f"messages_{count}"]
        own = sum(seconds for name, seconds in cpu.items() if name in shares)
        millions = g["records"] / 1e6
        rows.append(
            (
                str(count),
                f"{g[f'workers_{count}']:,.0f} records/s",
                f"{own / millions:,.1f} s",
                f"{cpu['postgres'] / millions:,.1f} s",
                ", ".join(f"{share:,}" for share in shares.values()),
            )
        )
    heads = "workers", "together", "workers' processor time a million", "PostgreSQL's", "messages of each"
    return _table(heads, rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    written = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(lines[0]), *written[1:]])


if __name__ == "__main__":
    for table in tables(json.loads(Path(sys.argv[1]).read_text("utf-8"))):
        sys.stdout.write(table + "\n\n")
