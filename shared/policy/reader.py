"""Reads chapters of the law strictly: every value cites a source, every number is text, a missing year is an error.

Source: essa-report-card GEN-2.

A chapter file is `states/<state>/<service>.yaml`:

    versions:
      - from: 2017-18
        to: 2024-25
        values:
          minimum_n: {value: 10, tag: PROPOSED, source: "essa-report-card GEN-4"}
      - from: 2016-17
        to: 2016-17
        like: 2017-18
        values: ...
    awaited:
      2025-26: {columns: "the cuts of B to D were not given"}

`tag` is SEED, DERIVED, OUTSIDE, PROPOSED or TRIAL: how firm the value is. `like` takes over every value of the version
that begins with that year, but for those written out. `awaited` says of a year without a version what is still missing.
A value `{file: naep.yaml}` is what stands in that file of the same folder: reference data beside the law.
"""

from collections.abc import Callable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, wraps
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

import yaml

from shared.vocabulary import school_years
from shared.vocabulary.identity import canonical, fingerprint

STATES = Path(__file__).parent / "states"
TAGS = {"SEED", "DERIVED", "OUTSIDE", "PROPOSED", "TRIAL"}
SERVICES = ("ingest", "scoring", "designation", "reportcard", "notify")
_OF_FILE, _OF_VERSION = {"versions", "awaited"}, {"from", "to", "like", "values"}

Chapter = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")


class PolicyError(ValueError):
    """A chapter that is missing, or not written as it must be. The message tells the file, the place and the mend."""


class Awaited(PolicyError):
    """A year whose law is known in part. The message tells what is missing."""


class _TextLoader(yaml.SafeLoader):
    """YAML in which every scalar stays text (no float is ever made) and a key stands once."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise PolicyError(f"line {node.start_mark.line + 1}: {', '.join(twice)} stands twice; keep one")
        return super().construct_mapping(node, deep)


def shaped(law_of: Callable[P, T]) -> Callable[P, T]:
    """Turns a chapter of another shape than its reader expects into a PolicyError: it is data, and no defect here."""

    @wraps(law_of)
    def checked(*args: P.args, **named: P.kwargs) -> T:
        try:
            return law_of(*args, **named)
        except (TypeError, AttributeError, KeyError, IndexError) as error:
            where = law_of.__module__.split(".")[1]
            raise PolicyError(
                f"the {where} chapter holds a value in another shape than expected ({error}); "
                "write it as the other states' chapters do"
            ) from None

    return checked


def states() -> list[str]:
    """The states that have chapters."""
    return sorted(folder.name for folder in STATES.iterdir() if folder.is_dir())


def default_state(folder: Path = STATES) -> str:
    """The state a command line means when none is named: what default.yaml beside the states says."""
    return str(read(folder / "default.yaml")["state"])


def chapter(state: str, service: str, school_year: str, folder: Path = STATES) -> Chapter:
    """The chapter in force: {name: {value, tag, source}}. Raises PolicyError when the year has none."""
    return _in_force(_document(folder, state, service), school_year, folder / state, f"{service}.yaml, {state}")


def every_year(state: str, service: str, folder: Path = STATES) -> dict[str, Chapter]:
    """The chapter of each school year that its file covers, first to last."""
    where, document = f"{service}.yaml, {state}", _document(folder, state, service)
    years = [school_years.ending(year) for year in _covered(document, where)]
    return {year: _in_force(document, year, folder / state, where) for year in years}


@cache
def names(service: str) -> tuple[str, ...]:
    """The names that a service's chapter may hold; * stands for any text."""
    return tuple(read(STATES / "names.yaml")[service])


def chapters(state: str, school_year: str, folder: Path = STATES) -> dict[str, Chapter]:
    """Every service's chapter for a state and year: what an edition carries.

    Raises PolicyError as `chapter` does, and for a name that no service reads.
    """
    found: dict[str, Chapter] = {}
    wrong: list[PolicyError] = []
    for service in SERVICES:
        try:
            found[service] = chapter(state, service, school_year, folder)
            refuse_unknown(service, found[service], f"{service}.yaml, {state}, {school_year}")
        except PolicyError as error:
            wrong.append(error)
    if wrong:
        raise next((error for error in wrong if isinstance(error, Awaited)), wrong[0])
    return found


def refuse_unknown(service: str, chapter: Chapter, where: str) -> None:
    """Raises PolicyError for a name that no service reads, with the names that are near it."""
    known = names(service)
    for name in chapter:
        if not any(fnmatchcase(name, each) for each in known):
            near = ", ".join(get_close_matches(name, known, cutoff=0.7))
            hint = f"near it: {near}; " if near else ""
            raise PolicyError(
                f"{where}: no service reads {name}; {hint}mend it, strike it, or name a new entry in states/names.yaml"
            )


def fingerprint_of(chapters: dict[str, Chapter]) -> str:
    """SHA-256 of the chapters' canonical text."""
    return fingerprint([canonical(chapters).encode()])


