"""Files of records: NDJSON of one resource, or any CSV or NDJSON with a mapping that says what its columns mean."""

import gzip
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid4

import orjson
import polars as pl
from fastapi import APIRouter, Depends, File, Request, UploadFile
from fastapi.concurrency import run_in_threadpool

from services.ingest import store
from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.api.pieces import Piece, gathered, pieces_of
from services.ingest.api.records import must_write, resource_of, sees
from services.ingest.api.submissions import open_submission, report, run
from services.ingest.rules.catalog import BY_NAME
from services.ingest.rules.keeping import Sender
from services.ingest.rules.mapping import Mapped, records_of, resources_of
from services.ingest.rules.resources import Resource
from services.ingest.rules.templates import MappingError
from shared.policy.reader import PolicyError, read
from shared.runtime.http import Client, Problem, client_of, not_found, runtime_of
from shared.runtime.runtime import Runtime
from shared.vocabulary import school_years

router = APIRouter(tags=["bulk"])
_IN_MEMORY = 8 * 1024 * 1024
_BLOCK = 1024 * 1024
_GZIP = b"\x1f\x8b"


@router.post("/bulk/{name}")
async def bulk(
    name: str,
    request: Request,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """One record a line. A bad line is refused and kept, the rest goes in. `?year=2025` is the URL's school year."""
    resource = resource_of(name)
    sender = must_write(runtime, client, resource)
    submission_id = _submission_id(request)
    lines = 0
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        digest = hashlib.blake2b(f"{year}".encode(), digest_size=32)
        async for piece in request.stream():
            digest.update(piece)
            lines += piece.count(b"\n")
            await run_in_threadpool(file.write, piece)
        file.seek(0)
        named = school_years.ending(year) if year is not None else None
        what = resource.name
        return await run_in_threadpool(
            _take_lines, runtime, client, sender, submission_id, what, digest.digest(), file, resource, named, lines
        )


@router.post("/bulk")
def mapped(
    request: Request,
    mapping: UploadFile = File(),
    file: UploadFile = File(),
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """A source's own file, read through a mapping. Disagreeing rows are settled by its rules and counted."""
    text = mapping.file.read()
    try:
        rules = _mapping(text)
        senders = [must_write(runtime, client, resource_of(name)) for name in resources_of(rules)]
        digest = hashlib.blake2b(text, digest_size=32)
        while piece := file.file.read(1 << 20):
            digest.update(piece)
        file.file.seek(0)
        row = open_submission(
            runtime, client, _submission_id(request), f"mapped: {rules.get('name', '')}", digest.digest()
        )
        if row.state == "done":
            return report(row)
        records, settled = records_of(_frame(file.file), rules)
    except (MappingError, PolicyError) as error:
        raise Problem(400, "bad-request:mapping", "Mapping Not Usable", str(error)) from None
    except (pl.exceptions.PolarsError, UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        text_ = f"The file is neither CSV nor NDJSON that can be read ({type(error).__name__})."
        raise Problem(400, "bad-request:file", "File Not Readable", text_) from None
    with runtime.engine.begin() as connection:
        store.note_settled(connection, row.submission_id, settled)
    return run(runtime, senders[0], row.submission_id, gathered(map(_line, records)))


@router.get("/bulk/submissions/{submission_id}")
def submission(
    submission_id: UUID, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> dict[str, Any]:
    """How far a submission is, or what it came to."""
    with runtime.engine.connect() as connection:
        row = store.submission(connection, submission_id)
    if row is None or (client.kind != "state" and row.district_id != sees(client)):
        raise not_found("There is no such submission, or it is not yours.")
    return report(row)


def _take_lines(
    runtime: Runtime,
    client: Client,
    sender: Sender,
    submission_id: UUID,
    what: str,
    digest: bytes,
    file: IO[bytes],
    resource: Resource,
    year: str | None,
    newlines: int,
) -> dict[str, Any]:
    row = open_submission(runtime, client, submission_id, what, digest)
    if row.state == "done":
        return report(row)
    try:
        total = None if _is_packed(file) else newlines
        return run(runtime, sender, submission_id, pieces_of(resource, _blocks(_unpacked(file))), year, total)
    except (gzip.BadGzipFile, EOFError):
        text = "The gzip file is damaged or cut off; what came before the damage is in. Send it whole."
        raise Problem(400, "bad-request:file", "File Not Readable", text) from None


def _line(made: Mapped) -> Piece:
    return Piece(BY_NAME[made.resource], [made.row], [orjson.dumps(made.body)[:LARGEST_KEPT]])


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _is_packed(file: IO[bytes]) -> bool:
    """Whether the first bytes say gzip."""
    start = file.read(2)
    file.seek(0)
    return start == _GZIP


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    return gzip.open(file) if _is_packed(file) else file  # type: ignore[return-value]


def _frame(file: IO[bytes]) -> pl.DataFrame:
    """The rows of a CSV or NDJSON file, every column as text."""
    data = _unpacked(file).read()
    if data.lstrip()[:1] == b"{":
        frame = pl.read_ndjson(data, infer_schema_length=None)
        return frame.with_columns(pl.all().cast(pl.String))
    return pl.read_csv(data, infer_schema_length=0, null_values=[""])


def _mapping(text: bytes) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_bytes(text)
        return read(path)


def _submission_id(request: Request) -> UUID:
    given = request.headers.get("submission-id")
    try:
        return UUID(given) if given else uuid4()
    except ValueError:
        raise Problem(400, "bad-request", "Bad Request", "Submission-Id must be a UUID.") from None
