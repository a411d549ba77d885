"""A touched school is scored anew at once, and who may read it: every client, each refusal with its twin."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.scoring import api, policy, store, timer
from services.scoring.handle import score_edition
from shared.events.editions import EDITIONS, EntityScored
from shared.events.records import DemographicsRecord, EnrollmentRecord
from shared.events.sis import ENROLLMENTS, EnrollmentsRecorded, Revised
from shared.runtime import tokens
from shared.runtime.database import prepare
from shared.runtime.http import install_errors
from shared.runtime.observe import Metrics, json_log
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.vocabulary.identity import fact_id
from tests.services.scoring_log import (
    PRIOR_YEAR,
    YEAR,
    Log,
    directory,
    make_enrollment,
    make_result,
    make_school,
    messages_of,
    request_of,
)


@dataclass
class Service:
    """Scoring's log, timers and HTTP door over one database."""

    log: Log
    runtime: Runtime
    http: TestClient
    private_key: Path

    def push(self, records: list[Any], revision: int, op: str = "upsert") -> None:
        """A push, and the moment after it."""
        self.log.send(messages_of(records, revision, op))
        timer.score_touched_schools(self.runtime)

    def get(self, path: str, kind: str | None, district: str | None = None) -> tuple[int, Any]:
        headers = {}
        if kind:
            token, _ = tokens.issue(self.private_key, "client", kind, district, "ms", datetime.now(UTC))
            headers["Authorization"] = f"Bearer {token}"
        answer = self.http.get(path, headers=headers)
        return answer.status_code, answer.json()

    def share(self, school_id: str = "A1", measure: str = "reading.proficiency") -> str | None:
        """The share of one component of a school's provisional rating."""
        status, body = self.get(f"/provisional/{school_id}?school_year={YEAR}", "state")
        assert status == 200
        found: str | None = next(c["share"] for c in body["rating"]["components"] if c["measure"] == measure)
        return found


@pytest.fixture
def service(database_url: str, folder: Path) -> Iterator[Service]:
    engine = prepare(database_url, "scoring")
    key = Ed25519PrivateKey.generate()
    private, public = folder / "private.pem", folder / "public.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    log_line = json_log("scoring", "test")
    settings = Settings("scoring", "unused:9092", database_url, "ms", "test", token_public_key=public)
    runtime = Runtime(settings, engine, Metrics(), log_line)
    app = FastAPI()
    app.include_router(api.router)
    install_errors(app, log_line)
    app.state.runtime = runtime
    yield Service(Log(engine), runtime, TestClient(app), private)
    engine.dispose()


def ten_students(school_id: str = "A1", **others: Any) -> list[Any]:
    """Half of them Proficient in reading now, all of them in Basic the year before."""
    found: list[Any] = []
    for number in range(10):
        student, state = f"{school_id} {number:02d}", "4a" if number < 5 else "2a"
        results = [
            make_result(student, "reading", "2a", PRIOR_YEAR, school_id=school_id),
            make_result(student, "reading", state, school_id=school_id),
        ]
        found += [make_enrollment(student, school_id, **others), *results]
    return found


def test_a_push_is_scored_in_the_moment_after_it(service: Service) -> None:
    state = [*directory(), *ten_students()]
    service.push(state, 1)
    assert service.share() == "1/2"  # 5 of 10
    service.push([make_result("A1 09", "reading", "5a")], len(state) + 1)
    assert service.share() == "3/5"  # 6 of 10
    told = [event for event in service.log.provisional() if event.school_year == YEAR]
    assert [event.school_id for event in told] == ["A1", "A1"]
    assert told[-1].as_of_revision == len(state) + 1


def test_a_provisional_score_is_what_an_edition_at_that_moment_would_say(service: Service) -> None:
    state = [*directory(), *ten_students(), *ten_students("A2"), *ten_students("B1")]
    service.push(state, 1)
    for school_id, rating in edition_at(service, len(state)).items():
        _, body = service.get(f"/provisional/{school_id}?school_year={YEAR}", "state")
        assert body["rating"] == rating


def a_push(dice: random.Random) -> Any:
    """A record of one of the students of A1 and A2, at one of their schools."""
    home, school = dice.choice(("A1", "A2")), dice.choice(("A1", "A2", "B1"))
    student = f"{home} {dice.randrange(10):02d}"
    result = make_result(student, "reading", dice.choice(("1a", "3a", "5a")), school_id=school)
    prior = make_result(student, "reading", dice.choice(("1a", "2a")), PRIOR_YEAR, school_id=home)
    groups = DemographicsRecord(student_id=student, district_id="A", school_year=YEAR, migrant=dice.random() < 0.5)
    stay = make_enrollment(student, school, exit_date=dice.choice((None, date(2023, 10, 1))))
    return dice.choice((result, prior, groups, stay))


