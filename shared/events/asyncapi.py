"""The AsyncAPI 3.0 document of every topic, from the catalog; `python -m shared.events.asyncapi` prints it."""

import sys
from typing import Any

import yaml
from pydantic import TypeAdapter

from shared.events.catalog import TOPICS
from shared.events.topic import Topic

_DESCRIPTION = (
    "Every topic of the line. A message's value is the canonical JSON of one event: keys sorted, no blanks. "
    "Events are facts, unknown keys are refused, and an event's id is made of what caused it."
)
_SCHEMAS = "#/components/schemas/{model}"


def document() -> dict[str, Any]:
    """Channels, messages and schemas of the whole line, in the order data runs."""
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [(topic.name, "serialization", topic.events) for topic in TOPICS]
    by_topic, definitions = TypeAdapter.json_schemas(inputs, ref_template=_SCHEMAS)
    schemas = definitions["$defs"]
    events = {topic.name: _events(by_topic[(topic.name, "serialization")]) for topic in TOPICS}
    named = sorted({name for names in events.values() for name in names})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Schoolmark",
            "version": "1",
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, events[topic.name], schemas) for topic in TOPICS},
        "components": {
            "messages": {name: _message(name, schemas[name]) for name in named},
            "schemas": {name: schemas[name] for name in sorted(schemas)},
        },
    }


def render() -> str:
    """The document as YAML."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)


def _channel(topic: Topic, events: list[str], schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.purpose} Message key: {topic.key}.",
        "messages": {_type(schemas[name]): {"$ref": f"#/components/messages/{name}"} for name in events},
        "bindings": {"kafka": {"partitions": topic.partitions, "bindingVersion": "0.5.0"}},
    }


def _message(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": _type(schema),
        "title": name,
        "summary": " ".join(schema.get("description", "").split()),
        "payload": {"$ref": _SCHEMAS.format(model=name)},
    }


def _events(schema: dict[str, Any]) -> list[str]:
    """The names of a topic's event schemas: one, or the members of a union."""
    parts = schema.get("oneOf", [schema])
    return [part["$ref"].rsplit("/", 1)[1] for part in parts]


def _type(schema: dict[str, Any]) -> str:
    return str(schema["properties"]["type"]["const"])


if __name__ == "__main__":
    sys.stdout.write(render())
