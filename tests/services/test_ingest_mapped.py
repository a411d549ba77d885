"""A source's own file through the real door, with the trial state's mapping; the rows are invented."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.ingest_door import DATA, Door, opened

MAPPING = Path(__file__).parents[2] / "shared/policy/states/trial/sgp-long.yaml"
HEAD = (
    "VALID_CASE,CONTENT_AREA,YEAR,ID,LAST_NAME,FIRST_NAME,GRADE,SCALE_SCORE,ACHIEVEMENT_LEVEL,GENDER,ETHNICITY,"
    "FREE_REDUCED_LUNCH_STATUS,ELL_STATUS,IEP_STATUS,SCHOOL_NUMBER,SCHOOL_NAME,DISTRICT_NUMBER,DISTRICT_NAME,"
    "SCHOOL_ENROLLMENT_STATUS,DISTRICT_ENROLLMENT_STATUS,STATE_ENROLLMENT_STATUS"
)
ROWS = (
    # 1 and 2: one student, two subjects, rows that disagree on lunch
    "VALID_CASE,MATHEMATICS,2024_2025,1,Poe,Ann,3,400.0,Proficient,Female,White,No,No,No,7,East,10,Ten,Yes,Yes,Yes",
    "VALID_CASE,READING,2024_2025,1,Poe,Ann,3,410.0,Advanced,Female,White,Yes,No,No,7,East,10,Ten,Yes,Yes,Yes",
    # 3: no score; 4: the same school number in another district
    "VALID_CASE,MATHEMATICS,2024_2025,2,Roe,Bob,3,,No Score,Male,Hispanic,No,Yes,Yes,7,East,10,Ten,No,Yes,Yes",
    "VALID_CASE,MATHEMATICS,2024_2025,3,Doe,Cy,4,300.0,Unsatisfactory,Male,Asian,No,No,No,7,West,20,Twenty,Yes,Yes,Yes",
    # 5: not to be used; 6: a code that nobody knows; 7: another score at the level of row 1
    "INVALID,MATHEMATICS,2024_2025,4,Loe,Di,4,310.0,Proficient,Male,Asian,No,No,No,7,West,20,Twenty,Yes,Yes,Yes",
    "VALID_CASE,MATHEMATICS,2024_2025,5,Moe,Ed,4,310.0,Proficient,Male,Martian,No,No,No,7,West,20,Twenty,Yes,Yes,Yes",
    "VALID_CASE,MATHEMATICS,2024_2025,6,Noe,Flo,3,431.0,Proficient,Female,Asian,No,No,No,7,East,10,Ten,Yes,Yes,Yes",
)


@pytest.fixture
def door(database_url: str, folder: Path) -> Iterator[Door]:
    with opened(database_url, folder, "trial") as made:
        yield made


def submit(door: Door, rows: tuple[str, ...] = ROWS, mapping: bytes = MAPPING.read_bytes()) -> Any:
    """The answer to the file."""
    data = gzip.compress("\n".join((HEAD, *rows)).encode())
    return door.ask("state", "POST", "/bulk", files={"mapping": ("m.yaml", mapping), "file": ("r.csv.gz", data)})


def test_one_row_becomes_several_records_and_every_row_is_accounted_for(door: Door) -> None:
    report = submit(door).json()
    # 2 districts, 2 schools, 3 assessments (mathematics 3 and 4, reading 3), 5 students, 5 enrolments, 5 groups, 6
    # results = 28 records; one group has a race that nobody knows
    assert (report["received"], report["new"], report["refused"]) == (28, 27, 1)
    assert report["refused_by_reason"] == {
        "$.races[*].raceDescriptor: raceDescriptor is a descriptor this state does not use.": 1
    }
    assert report["settled"] == {
        "rows left out: VALID_CASE is not VALID_CASE": 1,
        "studentEducationOrganizationAssociations: FREE_REDUCED_LUNCH_STATUS differed (any: Yes)": 1,
    }
    refused = door.ask("state", "GET", "/refused").json()["refused"]
    assert [one["source_row"] for one in refused] == [6]


def test_the_records_say_what_the_rows_say(door: Door) -> None:
    submit(door)
    found: dict[str, list[Any]] = {}
    for _, _, part, record in door.recorded():
        found.setdefault(part, []).append(record)
    schools = {one.school_id: (one.district_id, one.grades, one.title_i) for one in found["schools"]}
    # a school is its district and number: 10 and 00007, 20 and 00007
    assert schools == {"1000007": ("10", ("03",), False), "2000007": ("20", ("04",), False)}
    levels = {
        one.test + one.subject: [(v.name, v.lowest, v.highest) for v in one.levels] for one in found["assessments"]
    }
    assert levels["grade 3math"] == [("Proficient", 400, 431)]  # rows 1 and 7
    assert levels["grade 4math"] == [("Unsatisfactory", 300, 300), ("Proficient", 310, 310)]
    entered = {one.student_id: one for one in found["enrollments"]}
    assert str(entered["1"].entry_date) == "2024-07-01"
    assert (entered["2"].fay_school, entered["2"].fay_district) == (False, True)
    groups = {one.student_id: one for one in found["demographics"]}
    assert groups["1"].economically_disadvantaged is True  # one of two rows says Yes
    assert (groups["2"].race, groups["2"].english_learners, groups["2"].students_with_disabilities) == (
        "hispanic",
        True,
        True,
    )
    unscored = next(one for one in found["results"] if one.student_id == "2")
    assert (unscored.level, unscored.scale_score) == (None, None)  # expected, not scored
    assert len(found["results"]) == 6
    assert {one.school_year for one in found["results"]} == {"2024-25"}


def test_the_same_file_again_changes_nothing(door: Door) -> None:
    first = submit(door).json()
    again = submit(door).json()
    assert (again["new"], again["changed"], again["unchanged"], again["refused"]) == (0, 0, first["new"], 1)


def test_no_birth_date_is_made_up(door: Door) -> None:
    submit(door)
    bodies = door.ask("state", "GET", DATA + "students").json()
    assert all("birthDate" not in body for body in bodies)
    assert len(bodies) == 5


def test_a_disagreement_without_a_rule_stops_the_file_before_anything_goes_in(door: Door) -> None:
    other = ROWS[1].replace("Female", "Male")
    mapping = MAPPING.read_bytes().replace(b"      GENDER: most_frequent\n", b"")
    answer = submit(door, (ROWS[0], other), mapping)
    assert answer.status_code == 400
    assert "the rows of 1 records disagree on GENDER" in answer.json()["detail"]
    assert door.ask("state", "GET", "/status").json()["records"] == {}


def test_files_that_cannot_be_read_are_told(door: Door) -> None:
    assert submit(door, mapping=b"records: [").status_code == 400
    assert submit(door, mapping=b"records: []").status_code == 400
    unknown = b"records: [{resource: unicorns, one_per: [ID], body: {a: '{ID}'}}]"
    assert submit(door, mapping=unknown).status_code == 404
    files = {"mapping": ("m.yaml", MAPPING.read_bytes()), "file": ("r.csv", b"\x1f\x8bbroken")}
    assert door.ask("state", "POST", "/bulk", files=files).status_code == 400
    district = door.ask("north", "POST", "/bulk", files={**files, "file": ("r.csv", HEAD.encode())})
    assert district.status_code == 403  # a district may not write the directory that this mapping writes