def value(chapter: Chapter, name: str) -> Any:
    """A value of a chapter, as text, list or mapping of text. Raises PolicyError when it is not there."""
    if name not in chapter:
        raise PolicyError(f"the chapter has no {name}; add it with value, tag and source")
    return chapter[name]["value"]


def read(path: Path) -> dict[str, Any]:
    """A policy or mapping file, every scalar as text. Raises PolicyError naming file, place and mend."""
    try:
        document = yaml.load(path.read_text("utf-8"), Loader=_TextLoader)
    except (yaml.YAMLError, PolicyError) as error:
        raise PolicyError(f"{path.name}: {error}") from None
    if not isinstance(document, dict):
        raise PolicyError(f"{path.name}: expected a mapping at the top")
    return document


def _document(folder: Path, state: str, service: str) -> dict[str, Any]:
    path = folder / state / f"{service}.yaml"
    where = f"{service}.yaml, {state}"
    if not path.exists():
        raise PolicyError(f"{where}: no such chapter; add states/{state}/{service}.yaml")
    document = read(path)
    versions = document.get("versions")
    if set(document) - _OF_FILE or not isinstance(versions, list) or not all(isinstance(v, dict) for v in versions):
        raise PolicyError(f"{where}: write a list of versions (and what is awaited if need be), nothing else")
    for part in versions:
        if set(part) - _OF_VERSION:
            others = ", ".join(sorted(set(part) - _OF_VERSION))
            raise PolicyError(f"{where}: a version holds from, to, like and values; {others} is none of these")
    return document


def _in_force(document: dict[str, Any], school_year: str, folder: Path, where: str) -> Chapter:
    in_force = [part for part in document["versions"] if _covers(part, school_year, where)]
    if not in_force:
        raise _uncovered(document, school_year, where)
    if len(in_force) > 1:
        raise PolicyError(f"{where}, {school_year}: two versions cover this year; mend versions.from/to")
    values = _values(document["versions"], in_force[0], f"{where}, {school_year}")
    for name, entry in values.items():
        _check_entry(f"{where}, {school_year}, {name}", entry)
    return {name: _with_its_file(folder, entry) for name, entry in values.items()}


def _covered(document: dict[str, Any], where: str) -> list[int]:
    return sorted({year for part in document["versions"] for year in _span(part, where)})


def _covers(part: dict[str, Any], school_year: str, where: str) -> bool:
    return school_years.parse(school_year) in _span(part, where)


def _span(part: dict[str, Any], where: str) -> range:
    try:
        return range(school_years.parse(part["from"]), school_years.parse(part["to"]) + 1)
    except KeyError as missing:
        raise PolicyError(f"{where}: a version lacks {missing}; write from and to as school years") from None


def _uncovered(document: dict[str, Any], school_year: str, where: str) -> PolicyError:
    covered = _covered(document, where)
    firsts = [year for year in covered if year - 1 not in covered]
    lasts = [year for year in covered if year + 1 not in covered]
    spans = zip(firsts, lasts, strict=True)
    have = ", ".join(f"{school_years.ending(first)} to {school_years.ending(last)}" for first, last in spans)
    told = f"{where}, {school_year}: no version covers this year (there are: {have})"
    awaited = (document.get("awaited") or {}).get(school_year)
    if not awaited:
        return PolicyError(f"{told}; mend versions.from/to")
    missing = "; ".join(f"{name}: {what}" for name, what in awaited.items())
    return Awaited(f"{told}; still missing are {missing}; add a version that holds them")


def _values(versions: list[dict[str, Any]], part: dict[str, Any], where: str, passed: tuple[str, ...] = ()) -> Chapter:
    """A version's values: its own, before those of the version that it is like."""
    own: Chapter = part.get("values") or {}
    if "like" not in part:
        return own
    passed = (*passed, part["from"])
    model = [other for other in versions if other["from"] == part["like"] and other["from"] not in passed]
    if len(model) != 1:
        raise PolicyError(f"{where}: like {part['like']} is no other version; write the `from` of one in this file")
    return {**_values(versions, model[0], where, passed), **own}


def _with_its_file(folder: Path, entry: Chapter) -> Chapter:
    """An entry whose value is `{file: NAME}` holds what stands in that file beside the chapter."""
    told = entry["value"]
    if not isinstance(told, dict) or set(told) != {"file"}:
        return entry
    path = folder / Path(str(told["file"])).name
    if not path.is_file():
        raise PolicyError(f"{path.name}: no such file beside the chapters; add it, or write the value out")
    return {**entry, "value": read(path)}


def _check_entry(where: str, entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) - {"value", "tag", "source", "note"}:
        raise PolicyError(f"{where}: write {{value, tag, source}} (and a note if need be), nothing else")
    for part in ("value", "tag", "source"):
        if part not in entry or entry[part] in ("", None):
            raise PolicyError(f"{where}: no {part}; every value carries its tag and source")
    if entry["tag"] not in TAGS:
        raise PolicyError(f"{where}: tag {entry['tag']!r} is none of {', '.join(sorted(TAGS))}")
