"""Where each rule of docs/rules.md stands: the entries of the law, the modules and the cases that name its id."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.policy import reader

REPOSITORY = Path(__file__).parents[2]
PAGE, RULES = Path("docs/conformance.md"), Path("docs/rules.md")
POLICY, RULE, CASE = KINDS = ("policy", "rule", "case")
_MODULES = ("services/*/rules", "services/*/handle", "services/*/handle.py", "shared/policy", "shared/vocabulary")
_RULE = re.compile(r"^### (?P<id>\S+) (?P<title>.+?)$(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_LINE = r"^{}:(.*?)(?=^\S+:|\Z)"
# GRADE-1, GRADE-1 to GRADE-7, SUPP-1…5, OTH-6,7, EQ-1/2
_IDS = re.compile(r"(?<![A-Za-z-])([A-Z]{2,6})-(\d+)(?:\s*(?:to|–|…|\.\.)\s*(?:\1-)?(\d+)|((?:[/,]\d+)+))?(?![\d-])")
_HEAD = """# Where each rule stands

Made by `schoolmark policy conformance` from [rules.md](rules.md), the chapters of the law, the modules' docstrings and
the first lines, or `rule:`, of the worked cases; never written by hand. A rule stands where its id is named.

| rule | entries of the law | modules | cases |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Rule:
    """A heading of the page of rules: its id and title, the kinds it needs, and the settings it names."""

    id: str
    title: str
    needs: frozenset[str]
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Traced:
    """The rules, and where each is named: kind → id → places."""

    rules: tuple[Rule, ...]
    places: Mapping[str, Mapping[str, tuple[str, ...]]]
    entries: frozenset[str]


def trace(state: str, root: Path = REPOSITORY) -> Traced:
    """Looks for every rule in a state's chapters, in the modules and in the cases."""
    rules = tuple(rules_of((root / RULES).read_text("utf-8")))
    ids = [rule.id for rule in rules]
    sources = dict(_sources(state, root))
    found = {
        POLICY: _places(sources.items(), ids),
        RULE: _places(_docstrings(root), ids),
        CASE: _places(_first_lines(root), ids),
    }
    return Traced(rules, found, frozenset(sources))


def rules_of(page: str) -> Iterator[Rule]:
    """The rules that a page tells, in its order."""
    for match in _RULE.finditer(page):
        needs, settings = (_told(name, match["text"]) for name in ("Needs", "Settings"))
        named = tuple(re.findall(r"`([a-z]+\.[\w.]+)`", settings))
        yield Rule(match["id"], match["title"], frozenset(re.findall(r"\w+", needs)), named)


def ids_in(text: str, ids: Collection[str]) -> set[str]:
    """The rules that a text names, ranges and lists written out."""
    found = {each for each in ids if not each[-1].isdigit() and each in text}
    for family, first, last, more in _IDS.findall(text):
        numbers = [int(first), *map(int, re.findall(r"\d+", more))]
        found |= {f"{family}-{n}" for n in (*numbers, *range(int(first), int(last or first) + 1))}
    return found & set(ids)


def missing(traced: Traced) -> list[str]:
    """Every rule that is not where its page says it must be, and every setting that no chapter holds."""
    lacks = [
        f"{rule.id}: no {kind} names it"
        for rule in traced.rules
        for kind in KINDS
        if kind in rule.needs and not traced.places[kind].get(rule.id)
    ]
    unknown = [
        f"{rule.id}: no chapter holds {name}"
        for rule in traced.rules
        for name in rule.settings
        if name not in traced.entries
    ]
    return [*lacks, *unknown]


def page(traced: Traced) -> str:
    """The table, as text."""
    return _HEAD + "".join(f"{_row(rule, traced)}\n" for rule in traced.rules)


def _row(rule: Rule, traced: Traced) -> str:
    cells = []
    for kind in KINDS:
        places = traced.places[kind].get(rule.id, ())
        empty = "**missing**" if kind in rule.needs else "none needed"
        cells.append("<br>".join(places) or empty)
    return f"| {' | '.join((f'{rule.id} {rule.title}', *cells))} |"


def _told(name: str, text: str) -> str:
    match = re.search(_LINE.format(name), text, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def _places(texts: Iterable[tuple[str, str]], ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for place, text in texts:
        for each in ids_in(text, ids):
            found.setdefault(each, {})[place] = None
    return {each: tuple(places) for each, places in found.items()}


def _sources(state: str, root: Path) -> Iterator[tuple[str, str]]:
    """Every entry of the chapters, of any year, and what it cites."""
    folder = root / reader.STATES.relative_to(REPOSITORY)
    cited: dict[str, dict[str, None]] = {}
    for service in reader.SERVICES:
        for chapter in reader.every_year(state, service, folder).values():
            for name, entry in chapter.items():
                cited.setdefault(f"{service}.{name}", {})[entry["source"]] = None
    return ((name, "; ".join(sources)) for name, sources in cited.items())


def _docstrings(root: Path) -> Iterator[tuple[str, str]]:
    """The modules that may hold a rule, and what their public docstrings say."""
    for place in _MODULES:
        for start in sorted(root.glob(place)):
            for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
                syntax = ast.parse(path.read_text("utf-8"), path.name)
                named = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
                public = [node for node in ast.walk(syntax) if isinstance(node, named) and node.name[0] != "_"]
                texts = (ast.get_docstring(node) or "" for node in (syntax, *public))
                yield path.relative_to(root).as_posix(), "\n".join(texts)


def _first_lines(root: Path) -> Iterator[tuple[str, str]]:
    """The worked cases, and what the first line of each, or its rule, says."""
    for path in sorted((root / "tests/cases").rglob("*.yaml")):
        first, *others = path.read_text("utf-8").splitlines()
        told = [line for line in others if line.startswith("rule:")]
        yield path.relative_to(root).as_posix(), "\n".join([first if first.startswith("#") else "", *told])