@pytest.mark.parametrize("seed", range(2))
def test_after_any_pushes_a_score_is_what_an_edition_would_say(service: Service, seed: int) -> None:
    """Although a worker reads only who changed: students move, are tested elsewhere, leave; records end."""
    dice = random.Random(seed)
    state = [*directory(), *ten_students(), *ten_students("A2")]
    service.push(state, 1)
    revision = len(state)
    for _ in range(8):
        revision += 1
        service.push([a_push(dice)], revision, dice.choice(("upsert", "upsert", "delete")))
        said = edition_at(service, revision)
        for school_id in ("A1", "A2"):
            _, body = service.get(f"/provisional/{school_id}?school_year={YEAR}", "state")
            assert body["rating"] == said[school_id]


def edition_at(service: Service, cut: int) -> dict[str, Any]:
    """School, rating, as an edition with this cut would tell it."""
    request = request_of(cut)
    frames = store.facts_as_of(service.runtime.engine, cut, policy.law(request.chapters["scoring"], YEAR))
    told = [EDITIONS.decode(fact.event.to_bytes()) for fact in score_edition(frames, request)]
    schools = [event for event in told if isinstance(event, EntityScored) and event.level == "school"]
    return {school.entity_id: school.rating.model_dump(mode="json") for school in schools}


def test_a_score_tells_the_newest_revision_of_its_own_facts(service: Service) -> None:
    service.push([*directory(), *ten_students(), *ten_students("B1")], 1)

    def as_of(school_id: str) -> int:
        return int(service.get(f"/provisional/{school_id}?school_year={YEAR}", "state")[1]["as_of_revision"])

    before = as_of("B1")
    service.push([make_result("A1 09", "reading", "5a")], 500)
    assert (as_of("A1"), as_of("B1")) == (500, before)
    service.push([make_result("A1 09", "reading", "2a")], 501, "delete")  # what ends a record is a fact too
    assert (as_of("A1"), as_of("B1")) == (501, before)
    service.push([make_result("B1 00", "reading", "2a", school_id="B1")], 499)  # one that came late
    assert (as_of("A1"), as_of("B1")) == (501, 499)


def test_another_workers_score_in_between_is_seen(service: Service) -> None:
    service.push([*directory(), *ten_students()], 1)
    other = Service(service.log, replaced(service.runtime), service.http, service.private_key)
    other.push([make_result("A1 09", "reading", "5a")], 500)
    service.push([make_result("A1 08", "reading", "5a")], 501)
    assert service.share() == "7/10"  # 5 of 10, and both


def replaced(runtime: Runtime) -> Runtime:
    """A second worker of the same service."""
    return Runtime(runtime.settings, runtime.engine, Metrics(), runtime.log)


def test_single_pushes_go_before_a_load_and_a_load_is_scored_when_it_is_over(service: Service) -> None:
    service.log.send(messages_of([*directory(), *ten_students("A2")]))
    load = EnrollmentsRecorded(
        event_id=fact_id("load"),
        is_load=True,
        enrollments=tuple(
            Revised[EnrollmentRecord](op="upsert", revision=500 + n, record=make_enrollment(f"{n}")) for n in range(2)
        ),
    )
    service.log.send([(ENROLLMENTS, "A1", load)])
    with service.runtime.engine.begin() as connection:
        while pushed := store.claim_pushed(connection, 100):  # the year and the one before
            assert set(pushed.schools) == {"A2"}
        assert store.claim_loaded(connection, 100) is None  # more of it may come
        connection.execute(sa.text("update touched_by_loads set touched_at = touched_at - interval '2 seconds'"))
        assert store.claim_loaded(connection, 100) == store.Claimed(YEAR, {"A1": None})


def test_the_same_push_again_tells_nothing_new(service: Service) -> None:
    state = [*directory(), *ten_students()]
    service.push(state, 1)
    before = service.log.provisional()
    service.push([make_result("A1 09", "reading", "2a")], 500)  # the same value as before, as a new revision
    assert service.log.provisional() == before


def test_a_value_that_goes_there_and_back_is_three_facts(service: Service) -> None:
    state = [*directory(), *ten_students()]
    service.push(state, 1)
    service.push([make_result("A1 09", "reading", "5a")], 500)
    service.push([make_result("A1 09", "reading", "2a")], 501)
    told = [event for event in service.log.provisional() if event.school_year == YEAR]
    assert len({event.event_id for event in told}) == len(told) == 3
    assert told[0].rating == told[2].rating != told[1].rating


