"""One file in every format is the same records: ids, digests, order of revisions; a damaged row is one refusal."""

import csv as module_csv
import gzip
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cramjam
import polars as pl
import pytest
import sqlalchemy as sa

from services.ingest.api import pieces
from services.ingest.api.delimited import pieces_of_csv
from services.ingest.api.dotted import BadColumns, check, lines_of
from services.ingest.api.intake import LARGEST_KEPT
from services.ingest.api.pieces import pieces_of
from services.ingest.rules.catalog import BY_NAME
from tests.services.ingest_door import Door, enrollment, groups, opened, result, student

STUDENTS = BY_NAME["students"]
RACE = "uri://x/RaceDescriptor#"


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        yield made


def ndjson(bodies: list[Any]) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


def flat(body: Any, before: str = "") -> dict[str, str]:
    """Every value of a body as text, by the dotted path of its place."""
    if not isinstance(body, dict | list):
        return {before[:-1]: str(body)}
    steps = body.items() if isinstance(body, dict) else enumerate(body)
    return {path: text for step, inner in steps for path, text in flat(inner, f"{before}{step}.").items()}


def table(bodies: list[Any]) -> pl.DataFrame:
    """The bodies as columns of text."""
    rows = [flat(body) for body in bodies]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in names})


def csv(bodies: list[Any], **how: Any) -> bytes:
    return table(bodies).write_csv(**how).encode()


def parquet(frame: pl.DataFrame, **how: Any) -> bytes:
    into = io.BytesIO()
    frame.write_parquet(into, **how)
    return into.getvalue()


def several() -> dict[str, list[Any]]:
    """Files of four resources: quotes, commas, line breaks, no ASCII, digits that are text, things left out."""
    people = [
        student("007"),
        student("S2", firstName='Ana, "Nita"\n', middleName="Ñ é 漢"),
        student("S3", lastSurname='{"a":null,', middleName=","),
    ]
    one, two = RACE + "White", RACE + "Asian"
    return {
        "students": people,
        "studentSchoolAssociations": [enrollment("007"), enrollment("S2", exitWithdrawDate="2025-01-10")],
        "studentEducationOrganizationAssociations": [
            groups("007", races=[{"raceDescriptor": one}, {"raceDescriptor": two}], hispanicLatinoEthnicity=True),
            groups("S2", races=[{"raceDescriptor": two}]),
            groups("S3"),
        ],
        "studentAssessments": [result("007"), result("S2", scoreResults=[])],
    }


def without_empty(body: Any) -> Any:
    """A table has no place for an empty list."""
    return {name: value for name, value in body.items() if value != []}


FORMATS = {
    "csv": csv,
    "csv with a byte order mark and CRLF": lambda bodies: b"\xef\xbb\xbf" + csv(bodies, line_terminator="\r\n"),
    "parquet, nested": lambda bodies: parquet(pl.DataFrame(bodies, infer_schema_length=None)),
    "parquet, dotted": lambda bodies: parquet(table(bodies), row_group_size=1),
    "ndjson, gzip": lambda bodies: gzip.compress(ndjson(bodies)),
    "ndjson, zstd": lambda bodies: bytes(cramjam.zstd.compress(ndjson(bodies))),
    "ndjson, lz4": lambda bodies: bytes(cramjam.lz4.compress(ndjson(bodies))),
    "csv, two gzip members": lambda bodies: gzip.compress(csv(bodies)[:50]) + gzip.compress(csv(bodies)[50:]),
    "parquet, gzip": lambda bodies: gzip.compress(parquet(table(bodies))),
}


def taken_in(door: Door, files: dict[str, bytes]) -> tuple[Any, Any]:
    """What stands in the tables after these files, and nothing before them."""
    with door.engine.begin() as connection:
        connection.execute(sa.text("truncate records, parked, refused, submissions"))
        connection.execute(sa.text("update revisions set revision = 0"))
    for resource, data in files.items():
        client = "state" if resource == "studentAssessments" else "north"
        answer = door.ask(client, "POST", f"/bulk/{resource}", content=data)
        assert answer.status_code == 200, answer.text
        assert answer.json()["refused"] == 0, answer.json()["refused_by_reason"]
    columns = "record_id, resource, digest, body, record"
    with door.engine.connect() as connection:
        stand = connection.execute(sa.text(f"select revision, {columns} from records order by revision")).all()
        wait = connection.execute(sa.text(f"select {columns} from parked order by resource, record_id")).all()
    return list(map(tuple, stand)), list(map(tuple, wait))


