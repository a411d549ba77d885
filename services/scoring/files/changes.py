"""Facts other than they stand: records put in or taken out by their key, each checked as a file of them would be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from services.scoring.files.checks import Unreadable, rows_told
from services.scoring.files.contract import KEYS, PARENTS, RECORDS, SCHEMAS
from services.scoring.files.folder import must_be_there, standing
from services.scoring.files.formats import record_table
from services.scoring.rules.frames import Frames, parted_results

UPSERT: Literal["upsert"] = "upsert"
DELETE: Literal["delete"] = "delete"
_KINDS = [kind for kind in RECORDS if kind != "students"]  # of whom no rule reads a record
_DIRECTORY = ("districts", "schools", "assessments")  # which are there whole, whatever the year


@dataclass(frozen=True)
class Change:
    """A record that stands otherwise: in place of the one with its key, or (its key alone) no more."""

    kind: str
    op: Literal["upsert", "delete"]
    record: dict[str, Any]


def changed(frames: Frames, changes: Sequence[Change]) -> Frames:
    """The facts with these changes, parents first. Raises Unreadable with kind, row (of the kind's), field and mend."""
    strange = sorted({change.kind for change in changes} - set(_KINDS))
    if strange:
        raise Unreadable(f"{', '.join(strange)}: is no kind of record that a score reads; known: {', '.join(_KINDS)}")
    for kind in _KINDS:
        mine = [change for change in changes if change.kind == kind]
        for op in (DELETE, UPSERT):
            records = [change.record for change in mine if change.op == op]
            if records:
                frames = _without(frames, kind, records) if op == DELETE else _with(frames, kind, records)
    return frames


def _with(frames: Frames, kind: str, records: Sequence[dict[str, Any]]) -> Frames:
    rows = standing(kind, [record_table(kind, records, kind)], kind)
    for field, parent in PARENTS.get(kind, {}).items():
        if parent in _DIRECTORY:
            must_be_there(kind, rows[field], getattr(frames, parent)[f"{parent.removesuffix('s')}_id"], parent)
    if kind == "results":
        academic, special = parted_results(rows, frames.assessments)
        frames = _put(frames, "results", rows, academic)
        return _put(frames, "other_results", rows, special)
    return _put(frames, kind, rows, rows)


def _put(frames: Frames, name: str, replaced: pl.DataFrame, rows: pl.DataFrame) -> Frames:
    """A frame without the keys of `replaced` and with `rows`."""
    key = list(KEYS["results" if name == "other_results" else name])
    table: pl.DataFrame = getattr(frames, name)
    kept = table.join(replaced.select(key), on=key, how="anti", nulls_equal=True)
    return replace(frames, **{name: pl.concat([kept, rows.select(table.columns)], how="vertical_relaxed")})


def _without(frames: Frames, kind: str, records: Sequence[dict[str, Any]]) -> Frames:
    key = list(KEYS[kind])
    keys = [{name: value for name, value in record.items() if name in key} for record in records]
    schema = SCHEMAS[kind]
    rows = record_table(kind, keys, kind, only=key).select(pl.col(name).cast(schema[name]) for name in key)
    names = ("results", "other_results") if kind == "results" else (kind,)
    missing = rows.with_row_index("row", offset=1)
    for name in names:
        missing = missing.join(getattr(frames, name).select(key), on=key, how="anti", nulls_equal=True)
        frames = _put(frames, name, rows, getattr(frames, name).clear())
    if missing.height:
        raise Unreadable(f"{kind}, {rows_told(missing['row'].to_list())}: no record with this key stands in the year")
    return frames
