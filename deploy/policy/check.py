"""Whether a state's chapters are sound: every year is read as its services read it, and nothing stands unread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.designation.policy import law_of as designation_law
from services.ingest.policy import intake_of
from services.notify.policy import laws as notices_law
from services.reportcard.policy import law_of as reportcard_law
from services.scoring.policy import law as scoring_law
from shared.policy import reader
from shared.policy.reader import SERVICES, STATES, Chapter
from shared.policy.watched import read_and_unread, watched

# whose chapters each service reads, and how
READERS: tuple[tuple[tuple[str, ...], Callable[[Mapping[str, Chapter], str], Any]], ...] = (
    (("ingest",), lambda chapters, _: intake_of(chapters["ingest"])),
    (("scoring",), lambda chapters, year: scoring_law(chapters["scoring"], year)),
    (("designation", "scoring"), lambda chapters, _: designation_law(chapters)),
    (("reportcard", "scoring"), lambda chapters, _: reportcard_law(chapters)),
    (("notify",), lambda chapters, _: notices_law(chapters["notify"])),
)


@dataclass(frozen=True)
class Checked:
    """What was found: the years for which there are all chapters, the entries of the last of them, and every slip."""

    years: tuple[str, ...]
    entries: int
    slips: tuple[str, ...]


def check(state: str, folder: Path = STATES) -> Checked:
    """Reads all chapters of a state. Whatever a reader refuses, and every place that no reader looks at, is a slip."""
    by_year, slips = _by_year(state, folder)
    for year, chapters in by_year.items():
        slips += _refused(state, year, chapters)
    whole = [year for year, chapters in by_year.items() if len(chapters) == len(SERVICES)]
    entries = sum(map(len, by_year[whole[-1]].values())) if whole else 0
    unread = [] if slips else _unread(state, by_year)  # a reader that stopped halfway has not looked at the rest
    return Checked(tuple(whole), entries, tuple(dict.fromkeys((*slips, *unread))))


def _by_year(state: str, folder: Path) -> tuple[dict[str, dict[str, Chapter]], list[str]]:
    """The watched chapters of every year that any file covers, first to last; and what cannot be read at all."""
    found: dict[str, dict[str, Chapter]] = {}
    slips = []
    for service in SERVICES:
        try:
            for year, chapter in reader.every_year(state, service, folder).items():
                reader.refuse_unknown(service, chapter, f"{service}.yaml, {state}, {year}")
                found.setdefault(year, {})[service] = watched(chapter)
        except ValueError as error:  # a PolicyError is one
            slips.append(str(error))
    return dict(sorted(found.items())), slips


def _refused(state: str, year: str, chapters: Mapping[str, Chapter]) -> list[str]:
    slips = []
    for needed, law in READERS:
        try:
            if set(needed) <= set(chapters):
                law(chapters, year)
        except ValueError as error:
            slips.append(f"{state}, {year}: {error}")
    return slips


def _unread(state: str, by_year: Mapping[str, Mapping[str, Chapter]]) -> list[str]:
    read: set[str] = set()
    unread: set[str] = set()
    for chapters in by_year.values():
        for service, chapter in chapters.items():
            looked_at, passed_over = read_and_unread(chapter)
            read |= {f"{service}.{path}" for path in looked_at}
            unread |= {f"{service}.{path}" for path in passed_over}
    return [f"{state}: no service reads {path}; mend it, or strike it" for path in sorted(unread - read)]
