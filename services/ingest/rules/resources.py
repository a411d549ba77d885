"""Decides how a record is identified, whether it may come in, and which records it needs; for any resource."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.ingest.rules.descriptors import Intake
from services.ingest.rules.keeping import Parent, Reasons
from services.ingest.rules.meanings import Body, Fields
from services.ingest.rules.shapes import Check, Errors
from shared.vocabulary.identity import NAMESPACE

Needed = tuple[str, tuple[str, ...], str, bool]  # resource, its key, the property that points at it, whether it owns


@dataclass(frozen=True)
class Resource:
    """One resource. `topic` and `part` say which sis event carries its records, and in which of its lists.

    `key` gives the natural key's parts, from a body and the school year of the URL; `leaves` are their names.
    """

    name: str
    topic: str
    part: str
    form: Callable[[Intake], Check]
    leaves: tuple[str, ...]
    key: Callable[[Body, str | None], tuple[Any, ...]]
    meaning: Callable[[Body, Intake, str | None, Errors], Fields]
    needs: Callable[[Fields, Body], tuple[Needed, ...]]
    owner: str | None = None  # the record field by which a district client's right is decided

    @property
    def is_of_a_school(self) -> bool:
        """Whether its records belong to a school, or are schools."""
        return self.owner == "school_id" or self.name == "schools"

    def school_of(self, fields: Fields) -> str | None:
        """The school that a record belongs to, or is; None where its resource knows none."""
        return fields["school_id"] if self.is_of_a_school else None

    def district_of(self, fields: Fields) -> str | None:
        """The district that a record belongs to, or is, by its own word; None where a school says it."""
        return fields["district_id"] if self.owner == "district_id" else None


_NAMESPACE = NAMESPACE.bytes
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def record_id(state: str, resource: str, key: Iterable[str]) -> UUID:
    """The id of a record: uuid5 of state, resource and natural key. Keys hold no NUL, so the join is unambiguous."""
    return UUID(record_hex(state, resource, key))


def record_hex(state: str, resource: str, key: Iterable[str]) -> str:
    """The id of a record as its 32 hexadecimal digits: an id object costs more than the id itself."""
    digits = hashlib.sha1(_NAMESPACE + "\x00".join((state, resource, *key)).encode()).hexdigest()
    return f"{digits[:12]}5{digits[13:16]}{_VARIANT[digits[16]]}{digits[17:32]}"


def key_of(resource: Resource, body: Any, year: str | None) -> tuple[str, ...] | None:
    """The natural key's parts as text, or None when it cannot be read."""
    try:
        parts = resource.key(body, year)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    if not all(type(part) in (str, int) and part != "" and "\x00" not in str(part) for part in parts):
        return None
    return tuple(map(str, parts))


def examine(
    resource: Resource, check: Check, body: Any, intake: Intake, year: str | None
) -> tuple[Fields | None, Reasons]:
    """The canonical fields of a body, or why it is not let in: every reason at once, by JSON path."""
    errors: Errors = []
    if type(body) is dict and "id" in body:
        errors.append((".id", "id must be left out; the natural key decides it"))
    check(body, errors)
    fields = resource.meaning(body, intake, year, errors) if not errors else None
    reasons: Reasons = {}
    for path, message in errors:
        name = path.rpartition(".")[2].partition("[")[0]
        sentence = message if message.startswith(name) else f"{name} {message}".strip()
        reasons.setdefault("$" + path, []).append(f"{sentence}.")
    return (fields if not errors else None), reasons


def parents_of(state: str, resource: Resource, fields: Fields, body: Body) -> tuple[Parent, ...]:
    """The records that this one needs."""
    return tuple(
        Parent(_parent_id(state, name, key), reference, owns)
        for name, key, reference, owns in resource.needs(fields, body)
    )


@lru_cache(65536)  # a school is named by every record it has
def _parent_id(state: str, resource: str, key: tuple[str, ...]) -> UUID:
    return record_id(state, resource, key)
