"""Every event has a golden example that comes out byte for byte, and the AsyncAPI document is the catalog's."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.events import asyncapi
from shared.events.catalog import BY_NAME, TOPICS
from shared.events.topic import Topic
from shared.vocabulary.identity import canonical

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = asyncapi.document()
# Every (topic, event type) of the line; the edition's marker goes to each sis topic.
PAIRS = [(topic, kind) for topic in TOPICS for kind in DOCUMENT["channels"][topic.name]["messages"]]


def golden(kind: str, folder: Path = GOLDEN) -> bytes:
    """An example's canonical bytes; the file itself is indented for readers."""
    return canonical(json.loads((folder / f"{kind}.json").read_text("utf-8"))).encode()


def without_example(folder: Path) -> set[str]:
    """Event types that have no example, and examples of no event."""
    return {kind for _, kind in PAIRS} ^ {path.stem for path in folder.glob("*.json")}


@pytest.mark.parametrize(("topic", "kind"), PAIRS, ids=lambda part: getattr(part, "name", part))
def test_the_example_parses_and_comes_out_byte_for_byte(topic: Topic, kind: str) -> None:
    assert topic.decode(golden(kind)).to_bytes() == golden(kind)


def test_every_event_has_its_example_and_every_example_its_event() -> None:
    assert without_example(GOLDEN) == set()


def test_a_missing_and_a_stray_example_are_caught(tmp_path: Path) -> None:
    for _, kind in PAIRS[1:]:
        (tmp_path / f"{kind}.json").write_text("{}")
    (tmp_path / "update.school.json").write_text("{}")
    assert without_example(tmp_path) == {PAIRS[0][1], "update.school"}


@pytest.mark.parametrize(("topic", "kind"), PAIRS, ids=lambda part: getattr(part, "name", part))
def test_an_unknown_key_a_missing_key_and_an_unknown_type_are_refused(topic: Topic, kind: str) -> None:
    event: dict[str, Any] = json.loads(golden(kind))
    spoilt = [
        {**event, "surprise": "1"},
        {key: value for key, value in event.items() if key != "event_id"},
        {**event, "type": "school.unheard_of"},
    ]
    for message in spoilt:
        with pytest.raises(ValidationError):
            topic.decode(canonical(message).encode())


def test_a_nul_character_is_refused() -> None:
    event = {**json.loads(golden("edition.released")), "released_by": "state\x00office"}
    with pytest.raises(ValidationError, match="NUL"):
        BY_NAME["reportcards.published.v1"].decode(canonical(event).encode())


def test_the_asyncapi_document_is_the_catalog() -> None:
    written = (REPOSITORY / "docs/asyncapi.yaml").read_text("utf-8")
    assert written == asyncapi.render(), "run: .venv/bin/python -m shared.events.asyncapi > docs/asyncapi.yaml"


def test_the_document_names_every_topic_and_resolves_every_reference() -> None:
    assert list(DOCUMENT["channels"]) == [topic.name for topic in TOPICS]
    for reference in _references(DOCUMENT):
        target: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert target


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in _references(value)]
    if isinstance(part, list):
        return [found for value in part for found in _references(value)]
    return []
