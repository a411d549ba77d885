"""How a body arrives: onto disk as it comes, within the limit, and after a cut on from the first missing byte.

`Submission-Id` names the upload. Without `Upload-Offset` it begins anew; with it, the body is the rest from that byte
on. The words are those of the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload).
"""

from functools import partial
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from services.ingest.api import claims
from services.ingest.api.submissions import open_submission
from services.ingest.store import spool
from shared.runtime.http import Client, Problem
from shared.runtime.runtime import Runtime

_BLOCK = 1024 * 1024


async def received(request: Request, runtime: Runtime, client: Client, what: str) -> tuple[UUID, spool.Upload | None]:
    """The submission's id and its upload, whole; None where the submission is done and only its report is asked for."""
    submission_id = _submission_id(request)
    try:
        upload = await run_in_threadpool(_begun, request, runtime, client, submission_id, what)
        if upload is not None:
            await _written(request, submission_id, upload)
    except tuple(_PROBLEMS) as error:
        raise problem_of(error, runtime) from None
    return submission_id, upload


def problem_of(error: Exception, runtime: Runtime) -> Problem:
    """What an upload that cannot go on answers."""
    status, urn, title, text = _PROBLEMS[type(error)]
    return Problem(status, urn, title, text.format(largest=runtime.settings.largest_upload))


def _begun(request: Request, runtime: Runtime, client: Client, submission_id: UUID, what: str) -> spool.Upload | None:
    offset = _number(request, "upload-offset")
    row = open_submission(runtime, client, submission_id, what)
    if row.state == "done" and offset is not None:
        return None
    coming = _number(request, "content-length") or 0
    settings = runtime.settings
    opened = partial(spool.Upload, settings.spool, str(submission_id), offset, settings.largest_upload, coming)
    return claims.begin_sending(submission_id, opened)


async def _written(request: Request, submission_id: UUID, upload: spool.Upload) -> None:
    gathered = bytearray()
    is_whole = False
    try:
        async for part in request.stream():
            gathered += part
            if len(gathered) >= _BLOCK:
                block, gathered = bytes(gathered), bytearray()
                await run_in_threadpool(upload.add, block)
        is_whole = True
    finally:
        try:
            if gathered:
                await run_in_threadpool(upload.add, bytes(gathered))
        finally:
            if not is_whole:
                claims.end_sending(submission_id, upload)


def _number(request: Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is not None and not (text.isascii() and text.isdigit()):
        raise Problem(400, "bad-request", "Bad Request", f"The header {name} must be a whole number of bytes.")
    return int(text) if text is not None else None


def _submission_id(request: Request) -> UUID:
    given = request.headers.get("submission-id")
    try:
        return UUID(given) if given else uuid4()
    except ValueError:
        raise Problem(400, "bad-request", "Bad Request", "Submission-Id must be a UUID.") from None


_CUT = "The connection ended before the file did; what has come is kept: go on at Upload-Offset."
_FULL = "The disk has no room for this file; what has come is kept. Send the rest when there is room."
_LARGE = "A file has at most {largest} bytes here. Send it in parts."
_OFFSET = "Another byte is missing; HEAD /bulk/submissions/{{id}} tells which in Upload-Offset."
_TAKEN = "Another connection sends this submission now."
_PROBLEMS: dict[type[Exception], tuple[int, str, str, str]] = {
    ClientDisconnect: (400, "bad-request", "Upload Cut Off", _CUT),
    spool.Full: (507, "insufficient-storage", "Insufficient Storage", _FULL),
    spool.TooLarge: (413, "bad-request", "Payload Too Large", _LARGE),
    spool.WrongOffset: (409, "data-conflict:upload-offset", "Upload Offset Wrong", _OFFSET),
    spool.TakenOver: (409, "data-conflict:submission-running", "Submission Taken Over", _TAKEN),
}
