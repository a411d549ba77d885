"""Files of records: a file of one resource, or any table with a mapping that says what its columns mean."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request, Response

from services.ingest import store
from services.ingest.api import claims, formats, mapped
from services.ingest.api.dotted import BadColumns
from services.ingest.api.records import must_write, resource_of, sees
from services.ingest.api.submissions import failed, identified, report, run
from services.ingest.api.uploads import problem_of, received
from services.ingest.rules.keeping import Sender
from services.ingest.rules.resources import Resource
from services.ingest.store import spool
from shared.runtime.http import Client, Problem, client_of, not_found, runtime_of
from shared.runtime.runtime import Runtime
from shared.vocabulary import school_years

router = APIRouter(tags=["bulk"])
# files read at the same time; others wait without a thread, so that short requests always find one
_READERS = CapacityLimiter(4)


@router.post("/bulk/{name}")
async def bulk(
    name: str,
    request: Request,
    year: int | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """One record a line or row. A bad one is refused and kept, the rest goes in. `?year=2025` is the URL's school year.

    NDJSON, CSV or Parquet, gzip, zstd, lz4 or neither. After a cut: the rest, with Submission-Id and Upload-Offset.
    """
    resource = resource_of(name)
    sender = must_write(runtime, client, resource)
    submission_id, upload = await received(request, runtime, client, resource.name)
    kind = request.headers.get("content-type", "")
    read = partial(_of_one_resource, runtime, sender, submission_id, resource, kind, year)
    return await to_thread.run_sync(_taken, runtime, submission_id, upload, read, limiter=_READERS)


@router.post("/bulk")
async def bulk_mapped(
    request: Request, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> dict[str, Any]:
    """A source's own file, read through a mapping: a form of the parts `mapping` and `file`. Disagreeing rows are
    settled by the mapping's rules and counted.
    """
    submission_id, upload = await received(request, runtime, client, "mapped")
    kind = request.headers.get("content-type", "")
    read = partial(mapped.taken, runtime, client, submission_id, kind)
    return await to_thread.run_sync(_taken, runtime, submission_id, upload, read, limiter=_READERS)


@router.api_route("/bulk/submissions/{submission_id}", methods=["GET", "HEAD"])
def submission(
    submission_id: UUID,
    response: Response,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> dict[str, Any]:
    """How far a submission is, or what it came to. `Upload-Offset`: how many bytes are here, to go on from there."""
    with runtime.engine.connect() as connection:
        row = store.submission(connection, submission_id)
    if row is None or (client.kind != "state" and row.district_id != sees(client)):
        raise not_found("There is no such submission, or it is not yours.")
    size = spool.size_of(runtime.settings.spool, submission_id)
    is_whole = row.state == "done" or (row.state != "receiving" and size is not None)
    response.headers["Upload-Offset"] = str(size or 0)
    response.headers["Upload-Complete"] = "?1" if is_whole else "?0"
    response.headers["Cache-Control"] = "no-store"
    return report(row)


def _taken(
    runtime: Runtime, submission_id: UUID, upload: spool.Upload | None, read: Callable[[Path], dict[str, Any]]
) -> dict[str, Any]:
    """What a whole upload comes to. Its file stays where something failed that can pass, and no longer."""
    if upload is None:
        with runtime.engine.connect() as connection:
            return report(store.submission(connection, submission_id))
    try:
        with claims.reading(submission_id, upload):
            try:
                found = read(upload.path)
            except (formats.Unreadable, BadColumns) as error:
                failed(runtime, submission_id, str(error))
                raise Problem(400, "bad-request:file", "File Not Readable", str(error)) from None
            spool.remove(runtime.settings.spool, submission_id)
            return found
    except (spool.TakenOver, spool.Full) as error:
        raise problem_of(error, runtime) from None
    except Problem as problem:
        if problem.status < 500:
            spool.remove(runtime.settings.spool, submission_id)
        raise


def _of_one_resource(
    runtime: Runtime,
    sender: Sender,
    submission_id: UUID,
    resource: Resource,
    content_type: str,
    year: int | None,
    path: Path,
) -> dict[str, Any]:
    digest, lines = formats.fingerprint(path, f"{year}".encode())
    row = identified(runtime, submission_id, digest, resource.name)
    if row.state == "done":
        return report(row)
    total = formats.total_of(path, lines)
    named = school_years.ending(year) if year is not None else None
    pieces = formats.read_file(path, resource, content_type)
    return run(runtime, sender, submission_id, pieces, named, total)