def test_a_delete_is_scored_too(service: Service) -> None:
    service.push([*directory(), *ten_students()], 1)
    service.push([make_result("A1 09", "reading", "2a")], 500, "delete")
    assert service.share() is None  # nine students are fewer than ten


def test_an_enrolment_that_moves_touches_the_school_it_left(service: Service) -> None:
    service.push([*directory(), *ten_students()], 1)
    # a second stay all year at a school with a smaller id: as many days, so the student counts there
    service.push([make_school("A0"), make_enrollment("A1 09", "A0")], 500)
    assert service.share() is None  # nine are left
    service.push([make_enrollment("A1 09", "A0")], 502, "delete")
    assert service.share() == "1/2"


def test_demographics_touch_the_students_school(service: Service) -> None:
    service.push([*directory(), *ten_students()], 1)
    with service.runtime.engine.begin() as connection:
        store.claim_pushed(connection, 100)
    service.log.send(messages_of([DemographicsRecord(student_id="A1 01", district_id="A", school_year=YEAR)], 500))
    with service.runtime.engine.begin() as connection:
        assert store.claim_pushed(connection, 100) == store.Claimed(YEAR, {"A1": frozenset({"A1 01"})})
        assert store.claim_pushed(connection, 100) is None


def test_a_correction_of_last_years_result_touches_this_years_growth(service: Service) -> None:
    service.push([*directory(), *ten_students()], 1)
    assert service.share(measure="reading.growth") == "5/8"  # 5 x 1.25 (from 2 to 4), 5 x 0: 6.25 of 10
    service.push([make_result("A1 09", "reading", "1a", PRIOR_YEAR)], 500)
    assert service.share(measure="reading.growth") == "29/40"  # and one that rose from 1 to 2: 7.25 of 10


def test_a_school_that_another_worker_scores_now_is_passed_over_and_not_forgotten(service: Service) -> None:
    service.log.send(messages_of([*directory(), make_enrollment("A1 10")]))
    with service.runtime.engine.begin() as first:
        assert store.claim_pushed(first, 100) == store.Claimed(YEAR, {"A1": frozenset({"A1 10"})})
        service.log.send(messages_of([make_enrollment("A1 11")], 500))
        with service.runtime.engine.begin() as second:
            assert store.claim_pushed(second, 100) is None
    with service.runtime.engine.connect() as connection:
        left = connection.execute(sa.text("select distinct school_id from touched_schools")).scalars().all()
    assert left == ["A1"]


def test_a_year_without_a_chapter_has_no_provisional_score(service: Service) -> None:
    service.push(
        [*directory(), make_result("A1 01", "reading", "2a", "2016-17", assessment_id=f"MAAP reading {YEAR}")], 1
    )
    status, body = service.get("/provisional/A1?school_year=2016-17", "state")
    assert (status, body["title"]) == (404, "Not Found")


@pytest.fixture
def pushed(service: Service) -> Service:
    service.push([*directory(), *ten_students(), *ten_students("B1")], 1)
    return service


def test_the_state_sees_every_school_and_by_default_its_latest_year(pushed: Service) -> None:
    for school_id in ("A1", "B1"):
        status, body = pushed.get(f"/provisional/{school_id}", "state")
        assert (status, body["school_id"], body["school_year"]) == (200, school_id, YEAR)


def test_a_district_sees_its_own_schools_and_no_others(pushed: Service) -> None:
    assert pushed.get("/provisional/A1", "district", "A")[0] == 200
    assert pushed.get("/provisional/B1", "district", "B")[0] == 200
    assert pushed.get("/provisional/B1", "district", "A")[0] == 403
    assert pushed.get("/provisional/A1", "district", "B")[0] == 403
    assert pushed.get("/provisional/A1", "district")[0] == 403


def test_nobody_sees_a_score_without_a_token(pushed: Service) -> None:
    assert pushed.get("/provisional/A1", None)[0] == 401


def test_a_school_or_year_that_is_not_there_is_said_to_be_so(pushed: Service) -> None:
    assert pushed.get("/provisional/Z9", "state")[0] == 404
    status, body = pushed.get("/provisional/A1?school_year=2018-19", "state")
    assert (status, body["title"]) == (404, "Not Found")
    assert pushed.get("/provisional/A1?school_year=2018", "state")[0] == 400
