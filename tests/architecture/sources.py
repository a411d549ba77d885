"""Reading a tree of Python as text and syntax, for the checks of the house's walls."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SERVICES = ("ingest", "scoring", "designation", "reportcard", "notify")
ROOMS = ("services", "shared")


@dataclass(frozen=True)
class Source:
    """One module: its path below the root, its text and its syntax."""

    path: str
    text: str
    syntax: ast.Module

    @property
    def service(self) -> str | None:
        """The service it belongs to."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "services" and len(parts) > 2 else None

    @property
    def is_rule(self) -> bool:
        return self.service is not None and self.path.split("/")[2] == "rules"

    @property
    def is_decision(self) -> bool:
        """A rule or the service's decision: what must be pure."""
        return self.is_rule or (self.service is not None and self.path.split("/")[2] in ("handle.py", "handle"))


def sources(root: Path, rooms: tuple[str, ...] = ROOMS) -> Iterator[Source]:
    """Every module of these rooms, by path."""
    for room in rooms:
        for file in sorted((root / room).rglob("*.py")):
            text = file.read_text("utf-8")
            yield Source(file.relative_to(root).as_posix(), text, ast.parse(text, file.name))


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything a module imports."""
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def docstrings(source: Source) -> set[int]:
    """The identity of every docstring node: words for people, not values."""
    found = set()
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


def constants(source: Source) -> Iterator[ast.Constant]:
    """Every literal that is a value: docstrings and type annotations' forward names apart."""
    words = docstrings(source)
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Constant) and id(node) not in words:
            yield node


def plant(root: Path, files: dict[str, str]) -> Path:
    """A tiny tree for a check to fail on: path → text. Gives its root."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for room in ROOMS:
        (root / room).mkdir(exist_ok=True)
    return root
