"""Uploads that are cut off, too large or unwanted: what has come is kept, only the rest is sent, memory stays small."""

import asyncio
import gzip
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.ingest import timer
from services.ingest.api import submissions
from services.ingest.store import spool
from tests.services.ingest_door import Door, opened, student

COUNTS = ("received", "new", "changed", "unchanged", "parked", "refused")


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        yield made


def counts(report: Any) -> dict[str, int]:
    return {name: report[name] for name in COUNTS}


class Asked:
    """One request given to the application part by part, as a server does; `parts` may end in a cut."""

    def __init__(self, door: Door, path: str, headers: dict[str, str], client: str = "north") -> None:
        token = {"authorization": f"Bearer {door.tokens.get(client, client)}"}
        self._door = door
        self._scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in (token | headers).items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        }  # fmt: skip
        self.taken = 0
        self.status, self.body = 0, b""

    def send(self, parts: Iterator[bytes], *, is_cut: bool = False) -> "Asked":
        coming = iter(parts)

        async def receive() -> dict[str, Any]:
            part = next(coming, None)
            if part is not None:
                self.taken += len(part)
                return {"type": "http.request", "body": part, "more_body": True}
            return {"type": "http.disconnect"} if is_cut else {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            self.status = message.get("status", self.status)
            self.body += message.get("body", b"")

        asyncio.run(self._door.http.app(self._scope, receive, send))  # type: ignore[arg-type]
        return self

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def parts(data: bytes, size: int = 65_536) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def offset(door: Door, key: str) -> int:
    answer = door.ask("north", "HEAD", f"/bulk/submissions/{key}")
    assert (answer.status_code, answer.content) == (200, b"")
    return int(answer.headers["Upload-Offset"])


def spooled(door: Door) -> list[str]:
    folder = door.runtime.settings.spool
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def people(count: int) -> bytes:
    return b"".join(
        json.dumps(student(f"S{n}", firstName="Ñandú 漢"), ensure_ascii=False).encode() + b"\n" for n in range(count)
    )


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress], ids=["plain", "gzip"])
def test_after_each_cut_only_the_rest_is_sent(door: Door, pack: Callable[[bytes], bytes]) -> None:
    rng, data, key = random.Random(11), pack(people(3000)), str(uuid4())
    places = sorted(rng.sample(range(1, len(data)), 5))
    # also inside a character of three bytes, where the file is not packed
    places = sorted({*places, data.index("漢".encode()) + 1}) if data[:1] == b"{" else places
    sent, headers = 0, {"Submission-Id": key}
    for place in places:
        cut = Asked(door, "/bulk/students", headers).send(parts(data[sent:place], 10_000), is_cut=True)
        assert cut.status == 400
        assert offset(door, key) == place  # every byte that has come is kept
        sent, headers = place, {"Submission-Id": key, "Upload-Offset": str(place)}
    assert door.ask("north", "GET", f"/bulk/submissions/{key}").json()["state"] == "receiving"
    assert spooled(door) == [key]
    done = Asked(door, "/bulk/students", headers).send(parts(data[sent:]))
    assert counts(done.json) == {"received": 3000, "new": 3000, "changed": 0, "unchanged": 0, "parked": 0, "refused": 0}
    assert spooled(door) == []
    answer = door.ask("north", "GET", f"/bulk/submissions/{key}")
    assert (answer.headers["Upload-Complete"], answer.json()) == ("?1", done.json)
    assert Asked(door, "/bulk/students", headers).send(parts(b"")).json == done.json  # who asks again gets the report


def test_a_form_goes_on_after_a_cut_too(door: Door) -> None:
    mapping = {
        "records": [
            {
                "resource": "students",
                "one_per": ["ID"],
                "body": {"studentUniqueId": "{ID}", "firstName": "A", "lastSurname": "B", "birthDate": "2015-04-01"},
            }
        ]
    }
    head = '--x\r\nContent-Disposition: form-data; name="{0}"; filename="{0}"\r\n\r\n'
    rows = "".join(f"{n}\n" for n in range(500))
    form = f"{head.format('mapping')}{json.dumps(mapping)}\r\n{head.format('file')}ID\n{rows}\r\n--x--\r\n".encode()
    key = str(uuid4())
    headers = {"Submission-Id": key, "Content-Type": "multipart/form-data; boundary=x"}
    Asked(door, "/bulk", headers).send(parts(form[:700]), is_cut=True)
    assert offset(door, key) == 700
    done = Asked(door, "/bulk", {**headers, "Upload-Offset": "700"}).send(parts(form[700:]))
    assert (done.json["received"], done.json["new"]) == (500, 500)
    assert spooled(door) == []


def test_the_rest_of_another_place_is_not_taken(door: Door) -> None:
    key, data = str(uuid4()), people(10)
    Asked(door, "/bulk/students", {"Submission-Id": key}).send(parts(data[:100]), is_cut=True)
    for wrong in ("99", "101"):
        headers = {"Submission-Id": key, "Upload-Offset": wrong}
        assert Asked(door, "/bulk/students", headers).send(parts(data[100:])).status == 409
    stolen = Asked(door, "/bulk/students", {"Submission-Id": key, "Upload-Offset": "100"}, "south")
    assert stolen.send(parts(data[100:])).status == 409
    assert offset(door, key) == 100
    # without an offset it begins anew
    assert Asked(door, "/bulk/students", {"Submission-Id": key}).send(parts(data)).json["new"] == 10


