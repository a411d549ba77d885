"""A source's own file and the mapping that makes records of its rows: read whole: rows of one key settle together."""

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import polars as pl

from services.ingest import store
from services.ingest.api.form import BadForm, files_of
from services.ingest.api.formats import PARQUET, Unreadable, fingerprint, plain, unpacked
from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.api.pieces import LINES_AT_ONCE, Piece, gathered
from services.ingest.api.records import must_write, resource_of
from services.ingest.api.submissions import identified, report, run
from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.mapping import Mapped, records_of, resources_of
from services.ingest.rules.templates import MappingError
from shared.policy.reader import PolicyError, read
from shared.runtime.http import Client, Problem
from shared.runtime.runtime import Runtime


def taken(runtime: Runtime, client: Client, submission_id: UUID, content_type: str, path: Path) -> dict[str, Any]:
    """The report of a form's file, read through its mapping. 400 for a mapping or a file that cannot be used."""
    try:
        with files_of(path, content_type) as files:
            text = files["mapping"].read_bytes()
            rules = read(files["mapping"])
            senders = [must_write(runtime, client, resource_of(name)) for name in resources_of(rules)]
            digest, _ = fingerprint(files["file"], text)
            row = identified(runtime, submission_id, digest, f"mapped: {rules.get('name', '')}")
            if row.state == "done":
                return report(row)
            records, settled = records_of(_frame(files["file"]), rules)
    except (MappingError, PolicyError, BadForm) as error:
        raise Problem(400, "bad-request:mapping", "Mapping Not Usable", str(error)) from None
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        text_ = f"The file is no CSV, NDJSON or Parquet that can be read ({type(error).__name__})."
        raise Unreadable(text_) from None
    with runtime.engine.begin() as connection:
        store.note_settled(connection, submission_id, settled)
    return run(runtime, senders[0], submission_id, gathered(_pieces(records)))


def _pieces(records: Iterable[Mapped]) -> Iterator[Piece]:
    for name, some in itertools.groupby(records, key=lambda made: made.resource):
        while batch := list(itertools.islice(some, LINES_AT_ONCE)):
            lines = [orjson.dumps(made.body)[:LARGEST_KEPT] for made in batch]
            yield Piece(BY_NAME[name], [made.row for made in batch], lines)


def _frame(path: Path) -> pl.DataFrame:
    """The rows of a table, every column as text."""
    with unpacked(path) as file:
        start = file.peek(len(PARQUET)).lstrip()
        with plain(path, file) as whole:
            if start.startswith(PARQUET):
                return pl.read_parquet(whole).cast(pl.String)
            if start.startswith(b"{"):
                return pl.read_ndjson(whole, infer_schema_length=None).cast(pl.String)
            return pl.read_csv(whole, infer_schema_length=0, null_values=[""])
