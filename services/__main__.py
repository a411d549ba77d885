"""The `schoolmark` command line: thin; each command calls a function of the deploy or asks a running service."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.exceptions import TyperException

from deploy import client, demo, desk, log, moves, receipts, show, whatif
from deploy import records as recording
from deploy import replay as replaying
from deploy import sample as sampling
from deploy.bench import plan as benching
from deploy.bench import run as bench_run
from deploy.bench.figures import NotMeasured
from deploy.local import cluster, keys, processes
from deploy.local.errors import CannotStart
from deploy.policy import commands as policy
from services.scoring.files import Unreadable
from shared.policy.reader import PolicyError, default_state
from shared.vocabulary import school_years
from shared.vocabulary.identity import canonical

app = typer.Typer(
    help="Schoolmark: school accountability from student records to report cards, one straight line of events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(policy.app, name="policy")
console = Console(highlight=False)

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar="SCHOOLMARK_FOLDER", help="Where a run's servers, keys and data are kept."),
]
As = Annotated[str, typer.Option("--as", help="The client that asks; its secret comes from the run's folder.")]
State = Annotated[str, typer.Option(help="The state whose chapters of the law apply.")]
Districts = Annotated[int, typer.Option(help="How many districts.")]
Schools = Annotated[int, typer.Option(help="How many schools, over all districts.")]
Years = Annotated[int, typer.Option(help="How many scored years; one more of results comes before.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same state, byte for byte.")]
VAR = Path(".var/schoolmark")
DEFAULT_STATE = default_state()


@app.command()
def up(folder: Folder = VAR, state: State = DEFAULT_STATE) -> None:
    """Start Kafka, PostgreSQL and the five services, and serve until Ctrl-C."""
    with cluster.Cluster(folder, cluster.Settings.from_environment(state), show.line(console)) as running:
        show.addresses(console, running)
        console.print("Ctrl-C stops everything; the next run goes on from here")
        running.wait()


@app.command("demo")
def demo_command(
    folder: Folder = Path(".var/demo"),
    once: Annotated[bool, typer.Option("--once", help="Do it all, recount the totals, and exit.")] = False,
    districts: Districts = 6,
    schools: Schools = 24,
    years: Years = 3,
    seed: Seed = 7,
) -> None:
    """Start everything, push a small sample state as its clients would, certify and release each year."""
    demo.run(demo.Plan(folder, districts, schools, years, seed, once), console)


@app.command()
def sample(
    directory: Annotated[Path, typer.Argument(help="An empty folder, or one with the same sample.")],
    districts: Districts = 6,
    schools: Schools = 24,
    years: Years = 3,
    seed: Seed = 7,
) -> None:
    """Write a coherent sample state as files. The same seed gives the same bytes."""
    with console.status("writing the sample state"):
        made = sampling.write(directory, districts=districts, schools=schools, years=years, seed=seed)
    console.print(f"{made.students:,} students and {sum(made.results.values()):,} results are in {directory}")


@app.command()
def submit(
    path: Annotated[Path, typer.Argument(help="NDJSON, CSV or Parquet, or a folder; or any table with --mapping.")],
    resource: Annotated[str | None, typer.Option(help="The resource; else the file's name says it.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Makes records of a source's own columns.")] = None,
    as_client: As = "state",
    folder: Folder = VAR,
) -> None:
    """Push records over HTTP. Pushing the same again changes nothing."""
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}")
    api = _api(folder, as_client)
    for each in show.ordered_files(path) if path.is_dir() else [path]:
        with show.bars(console, each.name) as (sent, read):
            if mapping:
                report = api.submit_mapped(each, mapping, read, sent)
            else:
                report = api.submit(resource or each.name.split(".")[0], each, read, sent)
        show.report(console, each.name, report)


@app.command()
def certify(
    school_year: Annotated[str, typer.Argument(help="Such as 2024-25.")],
    notified_on: Annotated[
        str, typer.Option(help="The day schools were told, such as 2025-09-15; it starts the legal clocks.")
    ],
    folder: Folder = VAR,
    wait: Annotated[bool, typer.Option(help="Wait until the report cards are built.")] = True,
) -> None:
    """Cut an edition of a school year: what is in now counts, what comes later waits for the next edition."""
    school_years.parse(school_year)
    day = _day(notified_on)
    api = _api(folder, "state")
    edition = api.certify(school_year, day)
    show.certified(console, edition)
    if wait:
        with console.status("scoring, designating, building cards"):
            built = api.wait_built(edition["edition_id"])
        show.say(console, f"    built; the fingerprint of its cards:\n    {built['fingerprint']}")


@app.command()
def release(edition_id: Annotated[str, typer.Argument(help="As `certify` printed it.")], folder: Folder = VAR) -> None:
    """Open a built edition to the public."""
    released = _api(folder, "state").release(edition_id)
    show.say(console, f"released; the fingerprint of its cards:\n    {released['fingerprint']}")


@app.command()
def explain(
    entity: Annotated[str, typer.Argument(metavar="SCHOOL", help="Its id or school/<id>; district/<id>; or state.")],
    measure: Annotated[
        str, typer.Argument(help="Such as reading.proficiency; points for the total; status, or a status or its rule.")
    ],
    year: Annotated[str | None, typer.Argument(help="School year; else the latest released.")] = None,
    subgroup: Annotated[str | None, typer.Option(help="Such as female; else all students.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the receipt here, for `verify`.")] = None,
    folder: Folder = VAR,
) -> None:
    """Show how a published number or status came about: rule, source, each step, who was left out and why."""
    found = _api(folder, "state").explain(entity, measure, subgroup, year)
    if out:
        out.write_text(f"{canonical(found)}\n", encoding="utf-8")
    if as_json:
        console.print_json(json.dumps(found))
    else:
        receipts.show(console, found)
    if out:
        show.say(console, f"written to {out}; `{_NAME} verify {out}` does it again without a line")


@app.command()
def verify(receipt: Annotated[Path, typer.Argument(help="As `explain --out` wrote it, or the site as JSON.")]) -> None:
    """Do a receipt's arithmetic again from its own inputs: "same", or what differs (exit code 1). Needs no line."""
    for sentence in receipts.verified(receipts.read(receipt)):
        show.say(console, sentence)


