"""A folder of canonical record files as the facts that stand: every key once, every id it names there."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from services.scoring.files.checks import Unreadable, rows_told
from services.scoring.files.contract import KEYS, NEEDED, PARENTS, RECORDS, SCHEMAS
from services.scoring.files.formats import NAME, checked_table, tables
from services.scoring.rules.frames import Frames, parted_results


def read_folder(folder: Path) -> Frames:
    """The facts of every school year in a folder, one file a kind. Raises Unreadable; docs/records.md is the contract.

    Kinds other than the six that every score needs may be left out.
    """
    return _facts({kind: (path.name, tables(path, kind)) for kind, path in _paths(folder).items()})


def frames_of(records: Mapping[str, pl.DataFrame]) -> Frames:
    """The same of frames, by kind, with the records' columns: each checked as a Parquet file of it would be."""
    missing = [kind for kind in NEEDED if kind not in records]
    if missing:
        raise Unreadable(f"there is no frame of {', '.join(missing)} (docs/records.md)")
    return _facts({kind: (kind, [checked_table(kind, records[kind], kind)]) for kind in RECORDS if kind in records})


def _facts(sources: Mapping[str, tuple[str, Iterable[pl.DataFrame]]]) -> Frames:
    found = {kind: standing(name, pieces, kind) for kind, (name, pieces) in sources.items()}
    for kind, parents in PARENTS.items():
        for field, parent in parents.items():
            if kind in found and parent in found:
                must_be_there(sources[kind][0], found[kind][field], found[parent][field], parent)
    results, other_results = parted_results(found.pop("results"), found["assessments"])
    found.pop("students", None)
    return Frames(**found, results=results, other_results=other_results)


def _paths(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise Unreadable(f"there is no folder {folder}")
    paths: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        named = NAME.fullmatch(path.name)
        if named is None:
            continue
        if named["kind"] not in RECORDS:
            raise Unreadable(f"{path.name}: is no kind of record; known: {', '.join(RECORDS)}; mend its name")
        if named["kind"] in paths:
            raise Unreadable(f"{folder} holds both {paths[named['kind']].name} and {path.name}; keep one")
        paths[named["kind"]] = path
    missing = [kind for kind in NEEDED if kind not in paths]
    if missing:
        raise Unreadable(
            f"{folder} holds no file of {', '.join(missing)}; write <kind>.ndjson, .csv or .parquet (docs/records.md)"
        )
    return {kind: paths[kind] for kind in RECORDS if kind in paths}


def standing(file: str, pieces: Iterable[pl.DataFrame], kind: str) -> pl.DataFrame:
    """The rows as the rules read them. Raises Unreadable where a key stands twice."""
    columns = [_typed(name, dtype) for name, dtype in SCHEMAS[kind].items()]
    rows = pl.concat([piece.select(columns) for piece in pieces])
    key = list(KEYS[kind])
    if rows.select(pl.struct(key).hash().is_duplicated().any()).item():
        twice = rows.with_row_index("row", offset=1).filter(pl.struct(key).is_duplicated())
        if twice.height:
            same = twice.join(twice.head(1), on=key, how="semi")["row"].to_list()
            raise Unreadable(f"{file}, {rows_told(same)}: the same {', '.join(key)}; a key stands once; keep one")
    return rows


def _typed(name: str, dtype: Any) -> pl.Expr:
    """A column as the rules read it: a list stands in its file's text with commas, one of objects as JSON."""
    if not isinstance(dtype, pl.List):
        return pl.col(name).cast(dtype)
    if isinstance(dtype.inner, pl.Struct):
        return pl.col(name).str.json_decode(dtype)
    return pl.when(pl.col(name) == "").then(pl.lit([], dtype)).otherwise(pl.col(name).str.split(",")).alias(name)


def must_be_there(file: str, told: pl.Series, known: pl.Series, parent: str) -> None:
    """Raises Unreadable where an id is named that no record of its kind has."""
    names = told.drop_nulls().unique().cast(pl.String)
    strange = names.filter(~names.is_in(known.unique().cast(pl.String).implode()))
    if strange.len():
        rows = (told.cast(pl.String).is_in(strange.implode()).fill_null(False).arg_true() + 1).to_list()
        raise Unreadable(
            f"{file}, {rows_told(rows)}, {told.name}: no record of {parent} has this id; "
            "add it, or take these rows out (ingest would let them wait)"
        )
