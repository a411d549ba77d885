"""A value of a chapter as people read it: indented lines, or one text for each dotted path."""

from collections.abc import Iterator
from typing import Any

EMPTY = "(empty)"


def lines(value: Any, indent: str = "") -> Iterator[str]:
    """A value as indented lines: `A: 442`."""
    if not _is_nested(value):
        yield f"{indent}{plain(value)}"
        return
    for key, part in value.items() if isinstance(value, dict) else (("-", part) for part in value):
        sign = "-" if key == "-" else f"{key}:"
        if _is_nested(part):
            yield f"{indent}{sign}"
            yield from lines(part, f"{indent}  ")
        else:
            yield f"{indent}{sign} {plain(part)}"


def leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each scalar, or list of scalars, with its dotted path; the items of other lists are numbered."""
    if not _is_nested(value):
        yield path, plain(value)
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value, start=1):
        yield from leaves(f"{path}.{key}", part)


def plain(value: Any) -> str:
    """A scalar, or a list of scalars, as one text."""
    return (", ".join(value) if isinstance(value, list) else str(value)) if value else EMPTY


def _is_nested(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(part, dict | list) for part in value)
    return isinstance(value, dict) and bool(value)
