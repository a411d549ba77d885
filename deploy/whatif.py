"""Scores a folder of records under the law as it stands, or with values of it set for this run."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from deploy import moves, offline
from services.scoring.files import Unreadable, read_folder, school_years_of
from shared.policy import reader
from shared.policy.reader import Chapter
from shared.vocabulary import school_years
from shared.vocabulary.statuses import SCHOOL

DECIDING = ("scoring", "designation")  # the chapters that numbers and statuses come from
Chapters = Mapping[str, Chapter]


class NoSuchValue(ValueError):
    """A value that no chapter holds, or that two hold; the message names those near it."""


def scored(
    folder: Path, state: str, school_year: str, settings: Sequence[str], is_compared: bool, first_year: str | None
) -> dict[str, Any]:
    """The result of a year under the law with `settings`; when asked, with `compared` to the law as it stands.

    Settings change the year that is scored; its history stands as it was certified. Raises PolicyError, NoSuchValue,
    Unreadable.
    """
    if is_compared and not settings:
        raise NoSuchValue("nothing to compare: --set KEY=VALUE says what would change")
    if first_year is not None:
        school_years.parse(first_year)
    chapters = reader.chapters(state, school_year)
    other = changed(chapters, settings)
    frames = read_folder(folder)
    enrolled = school_years_of(frames)
    if school_year not in enrolled:
        raise Unreadable(
            f"nobody is enrolled in {school_year} in {folder}; it holds {', '.join(enrolled) or 'no year'}"
        )
    history = offline.history_of(frames, state, school_year, first_year)
    edition, _ = offline.edition_of(frames, state, school_year, other, history)
    found = {"state": state, **offline.result_of(edition)}
    if is_compared:
        before, _ = offline.edition_of(frames, state, school_year, chapters, history)
        found["compared"] = moves.comparison(moves.standing(before), moves.standing(edition), settings)
    return found


def sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """What came out, in a few lines."""
    schools = [each for each in found["entities"] if each["level"] == SCHOOL]
    letters = Counter(each["rating"]["letter"] or "not rated" for each in schools)
    supported = sum(bool(each["support"]["after"]) for each in schools)
    yield f"{found['school_year']}: {len(schools):,} schools; {_told(letters)}; identified for support: {supported:,}"
    yield f"earlier years scored for averages and prior status: {', '.join(found['history']) or 'none'}"
    yield f"policy fingerprint {found['policy_fingerprint']}"
    yield from (f"look at this before you use it: {warning}" for warning in found["warnings"])
    if "compared" in found:
        compared = found["compared"]
        yield f"{len(compared['moves']):,} of {compared['schools']:,} schools would move"
        yield f"    letters: {_told(compared['letters'])}"
        yield f"    support: {_told(compared['support'])}"


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {count:,}" for what, count in sorted(counts.items())) or "no change"


def changed(chapters: Chapters, settings: Sequence[str]) -> dict[str, Chapter]:
    """The chapters with values set, each "KEY=VALUE"; a list's values stand with commas between. Raises NoSuchValue.

    KEY is the dotted path of the value in its chapter; the chapter's name stands before it where both hold the path.
    The value is kept as text: whoever reads the chapter decides whether it is one.
    """
    made = deepcopy(dict(chapters))
    places = {path: place for service in DECIDING for path, place in _places(service, made[service])}
    for setting in settings:
        key, sign, text = setting.partition("=")
        if not sign:
            raise NoSuchValue(f"{setting!r} sets nothing; write KEY=VALUE")
        entry, holder, name = places[_path(key.strip(), list(places))]
        if isinstance(holder[name], dict):
            raise NoSuchValue(f"{key} holds several values; name one: {', '.join(f'{key}.{n}' for n in holder[name])}")
        several = isinstance(holder[name], list)
        holder[name] = [part.strip() for part in text.split(",") if part.strip()] if several else text.strip()
        entry.update(tag="TRIAL", source=f"what if: {setting}")
    return made


def _path(key: str, known: list[str]) -> str:
    full = [path for path in known if path == key or path.split(".", 1)[1] == key]
    if len(full) == 1:
        return full[0]
    if full:
        raise NoSuchValue(f"{key} stands in several chapters; write {' or '.join(full)}")
    short = {path.split(".", 1)[1]: path for path in known}
    near = [short.get(name, name) for name in get_close_matches(key, [*known, *short], n=5, cutoff=0.5)]
    hint = f"near it: {', '.join(dict.fromkeys(near))}" if near else "docs/policy.md tells how to read a chapter"
    raise NoSuchValue(f"no chapter holds {key}; {hint}")


def _places(service: str, chapter: Chapter) -> Iterator[tuple[str, tuple[dict[str, Any], dict[str, Any], str]]]:
    """Each value's path, its entry, and where in the entry it is held."""
    for name, entry in chapter.items():
        yield from _inside(f"{service}.{name}", entry, entry, "value")


def _inside(
    path: str, entry: dict[str, Any], holder: dict[str, Any], name: str
) -> Iterator[tuple[str, tuple[dict[str, Any], dict[str, Any], str]]]:
    yield path, (entry, holder, name)
    if isinstance(holder[name], dict):
        for inner in holder[name]:
            yield from _inside(f"{path}.{inner}", entry, holder[name], inner)
