"""Identity: what makes an id, a fingerprint and a canonical text the same on every machine and in every replay."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("6f0a3c1e-5d1f-4d8b-9a53-3f3a1c0b7e21")


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no blanks, UTF-8 kept. Floats are refused: they have no one text."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fact_id(kind: str, *causes: object) -> UUID:
    """The id of a fact: the same kind and causes give the same id, in every run and replay."""
    return uuid5(NAMESPACE, canonical([kind, *(str(cause) for cause in causes)]))


class Fingerprint:
    """SHA-256 over length-prefixed parts, in order, as far as they have come."""

    def __init__(self, parts: Iterable[bytes] = ()) -> None:
        self._digest = hashlib.sha256()
        for part in parts:
            self.add(part)

    def add(self, part: bytes) -> None:
        """One part more."""
        self._digest.update(len(part).to_bytes(8, "big"))
        self._digest.update(part)

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        return self._digest.hexdigest()


def fingerprint(parts: Iterable[bytes]) -> str:
    """SHA-256 over length-prefixed parts, in order, as 64 hexadecimal digits."""
    return Fingerprint(parts).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError(
            f"a float has no canonical text: {value!r}; pass an int, a Decimal as text or a Fraction as text"
        )
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
