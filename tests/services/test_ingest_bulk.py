"""Files of records: every line is counted once, a bad one is kept and can be mended, a repeat changes nothing."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.ingest import timer
from services.ingest.api import pieces, submissions
from services.ingest.store import loading
from shared.events.rejections import RecordRefused
from shared.events.sis import EnrollmentsRecorded, Recorded
from tests.services.ingest_door import Door, district, enrollment, groups, opened, school, student


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        yield made


def directory(door: Door) -> None:
    """Two districts with a school each: revisions 1 to 4."""
    door.bulk("state", "localEducationAgencies", [district(1001), district(1002)])
    door.bulk("state", "schools", [school(1001001, 1001), school(1002001, 1002)])


def counts(report: dict) -> dict:  # type: ignore[type-arg]
    return {name: report[name] for name in ("received", "new", "changed", "unchanged", "parked", "refused")}


def test_bad_lines_are_refused_and_the_rest_goes_in(door: Door) -> None:
    lines = [student("S1"), b'{"studentUniqueId":"S2",', student("S3", birthDate="2015-02-30"), b"", student("S4")]
    report = door.bulk("north", "students", lines)
    # five lines, one blank: 4 received = 2 new + 2 refused
    assert counts(report) == {"received": 4, "new": 2, "changed": 0, "unchanged": 0, "parked": 0, "refused": 2}
    assert report["refused_by_reason"] == {
        "$: the record is not valid JSON.": 1,
        "$.birthDate: birthDate must be a day written YYYY-MM-DD.": 1,
    }
    listed = door.ask("north", "GET", "/refused").json()["refused"]
    assert [(one["source_row"], one["resource"]) for one in listed] == [(2, "students"), (3, "students")]
    kept = [event for _, event in door.facts() if isinstance(event, RecordRefused)]
    assert {event.refusal_id for event in kept} == {one["refusal_id"] for one in listed}
    assert all("2015-02-30" not in json.dumps(event.model_dump()["reasons"]) for event in kept)


def test_the_same_file_again_changes_nothing(door: Door) -> None:
    lines = [student("S1"), student("S2"), b"no json"]
    door.bulk("north", "students", lines)
    before = len(door.facts())
    report = door.bulk("north", "students", lines)
    assert counts(report) == {"received": 3, "new": 0, "changed": 0, "unchanged": 2, "parked": 0, "refused": 1}
    assert len(door.facts()) == before
    assert [one["times_seen"] for one in door.ask("north", "GET", "/refused").json()["refused"]] == [2]


def test_a_submission_id_gives_the_finished_report_and_belongs_to_one_file(door: Door) -> None:
    key = str(uuid4())
    first = door.bulk("north", "students", [student("S1")], **{"Submission-Id": key})
    again = door.bulk("north", "students", [student("S1")], **{"Submission-Id": key})
    assert again == first
    assert door.ask("north", "GET", f"/bulk/submissions/{key}").json() == first
    assert door.ask("south", "GET", f"/bulk/submissions/{key}").status_code == 404
    other = door.ask("north", "POST", "/bulk/students", content=b"{}", headers={"Submission-Id": key})
    assert other.status_code == 409


def test_gzip_is_read_and_a_cut_off_file_is_told(door: Door) -> None:
    packed = gzip.compress(b"\n".join(json.dumps(student(f"S{n}")).encode() for n in range(3)))
    answer = door.ask("north", "POST", "/bulk/students", content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.json()["new"] == 3
    cut = door.ask("north", "POST", "/bulk/students", content=packed[:-9], headers={"Content-Encoding": "gzip"})
    assert cut.status_code == 400


def test_a_mended_record_resolves_its_refusal_by_key_or_by_refusal_id(door: Door) -> None:
    broken = student("S1")
    del broken["lastSurname"]
    door.bulk("north", "students", [broken, b'{"studentUniqueId":'])
    by_key, unreadable = door.ask("north", "GET", "/refused").json()["refused"]
    body = door.ask("north", "GET", f"/refused/{by_key['refusal_id']}").json()["body"]
    assert body == broken
    door.push("north", "students", {**body, "lastSurname": "Diaz"})
    assert door.ask("north", "GET", "/status").json()["refused"] == 1  # the one whose key nobody could read
    door.push("north", "students", student("S2"), **{"Refusal-Id": unreadable["refusal_id"]})
    assert door.ask("north", "GET", "/status").json()["refused"] == 0
    resolved = door.ask("north", "GET", "/refused?resolved=true").json()["refused"]
    assert all(one["resolved_at"] for one in resolved)
    assert len(resolved) == 2


def test_refusals_download_as_lines_with_bodies_whole(door: Door) -> None:
    door.bulk("north", "students", [b"\x00\xff not json", {"studentUniqueId": "S9"}])
    lines = door.ask("state", "GET", "/refused/download").text.splitlines()
    first, second = (json.loads(line) for line in lines)
    assert first["body_base64"] == "AP8gbm90IGpzb24="
    assert second["body"] == {"studentUniqueId": "S9"}
    assert set(second["reasons"]) == {"$.firstName", "$.lastSurname", "$.birthDate"}  # all at once


def test_a_record_of_another_district_is_refused_in_a_file_and_alone(door: Door) -> None:
    directory(door)
    door.bulk("north", "students", [student("S1")])
    report = door.bulk("north", "studentSchoolAssociations", [enrollment("S1", 1001001), enrollment("S1", 1002001)])
    assert counts(report) == {"received": 2, "new": 1, "changed": 0, "unchanged": 0, "parked": 0, "refused": 1}
    alone = door.push("north", "studentEducationOrganizationAssociations", groups("S1", 1002))
    assert alone.status_code == 403
    assert door.push("north", "studentEducationOrganizationAssociations", groups("S1", 1001)).status_code == 201


def test_whose_an_unknown_school_is_shows_when_it_comes(door: Door) -> None:
    door.bulk("state", "localEducationAgencies", [district(1001), district(1002)])
    door.bulk("north", "students", [student("S1")])
    report = door.bulk("north", "studentSchoolAssociations", [enrollment("S1", 1001001), enrollment("S1", 1002001)])
    assert report["parked"] == 2
    door.bulk("state", "schools", [school(1001001, 1001), school(1002001, 1002)])
    enrolled = [record.school_id for _, _, part, record in door.recorded() if part == "enrollments"]
    assert enrolled == ["1001001"]
    status = door.ask("north", "GET", "/status").json()
    assert (status["parked"], status["refused"]) == ({}, 1)


def test_a_file_out_of_order_ends_as_the_same_records(door: Door) -> None:
    door.bulk("north", "studentSchoolAssociations", [enrollment(f"S{n}") for n in range(1200)])
    door.bulk("north", "students", [student(f"S{n}") for n in range(1200)])
    assert door.ask("state", "GET", "/status").json()["parked"] == {"studentSchoolAssociations": 1200}
    door.bulk("state", "schools", [school()])
    door.bulk("state", "localEducationAgencies", [district()])
    status = door.ask("state", "GET", "/status").json()
    assert status["parked"] == {}
    assert status["records"] == {
        "localEducationAgencies": 1, "schools": 1, "students": 1200, "studentSchoolAssociations": 1200
    }  # fmt: skip
    revisions = [revision for revision, *_ in door.recorded()]
    assert revisions == list(range(1, 2403))  # 1 + 1 + 1200 + 1200, none skipped, none twice
    assert max(len(event.enrollments) for row, event in door.facts() if row.topic == "sis.enrollments.v1") == 250


def test_what_is_too_much_for_one_transaction_is_let_in_by_the_timer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "RELEASED_AT_ONCE", 5)
    directory(door)
    door.bulk(
        "north", "studentSchoolAssociations", [enrollment("S1", entryDate=f"2024-08-{day:02d}") for day in range(1, 13)]
    )
    door.push("north", "students", student("S1"))
    assert door.ask("north", "GET", "/status").json()["parked"] == {"studentSchoolAssociations": 7}  # 12 - 5
    timer.let_in_the_ready(door.runtime)
    assert door.ask("north", "GET", "/status").json()["parked"] == {}
    assert [revision for revision, *_ in door.recorded()] == list(range(1, 18))  # 4 + 1 + 12
    told = [(len(e.enrollments), e.is_load) for _, e in door.facts() if isinstance(e, EnrollmentsRecorded)]
    assert told == [(5, False), (5, True), (2, True)]  # what the push let in is told with it


def test_whatever_came_in_a_file_is_told_as_a_load_however_little_it_is(door: Door) -> None:
    directory(door)
    door.bulk("north", "studentSchoolAssociations", [enrollment("S1")])  # is let in by the next file
    door.bulk("north", "students", [student("S1"), {**student("S1"), "sexDescriptor": None}])  # one of them by itself
    door.push("north", "students", student("S2"))
    door.push("north", "studentSchoolAssociations", enrollment("S2"))
    told = [event.is_load for _, event in door.facts() if isinstance(event, Recorded)]
    assert told[-2:] == [False, False]
    assert len(told) > 4 and all(told[:-2])


def test_the_last_word_on_a_record_decides_whether_it_stays_refused(door: Door) -> None:
    bad = {**student("S1"), "birthDate": "never"}
    door.bulk("north", "students", [bad, student("S1")])
    assert door.ask("north", "GET", "/status").json()["refused"] == 0
    door.bulk("north", "students", [student("S2"), {**student("S2"), "birthDate": "never"}])
    assert door.ask("north", "GET", "/status").json()["refused"] == 1


def test_a_submission_that_was_cut_off_goes_on_where_it_stopped(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LINES_AT_ONCE", 1000)
    lines = [json.dumps(student(f"S{n}")).encode() for n in range(2500)]
    key, data = str(uuid4()), b"\n".join(lines)
    seen: list[int] = []

    class Died(RuntimeError): ...

    write = submissions.write

    def dies_in_the_third_chunk(runtime, push):  # type: ignore[no-untyped-def]
        seen.append(len(push.entries))
        if len(seen) == 3:
            raise Died
        return write(runtime, push)

    submissions.write = dies_in_the_third_chunk  # the crash; everything else is real
    try:
        cut = door.ask("north", "POST", "/bulk/students", content=data, headers={"Submission-Id": key})
    finally:
        submissions.write = write
    assert cut.status_code == 500
    state = door.ask("north", "GET", f"/bulk/submissions/{key}").json()
    assert (state["state"], state["received"], state["new"]) == ("running", 2000, 2000)
    report = door.ask("north", "POST", "/bulk/students", content=data, headers={"Submission-Id": key}).json()
    assert counts(report) == {
        "received": 2500, "new": 2500, "changed": 0, "unchanged": 0, "parked": 0, "refused": 0
    }  # fmt: skip
