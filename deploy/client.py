"""What a client does over HTTP: log in, push, certify, release, read. The command line and the demo use it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

Progress = Callable[[int, int], None]  # (done, total)

_CHUNK_BYTES = 256 * 1024
_POLL_SECONDS = 0.3
_READ = httpx.Timeout(30.0, connect=5.0)  # who only asks does not wait for a server that hangs
_WRITE = httpx.Timeout(600.0, connect=5.0)  # a large file takes its time


class Refused(RuntimeError):
    """The server said no; the message is its own problem sentence."""


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
            body = self._send("POST", "ingest", "/oauth/token", data=form, auth=self._credentials, anonymous=True)
            self._token = body["access_token"]
            self._token_until = time.monotonic() + max(0, int(body["expires_in"]) - 120)
        return self._token

    def get(self, service: str, path: str, **params: str) -> Any:
        """The JSON at a path of a service."""
        return self._send("GET", service, path, params=params)

    def post(self, service: str, path: str, body: Any) -> Any:
        """The JSON answer to a JSON body."""
        return self._send("POST", service, path, json=body)

    def submit(self, resource: str, path: Path, progress: Progress = lambda done, total: None) -> dict[str, Any]:
        """Pushes an NDJSON file of one resource; the report tells what went in, waits or was refused."""
        headers = {"Content-Type": "application/x-ndjson"}
        if path.suffix == ".gz":
            headers["Content-Encoding"] = "gzip"
        return self._bulk(f"/bulk/{resource}", headers, lambda: _chunks(path), progress, path.stat().st_size)

    def submit_mapped(self, path: Path, mapping: Path, progress: Progress = lambda done, total: None) -> dict[str, Any]:
        """Pushes a source's own file with the mapping that makes records of its rows."""
        with path.open("rb") as file:
            files = {
                "mapping": (mapping.name, mapping.read_bytes(), "application/yaml"),
                "file": (path.name, file, "application/octet-stream"),
            }
            return self._followed(
                lambda headers: self._send("POST", "ingest", "/bulk", files=files, headers=headers), progress
            )

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
        """The explanation of a published number, as the public site gives it: of the card that stands for the year."""
        level, _, entity_id = entity.partition("/")
        pages = {"school": f"/schools/{entity_id}", "district": f"/districts/{entity_id}", "state": "/state"}
        if level not in pages:
            raise Refused(f"{entity} is no entity; write school/<id>, district/<id> or state")
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

    def _bulk(
        self, path: str, headers: dict[str, str], content: Callable[[], Iterator[bytes]], progress: Progress, size: int
    ) -> dict[str, Any]:
        def send(extra: dict[str, str]) -> Any:
            return self._send("POST", "ingest", path, content=content(), headers={**headers, **extra})

        return self._followed(send, progress)

    def _followed(self, send: Callable[[dict[str, str]], Any], progress: Progress) -> dict[str, Any]:
        """Sends while a second thread asks how far the server is."""
        submission, ended = str(uuid4()), threading.Event()
        self.token()

        def follow() -> None:
            while not ended.wait(_POLL_SECONDS):
                try:
                    report = self._send("GET", "ingest", f"/bulk/submissions/{submission}")
                except Refused:
                    continue  # not begun yet
                progress(int(report.get("received", 0)), int(report.get("total") or 0))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            report: dict[str, Any] = send({"Submission-Id": submission})
        finally:
            ended.set()
            follower.join()
        progress(int(report["received"]), int(report["received"]))
        return report

    def _send(self, method: str, service: str, path: str, *, anonymous: bool = False, **parts: Any) -> Any:
        headers = dict(parts.pop("headers", {}))
        if not anonymous:
            headers["Authorization"] = f"Bearer {self.token()}"
        try:
            parts["timeout"] = _READ if method == "GET" else _WRITE
            response = self._http.request(method, self._urls[service] + path, headers=headers, **parts)
        except httpx.TransportError as error:
            where = self._urls[service]
            raise Refused(
                f"{service} does not answer at {where} ({type(error).__name__}); is `schoolmark up` running?"
            ) from None
        if response.is_success:
            return response.json() if response.content else {}
        raise Refused(_sentence(response))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _sentence(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except json.JSONDecodeError:
        return f"the server answered {response.status_code}"
    places = "; ".join(f"{place}: {' '.join(texts)}" for place, texts in problem.get("validationErrors", {}).items())
    parts = [str(problem.get("detail", response.status_code)), places, *problem.get("errors", ())]
    return " ".join(part for part in parts if part)
