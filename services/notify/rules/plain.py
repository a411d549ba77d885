"""A notice's life as plain values, the one form that the log and the database keep, and back."""

from dataclasses import asdict, fields
from datetime import date
from typing import Any
from uuid import UUID

from services.notify.rules.lifecycle import Evidence, Life

_DATES = ("sent_on", "overdue_since", "finding_on")
_IDS = ("ended_by", "superseded_by")


def as_plain(life: Life) -> dict[str, Any]:
    """Dates and ids as text, the proof's details as a mapping."""
    values = {name: _text(value) for name, value in asdict(life).items()}
    if life.evidence:
        proof = {name: _text(value) for name, value in asdict(life.evidence).items()}
        values["evidence"] = {**proof, "details": dict(life.evidence.details)}
    return values


def from_plain(values: dict[str, Any]) -> Life:
    """The life of plain values. Raises ValueError or KeyError when they are none."""
    known = {field.name: values[field.name] for field in fields(Life) if field.name in values}
    for name in _DATES:
        known[name] = date.fromisoformat(known[name]) if known.get(name) else None
    for name in _IDS:
        known[name] = UUID(known[name]) if known.get(name) else None
    proof = known.get("evidence")
    known["evidence"] = _evidence(proof) if proof else None
    return Life(**known)


def _evidence(proof: dict[str, Any]) -> Evidence:
    return Evidence(
        kind=proof["kind"],
        reference=proof["reference"],
        sent_on=date.fromisoformat(proof["sent_on"]),
        given_on=date.fromisoformat(proof["given_on"]),
        details=tuple(sorted(proof["details"].items())),
        accepted=proof["accepted"],
    )


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, date | UUID) else value
