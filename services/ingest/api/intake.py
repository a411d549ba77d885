"""From pushed bytes to an item or a refusal: parsing and checking, outside the write lock."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from services.ingest.policy import intake_in_force
from services.ingest.rules.catalog import BY_NAME, TABLE
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.keeping import Item, Refusal
from services.ingest.rules.resources import Resource, examine, key_of, parents_of, record_id
from services.ingest.rules.shapes import Check
from shared.policy.reader import STATES

LARGEST_RECORD = 256 * 1024
LARGEST_KEPT = 1024 * 1024  # of a refused record: its refusal, in base64, has to fit into a message
_TOO_LARGE = {"$": [f"the record is larger than {LARGEST_RECORD} bytes."]}
_NO_JSON = {"$": ["the record is not valid JSON."]}
_NO_OBJECT = {"$": ["the record must be a JSON object."]}


@dataclass(frozen=True)
class Reader:
    """Reads records for one state: its chapter, and the check of each resource, made once."""

    state: str
    intake: Intake
    checks: dict[str, Check]

    def read(self, resource: Resource, raw: bytes, year: str | None = None, row: int = 0) -> Item | Refusal:
        """One record, from its bytes."""
        if len(raw) > LARGEST_RECORD:
            return Refusal(resource.name, raw, _TOO_LARGE, source_row=row)
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return Refusal(resource.name, raw, _NO_JSON, source_row=row)
        return self.read_body(resource, body, raw, year, row)

    def read_body(
        self, resource: Resource, body: Any, raw: bytes | None = None, year: str | None = None, row: int = 0
    ) -> Item | Refusal:
        """One record, from its parsed body; `raw` is what a refusal keeps."""
        if type(body) is not dict:
            return Refusal(resource.name, _kept(raw, body), _NO_OBJECT, source_row=row)
        fields, reasons = examine(resource, self.checks[resource.name], body, self.intake, year)
        key = key_of(resource, body, year)
        if fields is None or key is None:
            known = record_id(self.state, resource.name, key) if key else None
            return Refusal(resource.name, _kept(raw, body), reasons or _NO_OBJECT, known, source_row=row)
        text = text_of(body)
        return Item(
            resource=resource.name,
            record_id=record_id(self.state, resource.name, key),
            key=key,
            body=text,
            digest=digest_of(text),
            record=fields,
            parents=parents_of(self.state, resource, fields, body),
            school_id=resource.school_of(fields),
            district_id=resource.district_of(fields),
            school_year=fields.get("school_year"),
            source_row=row,
        )


def text_of(value: dict[str, Any]) -> bytes:
    """The canonical JSON of a body or of a record's fields: as it is kept, and as the sis events hold it."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest_of(text: bytes) -> bytes:
    """By which a body that was pushed again is known to be the same."""
    return hashlib.blake2b(text, digest_size=16).digest()


def _kept(raw: bytes | None, body: Any) -> bytes:
    return (raw or orjson.dumps(body))[:LARGEST_KEPT]


@cache
def reader_of(state: str, folder: Path = STATES) -> Reader:
    """The reader of a state, by its newest chapter."""
    intake = intake_in_force(state, folder)
    made = {resource.name: resource.form(intake) for resource in TABLE}
    return Reader(state, intake, made)


_BY_URL = {name.casefold(): resource for name, resource in BY_NAME.items()}


def resource_named(name: str) -> Resource | None:
    """The resource of a URL segment, without regard to case."""
    return _BY_URL.get(name.casefold())
