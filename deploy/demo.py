"""The demo: a small sample state goes the whole line, year by year; then its totals are counted anew from its files."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from deploy import log, recount, show, story
from deploy import sample as sampling
from deploy.client import Api
from deploy.local.cluster import Cluster, Settings, require_space, telling_a_full_disk
from deploy.local.keys import STATE_CLIENT
from deploy.sample.manifest import Manifest
from shared.events.designations import DESIGNATIONS
from shared.events.editions import EDITIONS
from shared.vocabulary import school_years
from shared.vocabulary.identity import canonical

STATE = "ms"
_DONE = "done.json"
_NOTICE_SECONDS = 60.0


class Failed(RuntimeError):
    """The demo did not come to what its files say; the message names the total."""


@dataclass(frozen=True)
class Plan:
    """What to make and where."""

    folder: Path
    districts: int
    schools: int
    years: int
    seed: int
    once: bool


def run(plan: Plan, console: Console) -> None:
    """Does the demo; goes on where a former run of the same folder stopped. Raises Failed, CannotStart or Refused."""
    require_space(plan.folder)
    with telling_a_full_disk(plan.folder):
        _run(plan, console)


def _run(plan: Plan, console: Console) -> None:
    began = time.monotonic()
    source = plan.folder / f"sample-{plan.districts}-{plan.schools}-{plan.years}-{plan.seed}"
    manifest = sampling.write(source, plan.districts, plan.schools, plan.years, plan.seed)
    show.say(console, f"a sample state of {manifest.students:,} students is in {source}")
    settings = Settings.from_environment(STATE, story.districts(source))
    with Cluster(plan.folder, settings, show.line(console)) as cluster:
        show.remember(cluster)
        clients = {
            name: Api({s: cluster.url(s) for s in show.running(plan.folder)["urls"]}, name, secret)
            for name, secret in cluster.secrets.items()
        }
        line = _Line(plan, source, manifest, cluster, clients, console)
        line.push_all()
        if plan.once:
            line.count_anew()
        console.print(f"[bold]ready[/bold] after {time.monotonic() - began:.0f} s")
        line.where_to_look()
        if not plan.once:
            console.print("Ctrl-C stops everything; the next run starts warm")
            cluster.wait()


@dataclass(frozen=True)
class _Line:
    """One run of the demo against a running line."""

    plan: Plan
    source: Path
    manifest: Manifest
    cluster: Cluster
    clients: dict[str, Api]
    console: Console

    @property
    def state(self) -> Api:
        return self.clients[STATE_CLIENT]

    def push_all(self) -> None:
        """Pushes, certifies and releases each year that a former run has not finished."""
        done = self._done()
        if not done:
            self._push("the directory", list(story.directory(self.source)))
        for school_year in story.all_years(self.manifest):
            if school_year in done:
                continue
            self._push(school_year, list(story.year(self.source, school_year)))
            edition = self._certify(school_year) if school_year in self.manifest.years else None
            done[school_year] = edition
            (self.plan.folder / _DONE).write_text(canonical({"sample": self.source.name, "years": done}))

    def _done(self) -> dict[str, str | None]:
        path = self.plan.folder / _DONE
        if not path.exists():
            return {}
        noted = json.loads(path.read_text())
        if noted["sample"] != self.source.name:
            raise Failed(f"{self.plan.folder} holds another sample ({noted['sample']}); choose another --folder")
        found: dict[str, str | None] = noted["years"]
        return found

    def _push(self, what: str, pushes: list[story.Push]) -> None:
        totals = dict.fromkeys(("received", "new", "changed", "unchanged", "parked", "refused"), 0)
        began = time.monotonic()
        with show.progress_bar(self.console) as progress:
            task = progress.add_task(what, total=sum(self._lines(push) for push in pushes))
            for push in pushes:
                before = totals["received"]
                report = self.clients[push.client].submit(push.resource, push.path, _onwards(progress, task, before))
                for name in totals:
                    totals[name] += int(report.get(name, 0))
        took = time.monotonic() - began
        self.console.print(f"{what}: {len(pushes)} files, {totals['received']:,} records in {took:.1f} s")
        self.console.print(f"    {show.outcomes(totals)}")

    def _lines(self, push: story.Push) -> int:
        return self.manifest.lines.get(str(push.path.relative_to(self.source)), 0)

    def _certify(self, school_year: str) -> str:
        past = date(school_years.parse(school_year), 9, 15)
        notified_on = date.today() if school_year == self.manifest.years[-1] else past  # the last one's clocks now run
        edition = self.state.certify(school_year, notified_on.isoformat())
        show.certified(self.console, edition)
        began = time.monotonic()
        with self.console.status(f"{school_year}: scoring, designating, building cards"):
            self.state.wait_built(edition["edition_id"])
        self.state.release(edition["edition_id"])
        self.console.print(f"{school_year}: certified, built and released in {time.monotonic() - began:.1f} s")
        return str(edition["edition_id"])

    def count_anew(self) -> None:
        """Counts the totals from the sample's files and fails unless the line came to the same."""
        say = show.line(self.console)
        try:
            held = sum(self.state.get("ingest", "/status")["records"].values())
            say(recount.compare("records taken in", recount.records(self.source, self.manifest), held))
            for school_year in self.manifest.years:
                self._count_year(school_year, say)
        except recount.Differs as error:
            raise Failed(str(error)) from None
        self._require_outcomes(say)

    def _count_year(self, school_year: str, say: Callable[[str], None]) -> None:
        entities = self._entities(school_year)
        whole = next(e for e in entities if e["level"] == "state")
        counts = {c["measure"]: c for c in whole["counts"] if c["subgroup"] == "all"}
        for subject, (tested, expected) in sorted(recount.participation(self.source, school_year).items()):
            found = counts[f"{subject}.participation"]
            line = f"{found['numerator']:,} of {found['denominator']:,} tested"
            say(recount.compare(f"{school_year}, {subject}", f"{tested:,} of {expected:,} tested", line))

    def _entities(self, school_year: str) -> list[dict[str, Any]]:
        edition = self._done()[school_year]
        events = log.events(self.cluster.bootstrap, EDITIONS.name)
        return [e for e in events if e["type"] == "entity.scored" and e["edition_id"] == edition]

    def _require_outcomes(self, say: Callable[[str], None]) -> None:
        latest = self.manifest.years[-1]
        letters = recount.letters(self._entities(latest))
        identified = self._identified()
        notices = self._notices(len(identified))
        say(f"{latest}: schools by letter: {', '.join(f'{n} {letter}' for letter, n in sorted(letters.items()))}")
        say(f"schools identified for support: {len(identified)}; parent notices: {len(notices)}")
        if not letters or not identified or not notices:
            raise Failed("letters, statuses and notices must each exceed zero")

    def _identified(self) -> list[dict[str, Any]]:
        """The schools whose parents must hear of a new status, over all editions of the demo."""
        editions = set(self._done().values())
        decided = (e for e in log.events(self.cluster.bootstrap, DESIGNATIONS.name) if e.get("edition_id") in editions)
        return [e for e in decided if e["type"] == "school.designated" and e["after"] and e["changed"]]

    def _notices(self, expected: int) -> list[dict[str, Any]]:
        until = time.monotonic() + _NOTICE_SECONDS
        while True:
            found: list[dict[str, Any]] = self.state.get("notify", "/obligations")
            if len(found) >= expected or time.monotonic() > until:
                return found
            time.sleep(0.5)

    def where_to_look(self) -> None:
        """The addresses, a district's card, and the clocks now running."""
        show.addresses(self.console, self.cluster)
        district = story.districts(self.source)[0]
        show.say(self.console, f"a district's card: {self.cluster.url('reportcard')}/districts/{district}")
        for notice in self._notices(len(self._identified())):
            text = f"notice to the parents of school {notice['school_id']}: {notice['state']}, due {notice['due_on']}"
            self.console.print(f"    {text}")


def _onwards(progress: Progress, task: Any, before: int) -> Callable[[int, int], None]:
    return lambda done, _: progress.update(task, completed=before + done)