def test_every_format_gives_the_same_records(door: Door) -> None:
    made = {name: list(map(without_empty, bodies)) for name, bodies in several().items()}
    expected = taken_in(door, {name: ndjson(bodies) for name, bodies in made.items()})
    assert len(expected[0]) == 3  # the students; all others wait for the directory
    assert len(expected[1]) == 2 + 3 + 2
    for how, write in FORMATS.items():
        assert taken_in(door, {name: write(bodies) for name, bodies in made.items()}) == expected, how


def test_a_damaged_row_is_refused_by_itself_under_its_number(door: Door) -> None:
    rows = [
        b"studentUniqueId,firstName,lastSurname,birthDate",
        b"S1,Ana,Diaz,2015-04-01",
        b"S2,Ana,Diaz,2015-04-01,more",
        b"S3,Ana",
        b"",
        b'S5,"Ana,Diaz,2015-04-01',
        b"S6,An\xe9,Diaz,2015-04-01",
        b",,,",
        b'S8,"A ""B""\nC",Diaz,2015-04-01',
        b"S9,Ana,,2015-04-01",
    ]
    report = door.ask("north", "POST", "/bulk/students", content=b"\n".join(rows)).json()
    assert (report["received"], report["new"], report["refused"]) == (7, 2, 5)  # 10 rows but heading and two blank ones
    assert report["refused_by_reason"] == {
        "$: the row has 5 cells, the heading 4.": 1,
        "$: the row has 2 cells, the heading 4.": 1,
        "$: the row is not valid CSV: a quote is not closed, or a cell is too long.": 1,
        "$: the row is not UTF-8 text; save the file as UTF-8.": 1,
        "$.lastSurname: lastSurname is required.": 1,
    }
    listed = door.ask("north", "GET", "/refused").json()["refused"]
    assert sorted(one["source_row"] for one in listed) == [2, 3, 5, 6, 9]  # the row after the heading is 1
    assert door.ask("north", "GET", "/data/v3/ed-fi/students?studentUniqueId=S8").json()[0]["firstName"] == 'A "B"\nC'


def test_a_quote_never_closed_does_not_take_the_rest_of_the_file(door: Door) -> None:
    good = "".join(f"S{n},Ana,Diaz,2015-04-01\n" for n in range(500))
    data = 'studentUniqueId,firstName,lastSurname,birthDate\nX1,"Ana,Diaz,2015-04-01\n' + good
    report = door.ask("north", "POST", "/bulk/students", content=data).json()
    assert (report["new"], report["refused"]) == (500, 1)


def test_columns_that_cannot_be_one_body_are_told_before_anything_goes_in(door: Door) -> None:
    for heading in ("studentUniqueId,firstName,firstName", "studentUniqueId,a.b,a", "studentUniqueId,a.0,a.b"):
        answer = door.ask("north", "POST", "/bulk/students", content=heading + "\n1,2,3\n")
        assert answer.status_code == 400
        assert "leave one out" in answer.text or "an object or a list" in answer.text
    assert door.ask("north", "GET", "/status").json()["refused"] == 0
    with pytest.raises(BadColumns):
        check(["a", "a.b"])


def test_a_file_that_is_not_what_it_says_is_told(door: Door) -> None:
    damaged = parquet(table([student("S1")]))[:-9]
    assert door.ask("north", "POST", "/bulk/students", content=damaged).status_code == 400
    garbage = door.ask("north", "POST", "/bulk/students", content=b"PAR1" + b"x" * 999)
    assert garbage.json()["detail"].startswith("The Parquet file cannot be read")
    # what is neither JSON nor has a heading of this resource is NDJSON whose lines are refused, each kept
    lines = door.ask("north", "POST", "/bulk/students", content=b"no json\nnor this")
    assert lines.json()["refused"] == 2
    as_csv = door.ask("north", "POST", "/bulk/students", content=b"a,b\n1,2\n", headers={"Content-Type": "text/csv"})
    assert set(as_csv.json()["refused_by_reason"]) >= {"$.studentUniqueId: studentUniqueId is required."}


