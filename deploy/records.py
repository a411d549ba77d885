"""Writes the canonical records that a line holds into a folder, from its log: what `schoolmark score` reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy import log
from services.scoring.files import KEYS
from shared.events.sis import SIS, Revised
from shared.events.topic import Topic

_OTHER_NAMES = {"events": "attendance"}  # the part of an event that is not named as its kind


def write(bootstrap: str, out: Path, namespace: str = "") -> dict[str, int]:
    """One NDJSON file a kind, records by key; how many of each. Of a key the highest revision stands, as everywhere.

    The folder must be new or empty. One topic at a time is held in memory.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty; name a new folder")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)  # student data
    counts = dict.fromkeys(KEYS, 0)
    files = {kind: (out / f"{kind}.ndjson").open("w", encoding="utf-8") for kind in KEYS}
    try:
        for topic in SIS:
            for (kind, _), line in sorted(_standing(bootstrap, topic, namespace).items()):
                counts[kind] += files[kind].write(f"{line}\n") > 0
    finally:
        for file in files.values():
            file.close()
    return counts


def _standing(bootstrap: str, topic: Topic, namespace: str) -> dict[tuple[str, str], str]:
    """Kind and key, record as JSON: of each key the highest revision, where it is no delete."""
    found: dict[tuple[str, str], tuple[int, str | None]] = {}
    for kind, revised in _revised(bootstrap, topic, namespace):
        key = kind, "\x00".join(str(getattr(revised.record, name)) for name in KEYS[kind])
        if key not in found or found[key][0] < revised.revision:
            found[key] = revised.revision, None if revised.op == "delete" else revised.record.model_dump_json()
    return {key: line for key, (_, line) in found.items() if line is not None}


def _revised(bootstrap: str, topic: Topic, namespace: str) -> Iterator[tuple[str, Revised[Any]]]:
    for message in log.messages(bootstrap, [topic.name], namespace):
        try:
            event = topic.decode(message.value or b"")
        except ValidationError:  # scoring keeps it, whole, in the rejections; it is no record
            continue
        for name in type(event).model_fields:
            kind = _OTHER_NAMES.get(name, name)
            if kind in KEYS:
                yield from ((kind, revised) for revised in getattr(event, name))