def test_a_connection_that_hangs_gives_way_to_a_new_one(door: Door) -> None:
    key, data = str(uuid4()), people(3000)
    come, go, old = threading.Event(), threading.Event(), []

    def hanging() -> Iterator[bytes]:
        yield from parts(data[:2_000_000], 1_000_000)
        come.set()
        assert go.wait(30)
        yield from parts(data[:3_000_000], 1_000_000)

    data = data * 8  # the same records again: what is beyond a megabyte is written at once
    thread = threading.Thread(
        target=lambda: old.append(Asked(door, "/bulk/students", {"Submission-Id": key}).send(hanging()))
    )
    thread.start()
    assert come.wait(30)
    new = Asked(door, "/bulk/students", {"Submission-Id": key}).send(parts(data))
    go.set()
    thread.join()
    assert (new.json["received"], new.json["new"]) == (24_000, 3000)
    assert old[0].status == 409


def test_nothing_is_read_of_a_body_whose_sender_is_unknown(door: Door) -> None:
    for client, path, status in (
        ("nobody", "/bulk/students", 401),
        ("nobody", "/bulk", 401),
        ("north", "/bulk/schools", 403),
    ):
        asked = Asked(door, path, {"Content-Type": "multipart/form-data; boundary=x"}, client)
        assert asked.send(parts(people(100), 1000)).status == status
        assert asked.taken == 0
    assert spooled(door) == []


def test_a_body_beyond_the_limit_is_told(door: Door) -> None:
    object.__setattr__(door.runtime.settings, "largest_upload", 1000)
    data = people(100)
    told = Asked(door, "/bulk/students", {"Content-Length": str(len(data))})
    assert told.send(parts(data)).status == 413
    assert told.taken == 0
    untold = Asked(door, "/bulk/students", {}).send(parts(data, 100))
    assert untold.status == 413
    assert "1000 bytes" in untold.json["detail"]


def test_a_full_disk_is_told_and_what_came_before_stays(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    key, data = str(uuid4()), people(2000)
    Asked(door, "/bulk/students", {"Submission-Id": key}).send(parts(data[:5000]), is_cut=True)
    monkeypatch.setattr(spool, "LEFT_FREE", 2**62)
    headers = {"Submission-Id": key, "Upload-Offset": "5000"}
    full = Asked(door, "/bulk/students", headers).send(parts(data[5000:]))
    assert full.status == 507
    assert "no room" in full.json["detail"]
    monkeypatch.undo()
    assert offset(door, key) == 5000
    assert Asked(door, "/bulk/students", headers).send(parts(data[5000:])).json["new"] == 2000


def test_a_file_that_was_read_in_part_is_tied_to_its_submission(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    key, data = str(uuid4()), people(9000)
    write, written = submissions.write, []

    def dies(*given: Any) -> Any:
        written.append(1)
        if len(written) == 2:
            raise RuntimeError
        return write(*given)

    monkeypatch.setattr(submissions, "write", dies)  # the crash; everything else is real
    with pytest.raises(RuntimeError):
        Asked(door, "/bulk/students", {"Submission-Id": key}).send(parts(data))
    monkeypatch.undo()
    assert spooled(door) == [key]  # it is here whole: nothing has to be sent again
    assert offset(door, key) == len(data)
    other = Asked(door, "/bulk/students", {"Submission-Id": str(uuid4()), "Upload-Offset": "1"}).send(parts(b""))
    assert other.status == 409
    rest = Asked(door, "/bulk/students", {"Submission-Id": key, "Upload-Offset": str(len(data))}).send(parts(b""))
    assert counts(rest.json) == {"received": 9000, "new": 9000, "changed": 0, "unchanged": 0, "parked": 0, "refused": 0}


def test_what_nobody_goes_on_with_is_removed(door: Door) -> None:
    old, new = str(uuid4()), str(uuid4())
    for key in (old, new):
        Asked(door, "/bulk/students", {"Submission-Id": key}).send(parts(b"{"), is_cut=True)
    long_ago = time.time() - spool.KEPT_SECONDS - 60
    os.utime(door.runtime.settings.spool / old, (long_ago, long_ago))
    timer.remove_old_uploads(door.runtime)
    assert spooled(door) == [new]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_does_not_grow_with_the_file(door: Door) -> None:
    def body(count: int) -> Iterator[bytes]:
        """Lines of 20 kB, all but 150 bytes of them blank."""
        for n in range(count):
            yield json.dumps(student(f"S{n}")).encode() + b" " * 20_000 + b"\n"

    def largest(count: int) -> int:
        seen, ended = [resident()], threading.Event()

        def watch() -> None:
            while not ended.wait(0.005):
                seen.append(resident())

        watching = threading.Thread(target=watch)
        watching.start()
        answer = Asked(door, "/bulk/students", {}).send(body(count))
        ended.set()
        watching.join()
        assert answer.json["received"] == count
        return max(seen) - seen[0]

    largest(1000)  # 20 MB: whatever is loaded once is loaded
    assert largest(5000) < 60_000_000  # 100 MB
