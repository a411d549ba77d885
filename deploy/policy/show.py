"""A year's chapters whole, as people read them."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from deploy.policy.values import lines
from shared.policy import reader
from shared.policy.reader import SERVICES, STATES, Chapter


def chapters_of(state: str, school_year: str, only: str | None = None, folder: Path = STATES) -> dict[str, Chapter]:
    """The chapters in force, or one of them. Raises ValueError where there is no such chapter."""
    if only is None:
        return reader.chapters(state, school_year, folder)
    if only not in SERVICES:
        raise ValueError(f"{only!r} is no chapter; there are {', '.join(SERVICES)}")
    return {only: reader.chapter(state, only, school_year, folder)}


def table(service: str, chapter: Chapter) -> Table:
    """Every entry of a chapter with its value, tag, source and note."""
    made = Table(title=f"{service}.yaml", title_justify="left", show_lines=True, expand=True)
    made.add_column("name", ratio=3, overflow="fold")
    made.add_column("value", ratio=5, overflow="fold")
    made.add_column("tag", no_wrap=True)
    made.add_column("source, and what else to know", ratio=5, overflow="fold")
    for name, entry in chapter.items():
        why = Text(entry["source"])
        if "note" in entry:
            why += Text(f"\n{entry['note']}", style="dim")
        made.add_row(Text(name), Text("\n".join(lines(entry["value"]))), entry["tag"], why)
    return made
