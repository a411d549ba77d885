"""Decides how a record is identified, whether it may come in, and which records it needs; for any resource."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.ingest.rules.bodies import Body, Fields
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.keeping import Parent, Reasons
from services.ingest.rules.shapes import Check, Errors
from shared.vocabulary.identity import NAMESPACE

Needed = tuple[str, tuple[str, ...], str, bool]  # resource, its key, the property that points at it, whether it owns
OF_SCHOOL, OF_DISTRICT, OF_ORGANISATION = "school", "district", "organisation"
SPACE, OWN_SPACE = "ed-fi", "schoolmark"


@dataclass(frozen=True)
class Resource:
    """One resource. `topic` and `part` say which sis event carries its records, and in which of its lists.

    `key` gives the natural key's parts, from a body and the school year of the URL; `leaves` are their names. `owner`:
    by which of a record's fields a district client's right is decided; an organisation is a school or a district.
    `space`: the namespace in its address.
    """

    name: str
    topic: str
    part: str
    form: Callable[[Intake], Check]
    leaves: tuple[str, ...]
    key: Callable[[Body, str | None], tuple[Any, ...]]
    meaning: Callable[[Body, Intake, str | None, Errors], Fields]
    needs: Callable[[Fields, Body], tuple[Needed, ...]]
    owner: str | None = None
    space: str = SPACE

    def school_of(self, fields: Fields) -> str | None:
        """The school that a record belongs to, or is; None where it or its resource knows none."""
        return fields["school_id"] if self.owner in (OF_SCHOOL, OF_ORGANISATION) or self.name == "schools" else None

    def district_of(self, fields: Fields) -> str | None:
        """The district that a record belongs to, or is, by its own word; None where a school says it."""
        if self.owner == OF_ORGANISATION:
            return fields["district_id"] if fields["school_id"] is None else None
        return fields["district_id"] if self.owner == OF_DISTRICT else None


def student_needed(fields: Fields, reference: str = "studentReference") -> Needed:
    """The student that a record names."""
    return "students", (fields["student_id"],), reference, False


def school_needed(fields: Fields, reference: str = "schoolReference") -> Needed:
    """The school that a record names, and belongs to."""
    return "schools", (fields["school_id"],), reference, True


def district_needed(fields: Fields, reference: str = "localEducationAgencyReference", *, owns: bool = True) -> Needed:
    """The district that a record names, and belongs to where it `owns`."""
    return "localEducationAgencies", (fields["district_id"],), reference, owns


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
