"""What a client does over HTTP: log in, push, certify, release, read. The command line and the demo use it."""

import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from deploy.uploads import Progress, Refused, file_body, form_body, upload

__all__ = ["Api", "Progress", "Refused"]

_POLL_SECONDS = 0.3
_PASSING = (503, 507)  # the service starts or its database is away; its disk is full
_BUSY = ("data-conflict:submission-running", "data-conflict:upload-offset")  # as told to whom was cut off
_READ = httpx.Timeout(30.0, connect=5.0)  # who only asks does not wait for a server that hangs
_WRITE = httpx.Timeout(600.0, connect=5.0)  # a large file takes its time


def _unseen(done: int, total: int) -> None:
    """Progress that nobody looks at."""


class Api:
    """One client (state or district) of a running Schoolmark. `urls` are the services' addresses by name."""

    def __init__(self, urls: dict[str, str], client_id: str, secret: str) -> None:
        self._urls, self._credentials = urls, (client_id, secret)
        self._http = httpx.Client(timeout=_WRITE)
        self._token, self._token_until = "", 0.0

    def token(self) -> str:
        """A valid access token, asked anew before the last one runs out."""
        if time.monotonic() >= self._token_until:
            form = {"grant_type": "client_credentials"}
            body = self.send("POST", "ingest", "/oauth/token", data=form, auth=self._credentials, anonymous=True)
            self._token = body["access_token"]
            self._token_until = time.monotonic() + max(0, int(body["expires_in"]) - 120)
        return self._token

    def get(self, service: str, path: str, **params: str) -> Any:
        """The JSON at a path of a service."""
        return self.send("GET", service, path, params=params)

    def post(self, service: str, path: str, body: Any) -> Any:
        """The JSON answer to a JSON body."""
        return self.send("POST", service, path, json=body)

    def submit(self, resource: str, path: Path, read: Progress = _unseen, sent: Progress = _unseen) -> dict[str, Any]:
        """Pushes a file of one resource (NDJSON, CSV or Parquet, packed or not), going on by itself after a cut.

        The report tells what went in, waits or was refused. `sent` is told of bytes, `read` of records.
        """
        return upload(self, f"/bulk/{resource}", file_body(path), sent, read)

    def submit_mapped(
        self, path: Path, mapping: Path, read: Progress = _unseen, sent: Progress = _unseen
    ) -> dict[str, Any]:
        """Pushes a source's own file with the mapping that makes records of its rows."""
        return upload(self, "/bulk", form_body(path, mapping), sent, read)

    def sent_so_far(self, submission: UUID) -> tuple[int | None, dict[str, Any]]:
        """How many bytes of an upload are there (None: it has not begun), and its report. Raises Refused."""
        response = self._answer("GET", "ingest", f"/bulk/submissions/{submission}")
        if response.status_code == 404:
            return None, {}
        report: dict[str, Any] = self._body(response)
        return int(response.headers["Upload-Offset"]), report

    def certify(self, school_year: str, notified_on: str) -> dict[str, Any]:
        """Cuts an edition of a school year; the legal clocks start on `notified_on`."""
        body = {"school_year": school_year, "notified_on": notified_on}
        answer: dict[str, Any] = self.post("ingest", "/editions", body)
        return answer

    def wait_built(self, edition_id: str, seconds: float = 300.0) -> dict[str, Any]:
        """The edition as report cards know it, once its cards are built. Raises Refused when that takes too long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for edition in self.get("reportcard", "/api/editions"):
                if edition["edition_id"] == edition_id and edition["state"] in ("built", "released"):
                    return dict(edition)
            time.sleep(_POLL_SECONDS)
        raise Refused(f"edition {edition_id} was not built within {seconds:.0f} s; see `schoolmark lag` and the logs")

    def release(self, edition_id: str) -> dict[str, Any]:
        """Opens a built edition to the public."""
        answer: dict[str, Any] = self.post("reportcard", "/releases", {"edition_id": edition_id})
        return answer

    def explain(self, entity: str, measure: str, subgroup: str | None, school_year: str | None) -> Any:
        """The receipt of a published number or status, as the public site gives it, of the year's card.

        `entity`: school/<id>, or the id of a school alone; district/<id>; state.
        """
        level, _, entity_id = (entity if "/" in entity or entity == "state" else f"school/{entity}").partition("/")
        pages = {"school": f"/schools/{entity_id}", "district": f"/districts/{entity_id}", "state": "/state"}
        if level not in pages:
            raise Refused(f"{entity} is no entity; write a school's id, school/<id>, district/<id> or state")
        card = self.get("reportcard", f"{pages[level]}.json", **({"year": school_year} if school_year else {}))
        path = f"/explain/{card['edition_id']}/{level}/{card['entity_id']}/{measure}"
        return self.get("reportcard", path + (f"/{subgroup}" if subgroup else "") + ".json")

    def download_refused(self) -> bytes:
        """Every refused record that is not yet mended, whole, one a line."""
        response = self._http.get(
            self._urls["ingest"] + "/refused/download", headers={"Authorization": f"Bearer {self.token()}"}
        )
        if not response.is_success:
            raise Refused(_sentence(response))
        return response.content

    def send(self, method: str, service: str, path: str, *, anonymous: bool = False, **parts: Any) -> Any:
        """The JSON answer to a request. Raises Refused."""
        return self._body(self._answer(method, service, path, anonymous=anonymous, **parts))

    def _body(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json() if response.content else {}
        is_busy = response.status_code == 409 and any(urn in response.text for urn in _BUSY)
        raise Refused(_sentence(response), is_passing=is_busy or response.status_code in _PASSING)

    def _answer(self, method: str, service: str, path: str, *, anonymous: bool = False, **parts: Any) -> httpx.Response:
        headers = dict(parts.pop("headers", {}))
        if not anonymous:
            headers["Authorization"] = f"Bearer {self.token()}"
        try:
            parts["timeout"] = _READ if method == "GET" else _WRITE
            return self._http.request(method, self._urls[service] + path, headers=headers, **parts)
        except httpx.TransportError as error:
            where = self._urls[service]
            raise Refused(
                f"{service} does not answer at {where} ({type(error).__name__}); is `schoolmark up` running?",
                is_passing=True,
            ) from None


def _sentence(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except json.JSONDecodeError:
        return f"the server answered {response.status_code}"
    places = "; ".join(f"{place}: {' '.join(texts)}" for place, texts in problem.get("validationErrors", {}).items())
    parts = [str(problem.get("detail", response.status_code)), places, *problem.get("errors", ())]
    return " ".join(part for part in parts if part)