@app.command()
def rejections(
    as_client: As = "state",
    folder: Folder = VAR,
    download: Annotated[Path | None, typer.Option(help="Write the refused records, whole, as NDJSON.")] = None,
    messages: Annotated[bool, typer.Option("--messages", help="Unreadable messages of the log instead.")] = False,
) -> None:
    """List what was refused and why; correct it and send it again."""
    if messages:
        return show.unreadable(console, log.events(_bootstrap(folder), "platform.rejections.v1"))
    api = _api(folder, as_client)
    if download:
        download.write_bytes(api.download_refused())
        return show.say(console, f"written to {download}")
    show.refused(console, api.get("ingest", "/refused"))


@app.command()
def replay(folder: Folder = VAR, state: State = DEFAULT_STATE) -> None:
    """Read the whole log into an empty database and compare every edition byte for byte. Mails nobody."""
    into = f"{_database_url(folder)}_replay"
    done = replaying.replay(_bootstrap(folder), into, state, progress=show.line(console))
    show.say(console, f"{done.messages:,} messages read; no mail was sent; to be sent still: {done.mails_planned}")


@app.command()
def score(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One file a kind of record; see docs/records.md.")],
    year: Annotated[str, typer.Option(help="The school year to score, such as 2024-25.")],
    state: State = DEFAULT_STATE,
    out: Annotated[Path, typer.Option(help="Where the scores go.")] = Path("results.json"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value of the law; may be repeated.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Show which schools --set would move.")] = False,
    first_year: Annotated[
        str | None, typer.Option(help="The first year certified; else the first in which anyone is enrolled.")
    ] = None,
) -> None:
    """Score canonical record files as the line would, without one; with --set, under another law."""
    with console.status("reading and scoring"):
        found = whatif.scored(directory, state, year, settings or [], compare, first_year)
        out.write_text(f"{canonical(found)}\n", encoding="utf-8")
    for sentence in whatif.sentences(found):
        show.say(console, sentence)
    if compare and found["compared"]["moves"]:
        console.print(moves.table(found["compared"]))
    show.say(console, f"written to {out}; its counts are not suppressed: never publish it")


@app.command("desk")
def desk_command(
    folder: Folder = VAR,
    state: State = DEFAULT_STATE,
    port: Annotated[int, typer.Option(help="Where it listens, on this machine.")] = desk.PORT,
) -> None:
    """Answer what-if questions of state staff over a running line's facts, until Ctrl-C. Changes nothing."""
    from shared.runtime.launch import listen  # brings the worker's libraries, half a second that no other command needs

    app_of_desk, settings = desk.made(_database_url(folder), _public_key(folder), state, port)
    show.say(console, f"POST http://{settings.host}:{port}/what-if with a token of the state's client; Ctrl-C ends it")
    listen(app_of_desk, settings.host, port)


@app.command()
def records(
    out: Annotated[Path, typer.Argument(help="A new folder; it will hold student data.")], folder: Folder = VAR
) -> None:
    """Write the canonical records that the line holds, one file a kind, from its log."""
    with console.status("reading the log"):
        counts = recording.write(_bootstrap(folder), out)
    show.say(console, f"{sum(counts.values()):,} records are in {out}; they are student data")


@app.command()
def lag(folder: Folder = VAR) -> None:
    """Show how far each service is behind, and what it has not yet published."""
    table = Table("service", "ready", "behind", "by seconds", "unpublished", caption="behind: messages not yet handled")
    for row in show.lags(_urls(folder)):
        table.add_row(*row)
    console.print(table)


@app.command()
def bench(
    folder: Folder = Path(".var/bench"),
    out: Annotated[Path | None, typer.Option(help="The JSON file; bench.json in the folder if not given.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A sixteenth of the state, seconds instead of minutes.")
    ] = False,
    only: Annotated[str | None, typer.Option(help="Some of the stages a to g, such as a,b; else all.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long each steady load lasts.")] = None,
    districts: Districts = 140,
    schools: Schools = 900,
    years: Years = 2,
    seed: Seed = 7,
) -> None:
    """Measure a line on this machine against the machine's own floor; docs/operator.md says how to read it."""
    lasting = seconds or (benching.QUICK_SECONDS if quick else benching.FULL_SECONDS)
    out = out or folder / "bench.json"
    stages = benching.stages(only)
    bench_run.run(benching.Plan(folder, out, districts, schools, years, seed, quick, stages, lasting), console)


def _api(folder: Path, client_id: str) -> client.Api:
    secrets = show.secrets(folder)
    secret = os.environ.get("SCHOOLMARK_SECRET") or secrets.get(client_id)
    if not secret:
        known = ", ".join(sorted(secrets)) or "none"
        raise client.Refused(
            f"no secret for the client {client_id} in {folder} (there: {known}); set SCHOOLMARK_SECRET"
        )
    return client.Api(_urls(folder), client_id, secret)


def _urls(folder: Path) -> dict[str, str]:
    given = {name: os.environ.get(f"SCHOOLMARK_{name.upper()}_URL") for name in processes.SERVICES}
    there: dict[str, str] = show.running(folder)["urls"] if not all(given.values()) else {}
    return there | {name: url or there[name] for name, url in given.items()}


def _bootstrap(folder: Path) -> str:
    return os.environ.get("SCHOOLMARK_KAFKA") or str(show.running(folder)["kafka"])


def _database_url(folder: Path) -> str:
    return os.environ.get("SCHOOLMARK_DATABASE_URL") or str(show.running(folder)["database_url"])


def _public_key(folder: Path) -> Path:
    path = Path(os.environ.get("SCHOOLMARK_TOKEN_PUBLIC_KEY") or folder / "keys" / keys.PUBLIC_KEY)
    if not path.exists():
        raise CannotStart(f"there is no {path}; run `{_NAME} up` first, or set SCHOOLMARK_TOKEN_PUBLIC_KEY")
    return path


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is no day; write it like 2025-09-15") from None


@contextmanager
def _plainly() -> Iterator[None]:
    """What can go wrong for a user ends in one sentence: exit code 2 where the command was wrong, else 1."""
    try:
        yield
    except TyperException as error:
        asked = getattr(getattr(error, "ctx", None), "command_path", _NAME)
        _end(2, f"{error.format_message().rstrip('.')}; see `{asked} --help`")
    except _FAILURES as error:
        _end(1, str(error))
    except (FileExistsError, ValueError) as error:
        _end(2, str(error))
    except replaying.UNREACHABLE as error:
        _end(1, f"the database or the broker does not answer ({type(error).__name__}); is `{_NAME} up` running?")
    except OSError as error:
        _end(1, _of_system(error))
    except KeyboardInterrupt:
        _end(_INTERRUPTED, "stopped; nothing is left running; the same command goes on from here")


def _of_system(error: OSError) -> str:
    if error.errno is None:  # one of our own sentences
        return str(error)
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    mend = "; free some space, then the same command goes on from here" if full else ""
    return f"{error.filename or 'this machine'}: {error.strerror}{mend}"


def _end(code: int, sentence: str) -> None:
    label = Text(f"{_NAME}: ", style="red" if code != _INTERRUPTED else "")
    Console(stderr=True, highlight=False).print(label + Text(sentence), soft_wrap=not sys.stderr.isatty())
    sys.exit(code)


def main() -> None:
    """The console script."""
    with _plainly():
        if app(sys.argv[1:] or ["--help"], prog_name=_NAME, standalone_mode=False) == _INTERRUPTED:
            raise KeyboardInterrupt  # typer makes a number of it


_NAME = "schoolmark"
_INTERRUPTED = 130
_FAILURES = (
    client.Refused,
    CannotStart,
    PolicyError,
    Unreadable,
    demo.Failed,
    replaying.Differs,
    receipts.Different,
    log.NoTopic,
    NotMeasured,
)


if __name__ == "__main__":
    main()
