"""`schoolmark policy`: each command reads the chapters that stand in the files, and asks no service."""

from typing import Annotated

import typer
from rich.console import Console

from deploy.policy import conformance as tracing
from deploy.policy.check import check as checked
from deploy.policy.diff import differences
from deploy.policy.show import chapters_of
from deploy.policy.show import table as page
from shared.policy.reader import PolicyError, default_state, fingerprint_of, states

app = typer.Typer(help="Read the law as data: a year, what changed between two years, whether all is sound.")
console = Console(highlight=False)

Of = Annotated[str, typer.Argument(metavar="STATE", help="The state, such as its folder is called.")]
Only = Annotated[str | None, typer.Option("--chapter", help="One chapter, such as scoring; else all.")]


@app.command()
def show(state: Of, school_year: Annotated[str, typer.Argument(help="Such as 2024-25.")], chapter: Only = None) -> None:
    """Print every chapter of a school year: value, tag, source and note of each entry."""
    chapters = chapters_of(state, school_year, chapter)
    for service, each in chapters.items():
        console.print(page(service, each))
    if chapter is None:
        _say(f"the fingerprint of these chapters:\n    {fingerprint_of(chapters)}")


@app.command()
def diff(
    state: Of,
    before: Annotated[str, typer.Argument(help="A school year, such as 2023-24.")],
    after: Annotated[str, typer.Argument(help="Another, such as 2024-25.")],
    chapter: Only = None,
) -> None:
    """Print what changed between two school years: values, tags, sources and notes, by dotted path."""
    found = differences(chapters_of(state, before, chapter), chapters_of(state, after, chapter))
    for each in found:
        _say(str(each))
    _say(f"{before} to {after}: {len(found) or 'nothing'} changed")


@app.command()
def check() -> None:
    """Read every state's chapters strictly, as the services do, and find what none of them reads."""
    slips: list[str] = []
    for state in states():
        found = checked(state)
        slips += found.slips
        span = f"{found.years[0]} to {found.years[-1]}" if found.years else "no school year has all chapters"
        _say(f"{state}: {span}; {found.entries} entries; {'sound' if not found.slips else 'to mend:'}")
        for slip in found.slips:
            _say(f"    {slip}")
    if slips:
        raise PolicyError(f"{len(slips)} to mend")


@app.command()
def conformance() -> None:
    """Write docs/conformance.md: for each rule its entries of the law, its modules and its worked cases."""
    traced = tracing.trace(default_state())
    (tracing.REPOSITORY / tracing.PAGE).write_text(tracing.page(traced), "utf-8")
    lacks = tracing.missing(traced)
    for lack in lacks:
        _say(f"    {lack}")
    _say(f"{len(traced.rules)} rules; written to {tracing.PAGE}")
    if lacks:
        raise PolicyError(f"{len(lacks)} missing")


def _say(text: str) -> None:
    console.print(text, soft_wrap=not console.is_terminal, markup=False)
