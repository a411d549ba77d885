"""Disorder: children before parents, A to B to A, deletes, unreadable messages, certify while records are in flight."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from deploy import log, recount, story
from shared.events.rejections import REJECTIONS
from shared.events.sis import ENROLLMENTS, SIS
from tests.pipeline.conftest import Reference, new_database
from tests.pipeline.line import Line, started
from tests.pipeline.samples import Sample


@pytest.fixture(scope="module")
def line(sample: Sample, run_folder: Path, kafka, postgres) -> Iterator[Line]:  # type: ignore[no-untyped-def]
    """A line of its own, still empty."""
    url = new_database(postgres.url)
    districts = story.districts(sample.folder)
    with started(run_folder / "disorder", "dis.", districts, kafka.bootstrap, url) as running:
        yield running


def test_children_before_parents_wait_and_then_go_in(sample: Sample, line: Line) -> None:
    year = sample.manifest.extra_year
    pushes = [*story.directory(sample.folder), *story.year(sample.folder, year)]
    backwards = line.push(list(reversed(pushes)))
    assert backwards["parked"] > 0
    line.wait("none waits any more", lambda: not sum(line.state.get("ingest", "/status")["parked"].values()))
    status = line.state.get("ingest", "/status")
    assert sum(status["records"].values()) == recount.different(sample.folder, sample.manifest, pushes)


def test_a_message_that_cannot_be_read_is_kept_and_the_line_goes_on(line: Line) -> None:
    producer = KafkaProducer(bootstrap_servers=line.cluster.bootstrap)
    nul = {"type": "enrollments.recorded", "event_id": "00000000-0000-0000-0000-000000000001", "enrollments": [_nul()]}
    for value in (b"\xff\xfenot json", json.dumps(nul).encode()):
        producer.send(line.namespace + ENROLLMENTS.name, value, key=b"1", partition=0).get(10)
    producer.close()

    def rejected() -> list[dict[str, Any]]:
        return [e for e in line.events(REJECTIONS.name) if e["type"] == "message.rejected"]

    line.wait("both are kept as rejections", lambda: len(rejected()) == 2)
    assert all(e["service"] == "scoring" and e["topic"] == ENROLLMENTS.name and e["reason"] for e in rejected())
    line.wait("the line goes on", lambda: line.backlog("scoring") == 0)


def _nul() -> dict[str, Any]:
    record = {
        "student_id": "1\x00",
        "school_id": "1",
        "school_year": "2024-25",
        "entry_date": "2024-08-05",
        "grade": "03",
    }
    return {"op": "upsert", "revision": 1, "record": record}


def test_there_and_back_again_is_three_revisions_and_a_delete_ends_a_record(sample: Sample, line: Line) -> None:
    district = story.districts(sample.folder)[0]
    path = sample.folder / "districts" / district / sample.manifest.extra_year / "studentSchoolAssociations.ndjson"
    enrollment = json.loads(path.read_text().splitlines()[0])
    other = {**enrollment, "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Twelfth grade"}
    api, resource = line.district(district), "/data/v3/ed-fi/studentSchoolAssociations"
    for body in (other, enrollment, other, enrollment):
        api.post("ingest", resource, body)
    student = enrollment["studentReference"]["studentUniqueId"]

    def revisions() -> list[dict[str, Any]]:
        found = [
            r for e in line.events(ENROLLMENTS.name) if e["type"] == "enrollments.recorded" for r in e["enrollments"]
        ]
        mine = [r for r in found if r["record"]["student_id"] == student]
        return sorted(mine, key=lambda r: int(r["revision"]))

    line.wait("five revisions", lambda: len([r for r in revisions() if r["op"] == "upsert"]) >= 5)
    grades = [r["record"]["grade"] for r in revisions() if r["record"]["entry_date"] == enrollment["entryDate"]]
    assert grades[1] == grades[3] == "12"
    assert grades[0] == grades[2] == grades[4] != "12"
    listed = api.get("ingest", resource, studentUniqueId=student)
    mine = next(each for each in listed if each["entryDate"] == enrollment["entryDate"])
    api.send("DELETE", "ingest", f"{resource}/{mine['id']}")
    line.wait("the delete is told", lambda: revisions()[-1]["op"] == "delete")
    api.post("ingest", resource, enrollment)
    line.wait("it is back", lambda: revisions()[-1]["op"] == "upsert")


def test_certify_while_records_are_in_flight_then_all_in_gives_the_undisturbed_numbers(
    sample: Sample, line: Line, reference: Reference
) -> None:
    first = sample.manifest.years[0]
    pushes = list(story.year(sample.folder, first))
    pushing = threading.Thread(target=line.push, args=(pushes,))
    pushing.start()
    midway = line.state.certify(first, "2024-09-15")
    line.state.wait_built(midway["edition_id"], 120)
    pushing.join()
    assert _cut_is_kept(line, midway["edition_id"], midway["cut_revision"])
    complete = line.certify(first)
    undisturbed = reference.line.content_fingerprint(reference.editions[first])
    assert line.content_fingerprint(complete) == undisturbed


def _cut_is_kept(line: Line, edition_id: str, cut: int) -> bool:
    """In every partition: nothing up to the cut stands after the marker, nothing beyond it before."""
    for topic in SIS:
        seen_marker: set[int] = set()
        for message in _messages(line, topic.name):
            event = json.loads(message.value)
            if event["type"] == "edition.requested":
                if event["edition_id"] == edition_id:
                    seen_marker.add(message.partition)
                continue
            revisions = [r["revision"] for part in event.values() if isinstance(part, list) for r in part]
            after = message.partition in seen_marker
            if event["event_id"].startswith("00000000"):
                continue
            assert all((revision > cut) == after for revision in revisions)
        assert seen_marker == set(range(topic.partitions))
    return True


def _messages(line: Line, topic: str) -> Iterator[Any]:
    for message in log.messages(line.cluster.bootstrap, [topic], line.namespace):
        if message.value and message.value.startswith(b"{"):
            yield message
