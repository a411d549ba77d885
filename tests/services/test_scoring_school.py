"""A whole school worked by hand (tests/cases/scoring/school.yaml), from records through the database to its edition."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.scoring import policy, store
from services.scoring.handle import score_edition
from shared.events.editions import EDITIONS, EditionClosed, EditionOpened, EntityScored
from shared.events.records import DemographicsRecord
from shared.policy import reader
from shared.runtime.database import prepare
from shared.vocabulary.identity import fingerprint
from tests.conftest import Database
from tests.services.scoring_log import (
    PRIOR_YEAR,
    YEAR,
    Log,
    directory,
    make_enrollment,
    make_result,
    messages_of,
    new_database,
    request_of,
)

CASE = reader.read(Path(__file__).parents[1] / "cases" / "scoring" / "school.yaml")


def results_of(student: str, subject: str, told: str) -> list[Any]:
    """ "1a alt 3a": MAAP level 1 last year, MAAP-A level 3 now; one level alone is now's."""
    years, program, results = [PRIOR_YEAR, YEAR], "MAAP", []
    parts = told.split()
    if sum(part != "alt" for part in parts) == 1:
        years = [YEAR]
    for part in parts:
        if part == "alt":
            program = "MAAP-A"
            continue
        year = years.pop(0)
        if part != "-" or year == YEAR:
            state = None if part == "-" else part
            results.append(make_result(student, subject, state, year, program))
        program = "MAAP"
    return results


def records() -> list[Any]:
    found = directory()
    for told in CASE["students"]:
        student = told["student"]
        found.append(DemographicsRecord(student_id=student, district_id="A", school_year=YEAR, gender=told["gender"]))
        entry = date.fromisoformat(told.get("entry", "2023-08-07"))
        if until := told.get("from_A2_until"):
            found.append(make_enrollment(student, "A2", exit_date=date.fromisoformat(until)))
            entry = date(2023, 12, 4)  # the Monday after
        found.append(make_enrollment(student, entry_date=entry))
        for subject in ("reading", "math", "science"):
            found += results_of(student, subject, told[subject])
    return found


@pytest.fixture(scope="module")
def edition(postgres: Database) -> list[Any]:
    """The edition's events, in order; computed once for all tests of this module."""
    engine = prepare(new_database(postgres.url), "scoring")
    messages = messages_of(records())
    handled = Log(engine).send(messages)
    assert (handled.applied, handled.rejected) == (len(messages), 0)
    request = request_of(cut=len(messages))
    law = policy.law(request.chapters["scoring"], YEAR)
    frames = store.facts_as_of(engine, request.cut_revision, law)
    engine.dispose()
    return [EDITIONS.decode(fact.event.to_bytes()) for fact in score_edition(frames, request)]


def scored(edition: list[Any], level: str, entity_id: str) -> EntityScored:
    (found,) = [e for e in edition if isinstance(e, EntityScored) and (e.level, e.entity_id) == (level, entity_id)]
    return found


def counts(entity: EntityScored, subgroup: str = "all") -> dict[str, list[str]]:
    return {c.measure: [str(c.numerator), str(c.denominator)] for c in entity.counts if c.subgroup == subgroup}


def test_every_measure_of_the_school_and_nothing_else(edition: list[Any]) -> None:
    assert counts(scored(edition, "school", "A1")) == CASE["school"]


def test_the_girls(edition: list[Any]) -> None:
    found = counts(scored(edition, "school", "A1"), "female")
    assert {measure: found[measure] for measure in CASE["female"]} == CASE["female"]


def test_who_is_left_out_and_why(edition: list[Any]) -> None:
    found: dict[str, dict[str, str]] = {}
    for each in scored(edition, "school", "A1").left_out:
        found.setdefault(each.measure, {})[each.reason] = str(each.students)
    assert {measure: found[measure] for measure in CASE["left_out"]} == CASE["left_out"]


def test_what_counts_and_what_is_left_out_make_everyone_tested(edition: list[Any]) -> None:
    school = scored(edition, "school", "A1")
    told = {c.measure: c.denominator for c in school.counts if c.subgroup == "all"}
    for measure in ("reading.proficiency", "reading.growth", "reading.growth_lowest", "math.growth", "science.level.3"):
        left_out = sum(each.students for each in school.left_out if each.measure == measure)
        assert told[measure] + left_out == len(CASE["students"])


def test_points_and_letter(edition: list[Any]) -> None:
    rating, expected = scored(edition, "school", "A1").rating, CASE["rating"]
    assert {c.measure: c.points for c in rating.components if c.dropped is None} == expected["points"]
    dropped = {c.measure: c.dropped for c in rating.components if c.dropped}
    assert dropped == {
        "reading.growth_lowest": "FEWER_THAN_MINIMUM",
        "math.growth_lowest": "FEWER_THAN_MINIMUM",
        "english_learners.progress": "FEWER_THAN_MINIMUM",
    }
    assert (rating.status, rating.column) == (expected["status"], expected["column"])
    assert Fraction(rating.exact_points or "0") == Fraction(expected["exact_points"])
    assert (rating.points, rating.possible, rating.letter) == (expected["points_rounded"], "700", expected["letter"])
    assert list(rating.flags) == expected["flags"]


@pytest.mark.parametrize(("level", "entity_id"), [("district", "A"), ("state", "ms")])
def test_district_and_state_are_counted_from_students(edition: list[Any], level: str, entity_id: str) -> None:
    found = counts(scored(edition, level, entity_id))
    assert {measure: found[measure] for measure in CASE["district"]} == CASE["district"]


def test_every_entity_is_told_in_order_with_its_profile_and_status(edition: list[Any]) -> None:
    opened, *entities, closed = edition
    assert isinstance(opened, EditionOpened) and isinstance(closed, EditionClosed)
    assert [(e.level, e.entity_id, e.rating.status) for e in entities] == [
        ("school", "A1", "GRADED"),
        ("school", "A2", "NOT_RATED_INSUFFICIENT_DATA"),  # nobody is full-year there
        ("school", "B1", "NOT_RATED_INSUFFICIENT_DATA"),
        ("district", "A", "GRADED"),
        ("district", "B", "NOT_RATED_INSUFFICIENT_DATA"),
        ("state", "ms", "NOT_RATED_LEVEL"),
    ]
    assert entities[0].profile.model_dump() == {
        "name": "School A1",
        "district_id": "A",
        "district_name": "District A",
        "notice_email": "office@district-a.example",
        "grades": ("KG", "05"),
        "title_i": True,
    }
    assert entities[3].rating.column == "elementary_middle"  # a district without grade 12
    assert "nonstandard_scale" in entities[3].rating.flags
    assert closed.entities == {"school": 3, "district": 2, "state": 1}
    assert closed.checksum == fingerprint(event.to_bytes() for event in edition[:-1])