def test_what_comes_before_damage_is_in(door: Door) -> None:
    rng = random.Random(7)
    lines = [json.dumps(student(f"S{n}", firstName=f"{rng.random()}")).encode() for n in range(9000)]
    for packed in (gzip.compress(b"\n".join(lines)), bytes(cramjam.zstd.compress(b"\n".join(lines)))):
        key = "0b54a8ad-0e38-44b7-9d5c-5f1f04fd0b11" if packed[:2] == b"\x1f\x8b" else None
        headers = {"Submission-Id": key} if key else {}
        answer = door.ask("north", "POST", "/bulk/students", content=packed[: len(packed) // 2], headers=headers)
        assert answer.status_code == 400
        assert "damaged or cut off" in answer.json()["detail"]
    report = door.ask("north", "GET", "/bulk/submissions/0b54a8ad-0e38-44b7-9d5c-5f1f04fd0b11").json()
    assert report["state"] == "failed"
    assert "damaged or cut off" in report["failure"]
    assert 3500 < report["new"] <= 4501  # about half of them


def test_days_and_times_of_parquet_are_text_as_the_forms_ask() -> None:
    frame = pl.DataFrame(
        {
            "a.day": [date(2015, 4, 1), None],
            "a.midnight": [datetime(2015, 4, 1), datetime(2015, 4, 1, 14, 30)],
            "zoned": [datetime(2025, 4, 14, 14, tzinfo=UTC), None],
            "list": [[{"x": 1, "y": None}, None], []],
        }
    )
    assert [json.loads(line) for line in lines_of(frame)] == [
        {
            "a": {"day": "2015-04-01", "midnight": "2015-04-01"},
            "zoned": "2025-04-14T14:00:00+00:00",
            "list": [{"x": 1}],
        },
        {"a": {"midnight": "2015-04-01T14:30:00"}, "list": []},
    ]


def test_lines_are_the_same_wherever_blocks_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    monkeypatch.setattr(pieces, "LINES_AT_ONCE", 7)
    monkeypatch.setattr(pieces, "BYTES_AT_ONCE", 3 * LARGEST_KEPT)
    parts = [b"x" * rng.randrange(30) + "ñ漢".encode() for _ in range(50)] + [b"", b"  ", b"\r"] * 5
    parts += [b"y" * (LARGEST_KEPT + 1), b"z" * (3 * LARGEST_KEPT), b"w" * LARGEST_KEPT]
    rng.shuffle(parts)
    expected = [(row, line.strip()[:LARGEST_KEPT]) for row, line in enumerate(parts, 1) if line.strip()]
    data = b"\n".join(parts)
    for most in (37, 4096, 2 * LARGEST_KEPT):
        blocks, at = [], 0
        while at < len(data):
            size = rng.randrange(1, most) if len(blocks) < 20000 else 1 << 20
            blocks.append(data[at : at + size])
            at += size
        found = list(pieces_of(STUDENTS, blocks))
        assert [pair for piece in found for pair in zip(piece.rows, piece.lines, strict=True)] == expected
        assert max(len(piece.lines) for piece in found) == 7
        assert max(sum(map(len, piece.lines)) for piece in found) <= 4 * LARGEST_KEPT


def test_rows_are_the_same_wherever_blocks_end_and_whatever_their_cells_hold() -> None:
    rng = random.Random(5)
    signs = ["a", "7", ",", '"', "\n", "\r\n", " ", "漢", ""]

    def cell() -> str:
        return "".join(rng.choices(signs, k=rng.randrange(5)))

    for quiet in (0, 300):  # rows that need no quote, between those that do
        plain = [[f"p{n}", "x"] for n in range(quiet)]
        rows = [*plain, *([cell(), cell()] for _ in range(300)), *plain]
        text = io.StringIO()
        writer = module_csv.writer(text, lineterminator="\n")
        writer.writerows([["a.b", "c"], *rows])
        data = text.getvalue().encode()
        expected = [
            (number, {**({"a": {"b": one}} if one else {}), **({"c": two} if two else {})})
            for number, (one, two) in enumerate(rows, 1)
            if one or two
        ]
        for most in (5, 1000, 10**6):
            blocks, at = [], 0
            while at < len(data):
                blocks.append(data[at : (at := at + rng.randrange(1, most))])
            found = list(pieces_of_csv(STUDENTS, blocks))
            assert not any(piece.unreadable for piece in found)
            pairs = [pair for piece in found for pair in zip(piece.rows, map(json.loads, piece.lines), strict=True)]
            assert pairs == expected


def test_pieces_after_some_lines_are_the_rest_of_the_lines() -> None:
    blocks = [b"".join(b"%d\n" % n for n in range(10_000))]
    for done in (0, 1, 3999, 4000, 4001, 9999, 10_000):
        rest = list(pieces.after(pieces_of(STUDENTS, blocks), done))
        assert [row for piece in rest for row in piece.rows] == list(range(done + 1, 10_001))
        assert [line for piece in rest for line in piece.lines] == [b"%d" % n for n in range(done, 10_000)]
