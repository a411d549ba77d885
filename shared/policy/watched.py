"""Chapters that remember what was read of them: a place that no reader reads is a slip of the pen, not law."""

from collections.abc import Iterator
from typing import Any

from shared.policy.reader import Chapter


class Watched(dict[str, Any]):
    """A mapping that notes which of its keys were looked up; whoever goes through it has looked up all of them."""

    def __init__(self, plain: dict[str, Any]) -> None:
        super().__init__({key: _watched(part) for key, part in plain.items()})
        self.looked_up: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.looked_up.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.looked_up.add(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        self._all()
        return super().__iter__()

    def keys(self) -> Any:
        self._all()
        return super().keys()

    def values(self) -> Any:
        self._all()
        return super().values()

    def items(self) -> Any:
        self._all()
        return super().items()

    def _all(self) -> None:
        self.looked_up.update(dict.keys(self))


def watched(chapter: Chapter) -> Chapter:
    """The same chapter, remembering from now on what is read of it."""
    return Watched(chapter)


def read_and_unread(chapter: Chapter) -> tuple[set[str], set[str]]:
    """The dotted paths of a watched chapter that were read, and those that were not: `growth_weights.one_level`."""
    read: set[str] = set()
    unread: set[str] = set()
    for name in dict.keys(chapter):
        entry = dict.__getitem__(chapter, name)
        if "value" not in getattr(entry, "looked_up", ()):
            unread.add(name)
            continue
        read.add(name)
        _note(name, dict.__getitem__(entry, "value"), read, unread)
    return read, unread


def _watched(part: Any) -> Any:
    if isinstance(part, dict):
        return Watched(part)
    return [_watched(item) for item in part] if isinstance(part, list) else part


def _note(path: str, part: Any, read: set[str], unread: set[str]) -> None:
    if isinstance(part, list):
        for item in part:
            _note(path, item, read, unread)
    elif isinstance(part, Watched):
        for key in dict.keys(part):
            (read if key in part.looked_up else unread).add(f"{path}.{key}")
            if key in part.looked_up:
                _note(f"{path}.{key}", dict.__getitem__(part, key), read, unread)
