"""One record at a time through the real door and database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.services.ingest_door import (
    DATA,
    Door,
    absence,
    assessment,
    district,
    enrollment,
    groups,
    opened,
    result,
    school,
    student,
)


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder) as made:
        yield made


def fill(door: Door) -> None:
    """A district with a school, a student and a test: revisions 1 to 4."""
    for client, resource, body in (
        ("state", "localEducationAgencies", district()),
        ("state", "schools", school()),
        ("north", "students", student()),
        ("state", "assessments", assessment()),
    ):
        assert door.push(client, resource, body).status_code == 201


def test_a_record_is_new_then_unchanged_then_changed(door: Door) -> None:
    first = door.push("state", "localEducationAgencies", district())
    assert (first.status_code, first.json()["outcome"], first.json()["revision"]) == (201, "new", 1)
    again = door.push("state", "localEducationAgencies", district())
    assert (again.status_code, again.json()["outcome"], again.json()["revision"]) == (200, "unchanged", 1)
    other = door.push("state", "localEducationAgencies", district(nameOfInstitution="Renamed"))
    assert (other.status_code, other.json()["outcome"], other.json()["revision"]) == (200, "changed", 2)
    assert first.headers["Location"].endswith(first.json()["id"])
    assert [(revision, op) for revision, op, _, _ in door.recorded()] == [(1, "upsert"), (2, "upsert")]


def test_there_and_back_again_is_three_revisions(door: Door) -> None:
    for name in ("A", "B", "A"):
        door.push("state", "localEducationAgencies", district(nameOfInstitution=name))
    assert [(revision, record.name) for revision, _, _, record in door.recorded()] == [(1, "A"), (2, "B"), (3, "A")]


def test_a_child_before_its_parents_is_parked_and_goes_in_with_the_last_of_them(door: Door) -> None:
    parked = door.push("north", "studentSchoolAssociations", enrollment())
    assert (parked.status_code, parked.json()["outcome"]) == (201, "parked")
    assert parked.json()["waitsFor"] == ["studentReference", "schoolReference"]
    assert door.push("state", "schools", school()).json()["outcome"] == "parked"  # its district is missing
    door.push("north", "students", student())  # revision 1
    assert door.ask("state", "GET", "/status").json()["parked"] == {"schools": 1, "studentSchoolAssociations": 1}
    door.push("state", "localEducationAgencies", district())  # 2; frees the school (3), which frees the enrolment (4)
    kinds = [(revision, part) for revision, _, part, _ in door.recorded()]
    assert kinds == [(1, "students"), (2, "districts"), (3, "schools"), (4, "enrollments")]
    assert door.ask("state", "GET", "/status").json()["parked"] == {}


def test_a_parked_record_is_replaced_by_a_later_push_and_ended_by_a_delete(door: Door) -> None:
    first = door.push("north", "studentSchoolAssociations", enrollment()).json()["id"]
    second = door.push("north", "studentSchoolAssociations", enrollment(exitWithdrawDate="2024-12-01"))
    assert second.json() == {**second.json(), "id": first, "outcome": "parked"}
    door.push("north", "studentSchoolAssociations", enrollment("S2"))
    other = door.push("north", "studentSchoolAssociations", enrollment("S2")).json()["id"]
    assert door.ask("north", "DELETE", f"{DATA}studentSchoolAssociations/{other}").status_code == 204
    fill(door)
    enrolled = [record for _, _, part, record in door.recorded() if part == "enrollments"]
    assert [(one.student_id, str(one.exit_date)) for one in enrolled] == [("S1", "2024-12-01")]


def test_a_delete_ends_a_record_which_can_come_again(door: Door) -> None:
    fill(door)
    path = DATA + "studentSchoolAssociations/"
    made = door.push("north", "studentSchoolAssociations", enrollment()).json()["id"]  # 5
    student_id = door.push("north", "students", student()).json()["id"]
    refused = door.ask("north", "DELETE", f"{DATA}students/{student_id}")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:ed-fi:api:data-conflict:dependent-item-exists"
    assert door.ask("north", "DELETE", path + made).status_code == 204  # 6
    assert door.ask("north", "DELETE", path + made).status_code == 404
    assert door.ask("north", "GET", path + made).status_code == 404
    assert door.push("north", "studentSchoolAssociations", enrollment()).json()["outcome"] == "new"  # 7
    ops = [(revision, op) for revision, op, part, _ in door.recorded() if part == "enrollments"]
    assert ops == [(5, "upsert"), (6, "delete"), (7, "upsert")]


def test_every_resource_becomes_its_canonical_record_under_its_key(door: Door) -> None:
    fill(door)
    assert door.push("north", "studentSchoolAssociations", enrollment()).status_code == 201
    race = [{"raceDescriptor": f"uri://x/RaceDescriptor#{name}"} for name in ("White", "asian")]
    body = groups(
        races=race,
        limitedEnglishProficiencyDescriptor="uri://x/LimitedEnglishProficiencyDescriptor#Limited",
        studentCharacteristics=[{"studentCharacteristicDescriptor": "uri://x/S#Economic Disadvantaged"}],
    )
    assert door.push("north", "studentEducationOrganizationAssociations", body).status_code == 201
    assert door.push("state", "studentAssessments", result()).status_code == 201
    assert door.push("north", "studentSchoolAttendanceEvents", absence(eventDuration=0.5)).status_code == 201
    found = {part: record for _, _, part, record in door.recorded()}
    assert found["schools"].grades == ("03", "04")
    assert found["schools"].title_i is False
    # levels lowest first, whatever the order sent
    levels = [(level.name, level.lowest, level.highest) for level in found["assessments"].levels]
    assert levels == [("Minimal", None, 334), ("Proficient", 365, None)]
    assert (found["assessments"].test, found["assessments"].subject) == ("grade 3", "reading")
    assert found["enrollments"].school_year == "2024-25"  # entered on 2024-08-05, years turn in July
    groups_of = found["demographics"]
    assert (groups_of.race, groups_of.english_learners) == ("two_or_more", True)
    assert (groups_of.economically_disadvantaged, groups_of.homeless) == (True, False)
    assert (found["results"].level, found["results"].scale_score) == ("Proficient", 371)
    assert found["results"].assessment_id == "uri://x.example/A#ELA-03"
    assert found["events"].share_of_day == 50  # half a day, in hundredths
    keys = {row.topic: row.key.decode() for row, _ in door.facts()}
    assert keys == {
        "sis.directory.v1": "ms",
        "sis.students.v1": "1001",
        "sis.enrollments.v1": "1001001",
        "sis.assessments.v1": "1001001",
        "sis.attendance.v1": "1001001",
    }


def test_a_result_that_its_test_cannot_have_is_refused_when_and_as_soon_as_the_test_is_known(door: Door) -> None:
    levels = assessment()["performanceLevels"]
    bounded = assessment(performanceLevels=[{**levels[0], "maximumScore": 399}, {**levels[1], "minimumScore": 300}])
    at = {score: result(studentAssessmentIdentifier=score) for score in ("299", "300", "399", "400")}
    for score, body in at.items():
        body["scoreResults"][0]["result"] = score
    for body in at.values():
        assert door.push("state", "studentAssessments", body).json()["outcome"] == "parked"
    fill(door)  # its test leaves scores free: 334 or less, 365 or more
    assert len(door.ask("state", "GET", DATA + "studentAssessments").json()) == 4
    door.push("state", "assessments", bounded)
    answers = [door.push("state", "studentAssessments", body) for body in at.values()]
    assert [answer.status_code for answer in answers] == [400, 200, 200, 400]
    text = "scoreResults must hold a scale score of this test: 300 to 399."
    assert answers[0].json()["validationErrors"] == {"$.scoreResults": [text]}
    assert door.bulk("state", "studentAssessments", list(at.values()))["refused_by_reason"] == {
        f"$.scoreResults: {text}": 2
    }


def test_what_waited_for_its_test_is_judged_when_it_comes(door: Door) -> None:
    body = result()
    body["scoreResults"][0]["result"] = "400"
    door.push("state", "studentAssessments", body)
    levels = assessment()["performanceLevels"]
    test = assessment(performanceLevels=[{**levels[0], "maximumScore": 399}, levels[1]])
    for client, resource, each in (
        ("state", "localEducationAgencies", district()),
        ("state", "schools", school()),
        ("north", "students", student()),
        ("state", "assessments", test),
    ):
        door.push(client, resource, each)
    assert door.ask("state", "GET", DATA + "studentAssessments").json() == []
    (refused,) = door.ask("state", "GET", "/refused").json()["refused"]
    assert list(refused["reasons"]) == ["$.scoreResults"]


def test_pushes_at_the_same_time_are_each_answered_with_their_own_revision(door: Door) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: door.push("north", "students", student(f"S{n}")).json(), range(60)))
    assert sorted(answer["revision"] for answer in answers) == list(range(1, 61))


def test_reading_back_gives_the_body_by_id_and_by_key(door: Door) -> None:
    fill(door)
    for number in range(2, 5):
        door.push("north", "students", student(f"S{number}"))
    found = door.ask("north", "GET", DATA + "students?studentUniqueId=S3")
    assert [one["studentUniqueId"] for one in found.json()] == ["S3"]
    one = door.ask("north", "GET", f"{DATA}students/{found.json()[0]['id']}").json()
    assert one == {"id": found.json()[0]["id"], **student("S3")}
    page = door.ask("state", "GET", DATA + "students?limit=2&offset=1&totalCount=True")
    assert [each["studentUniqueId"] for each in page.json()] == ["S2", "S3"]
    assert page.headers["Total-Count"] == "4"
    assert door.ask("state", "GET", DATA + "students?limit=0&totalCount=true").json() == []
    assert door.ask("state", "GET", DATA + "students?limit=5001").status_code == 400
