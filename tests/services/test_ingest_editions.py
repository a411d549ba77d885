"""Certifying through the real door: what an edition is made of, and when it is another one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.scoring import timer
from shared.events.editions import EntityScored
from shared.events.sis import SIS, EditionRequested, EnrollmentsRecorded
from shared.runtime.database import prepare
from shared.runtime.observe import Metrics
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from tests.services.ingest_door import Door, district, enrollment, groups, opened, school, student
from tests.services.scoring_log import Log


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        yield made


def certify(door: Door, school_year: str = "2024-25", notified_on: str = "2025-09-15") -> Any:
    """The answer to a request for an edition."""
    return door.ask("state", "POST", "/editions", json={"school_year": school_year, "notified_on": notified_on})


def markers(door: Door) -> list[tuple[Any, EditionRequested]]:
    """The markers in the outbox."""
    return [(row, event) for row, event in door.facts() if isinstance(event, EditionRequested)]


def test_an_edition_cuts_every_partition_at_the_last_revision(door: Door) -> None:
    door.bulk("state", "localEducationAgencies", [district(1001), district(1002)])  # revisions 1 and 2
    answer = certify(door)
    assert answer.status_code == 201
    assert answer.json()["cut_revision"] == 2
    found = markers(door)
    places = {(row.topic, row.part) for row, _ in found}
    assert places == {(topic.name, part) for topic in SIS for part in range(topic.partitions)}
    assert len(found) == 24  # six topics of four partitions
    assert all(row.alone for row, _ in found)
    assert len({event.event_id for _, event in found}) == 24
    assert {(mark.topic, mark.partition) for mark in found[0][1].markers} == places
    assert set(found[0][1].chapters) == {"ingest", "scoring", "designation", "reportcard", "notify"}


def test_an_edition_of_a_wider_line_is_marked_in_all_its_partitions_and_scored_after_the_last(
    database_url: str, folder: Path
) -> None:
    schools = [1001001 + number for number in range(12)]
    with opened(database_url, folder, partitions=7) as door:
        door.bulk("state", "localEducationAgencies", [district(1001)])
        door.bulk("state", "schools", [school(each, 1001) for each in schools])
        door.bulk("north", "students", [student(f"S{each}") for each in schools])
        door.bulk("north", "studentSchoolAssociations", [enrollment(f"S{each}", each) for each in schools])
        certify(door)
        facts = door.facts()
    assert {row.part for row, event in facts if isinstance(event, EnrollmentsRecorded)} & {4, 5, 6}
    marked = [row for row, event in facts if isinstance(event, EditionRequested)]
    assert {(row.topic, row.part) for row in marked} == {(topic.name, part) for topic in SIS for part in range(7)}
    assert len(marked) == 42  # six topics of seven partitions

    log = Log(prepare(database_url, "scoring"))
    log.send_rows([row for row, _ in facts[:-1]])
    assert list(log.edition_states().values()) == ["collecting"]
    log.send_rows([facts[-1][0]])
    assert list(log.edition_states().values()) == ["due"]
    settings = Settings("scoring", "unused:9092", database_url, "ms", "test")
    timer.score_due_editions(Runtime(settings, log.engine, Metrics(), lambda event, **fields: None))
    scored = [event.entity_id for event in log.published() if isinstance(event, EntityScored)]
    log.engine.dispose()
    assert sorted(scored) == sorted([*(str(each) for each in schools), "1001", "ms"])


def test_the_same_request_is_the_same_edition_and_writes_no_second_marker(door: Door) -> None:
    first, again = certify(door), certify(door)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(markers(door)) == 24
    assert len(door.ask("state", "GET", "/editions").json()) == 1


def test_another_record_another_day_or_another_past_is_another_edition(door: Door) -> None:
    ids = [certify(door).json()["edition_id"]]
    ids.append(certify(door, notified_on="2025-09-16").json()["edition_id"])
    door.push("state", "localEducationAgencies", district())
    ids.append(certify(door).json()["edition_id"])
    past = certify(door, "2023-24", "2024-09-15").json()
    last = certify(door).json()
    ids.append(last["edition_id"])
    assert len(set(ids)) == 4
    assert last["history"] == {"2023-24": past["edition_id"]}
    assert past["history"] == {}  # a later year is no past


def test_the_answer_tells_what_waits_what_is_refused_and_who_is_silent(door: Door) -> None:
    door.bulk("state", "localEducationAgencies", [district(1001), district(1002)])
    door.bulk("state", "schools", [school(1001001, 1001)])
    door.bulk("north", "students", [student("S1"), b"no json"])
    door.bulk("north", "studentEducationOrganizationAssociations", [groups("S1", 1001)])
    door.bulk("south", "studentSchoolAssociations", [enrollment("S1", 1002001)])  # parked: its school is unknown
    answer = certify(door).json()
    assert (answer["parked"], answer["refused"], answer["silent_districts"]) == (1, 1, ["1002"])
    assert certify(door, "2023-24").json()["silent_districts"] == ["1001", "1002"]


def test_a_year_without_law_is_refused_with_the_mend(door: Door) -> None:
    answer = certify(door, "1990-91")
    assert answer.status_code == 400
    assert "no version covers" in answer.json()["validationErrors"]["$.school_year"][0]
    assert certify(door, "2024/25").status_code == 400
    assert markers(door) == []
