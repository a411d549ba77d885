"""How the command line shows things: progress, tables, addresses; and what it remembers of a running line."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich import filesize
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from deploy import story
from deploy.local.cluster import Cluster
from deploy.local.errors import CannotStart

_REMEMBERED = "running.json"
_FORMATS = ("ndjson", "csv", "parquet")


def line(console: Console) -> Callable[[str], None]:
    """Tells each step on a line of its own."""
    return lambda text: say(console, Text("· ", style="dim") + Text(text))


def say(console: Console, text: str | Text) -> None:
    """One line; only a terminal breaks it."""
    console.print(text, soft_wrap=not console.is_terminal, markup=False)


def remember(running: Cluster) -> None:
    """Notes where a running line answers, for commands in other terminals."""
    urls = {name: running.url(name) for name in running.ports if name not in ("kafka", "postgres", "mail")}
    facts = {"urls": urls, "kafka": running.bootstrap, "database_url": running.database_url}
    (running.folder / _REMEMBERED).write_text(json.dumps(facts, indent=1))


def running(folder: Path) -> dict[str, Any]:
    """Where the line of a folder answers. Raises CannotStart when none was started there."""
    path = folder / _REMEMBERED
    if not path.exists():
        raise CannotStart(f"nothing was started in {folder}; run `schoolmark up` first, or name its --folder")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def secrets(folder: Path) -> dict[str, str]:
    """The clients' secrets of a local run."""
    path = folder / "keys" / "secrets.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def addresses(console: Console, running: Cluster) -> None:
    """Where to look."""
    remember(running)
    table = Table(show_header=False, box=None)
    card, ingest, notify = running.url("reportcard"), running.url("ingest"), running.url("notify")
    table.add_row("report card site", card)
    table.add_row("API for districts", f"{ingest}/openapi.json")
    table.add_row("metrics", f"{ingest}/metrics, and so each service")
    table.add_row("parent notices", f"{notify}/openapi.json")
    table.add_row("clients' secrets", str(running.keys / "secrets.json"))
    table.add_row("mails caught", str(running.folder / "mail"))
    console.print(table, soft_wrap=True)


def progress_bar(console: Console) -> Progress:
    """A bar over records, gone when it is done; nothing where there is no terminal to draw it on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def bars(console: Console, what: str) -> Iterator[tuple[Callable[[int, int], None], Callable[[int, int], None]]]:
    """Two progress bars of one file: its bytes sent, then its records read by the server."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        first = progress.add_task(f"{what}: sent", total=None, amount="")
        second = progress.add_task(f"{what}: read", total=None, amount="")

        def sent(done: int, total: int) -> None:
            amount = f"{filesize.decimal(done)} of {filesize.decimal(total)}"
            progress.update(first, completed=done, total=total or None, amount=amount)

        def read(done: int, total: int) -> None:
            amount = f"{done:,} of {total:,} records" if total else f"{done:,} records"
            progress.update(second, completed=done, total=total or None, amount=amount)

        yield sent, read


def report(console: Console, what: str, found: dict[str, Any]) -> None:
    """What came of a push, in one line and its refusals."""
    say(console, f"{what}: {found['received']:,} received in {float(found['seconds']):.1f} s")
    say(console, f"    {outcomes(found)}")
    for part in ("refused_by_reason", "settled"):
        for reason, count in sorted((found.get(part) or {}).items()):
            say(console, f"    {count:,} × {reason}" + (" (settled)" if part == "settled" else ""))


def outcomes(found: dict[str, Any]) -> str:
    """What the records came to, without the noughts."""
    names = ("new", "changed", "unchanged", "parked", "refused")
    return ", ".join(f"{found[name]:,} {name}" for name in names if found.get(name)) or "nothing"


def certified(console: Console, edition: dict[str, Any]) -> None:
    """What a person should know before anyone signs."""
    console.print(f"edition {edition['edition_id']}, cut at revision {edition['cut_revision']:,}")
    console.print(f"    waiting for a parent: {edition['parked']:,}; refused and not mended: {edition['refused']:,}")
    silent = edition.get("silent_districts") or []
    if silent:
        say(console, f"    silent this year: {', '.join(silent)}")


def refused(console: Console, found: dict[str, Any]) -> None:
    """The refused records: id, resource and reasons; never their values."""
    if not found["refused"]:
        say(console, "nothing is refused that was not mended since")
    for each in found["refused"]:
        say(console, f"{each['refusal_id']}  {each['resource']}, from {each['client']}")
        for place, texts in each["reasons"].items():
            say(console, f"    {place}: {' '.join(texts)}")


def unreadable(console: Console, events: Iterable[dict[str, Any]]) -> None:
    """The messages that a service could not read: where they stand and why."""
    found = [event for event in events if event["type"] == "message.rejected"]
    if not found:
        say(console, "every message of the log could be read")
    for event in found:
        say(console, f"{event['topic']}, partition {event['partition']}, offset {event['offset']}")
        say(console, f"    {event['service']}: {event['reason']}")


def lags(urls: dict[str, str]) -> Iterator[tuple[str, str, str, str, str]]:
    """A row per service: ready, messages and seconds behind, facts not yet published."""
    for name, url in urls.items():
        try:
            ready = httpx.get(f"{url}/readyz", timeout=5).json()
            text = httpx.get(f"{url}/metrics", timeout=5).text
        except httpx.TransportError:
            yield name, "does not answer", "", "", ""
            continue
        behind = sum(_values(text, "schoolmark_lag_messages"))
        seconds = max(_values(text, "schoolmark_lag_seconds"), default=0.0)
        unpublished = sum(_values(text, "schoolmark_outbox_rows"))
        yield name, ready.get("reason", "yes"), f"{behind:.0f}", f"{seconds:.1f}", f"{unpublished:.0f}"


def _values(metrics: str, name: str) -> list[float]:
    return [float(row.rsplit(" ", 1)[1]) for row in metrics.splitlines() if row.startswith((f"{name} ", f"{name}{{"))]


def ordered_files(folder: Path) -> list[Path]:
    """The resource files of a folder, parents before children."""
    order = (*story.DIRECTORY_FILES, *story.DISTRICT_FILES, *story.STATE_FILES)
    found = [path for name in order for kind in _FORMATS for path in sorted(folder.glob(f"{name}.{kind}*"))]
    if not found:
        raise FileNotFoundError(f"{folder} holds no <resource>.ndjson, .csv or .parquet; known: {', '.join(order)}")
    return found
