"""What changed in the law from one school year to another, by dotted path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy.policy.values import leaves
from shared.policy.reader import SERVICES, Chapter

_ABSENT = "—"
_VALUE, _ABOUT = "value", ("tag", "source", "note")


@dataclass(frozen=True)
class Difference:
    """One change. `part`: value, tag, source or note; the path of a value goes on inside it. None: it is not there."""

    path: str
    part: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        place = self.path if self.part == _VALUE else f"{self.path}, {self.part}"
        before, after = (_ABSENT if text is None else text for text in (self.before, self.after))
        return f"{place}: {before} → {after}"


def differences(before: Mapping[str, Chapter], after: Mapping[str, Chapter]) -> list[Difference]:
    """What changed, entry by entry, in the order of the chapters."""
    return [
        Difference(path, part, was.get((path, part)), becomes.get((path, part)))
        for was, becomes in _entries(before, after)
        for path, part in dict.fromkeys((*was, *becomes))
        if was.get((path, part)) != becomes.get((path, part))
    ]


def _entries(
    before: Mapping[str, Chapter], after: Mapping[str, Chapter]
) -> Iterator[tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]]:
    for service in SERVICES:
        old, new = before.get(service, {}), after.get(service, {})
        for name in dict.fromkeys((*new, *old)):
            yield _parts(service, name, old), _parts(service, name, new)


def _parts(service: str, name: str, chapter: Chapter) -> dict[tuple[str, str], str]:
    if name not in chapter:
        return {}
    entry, path = chapter[name], f"{service}.{name}"
    values = {(place, _VALUE): text for place, text in leaves(path, entry["value"])}
    return values | {(path, part): entry[part] for part in _ABOUT if part in entry}
