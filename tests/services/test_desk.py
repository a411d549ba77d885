"""The desk of state staff: what it says is what the files say; facts in and out by key; one question, one client."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from deploy import desk, whatif
from services.scoring import store
from shared.runtime import tokens
from shared.runtime.database import prepare
from shared.runtime.settings import Settings
from tests.services import record_files
from tests.services.record_files import LEVELS, STATE, YEARS, trial_records
from tests.services.reportcard_builders import _keys
from tests.services.scoring_log import Log, messages_of

YEAR = YEARS[-1]
CSI = "comprehensive_support"
SLOW_GROWTH = "growth_weights.one_level=50"


class Desk:
    """The desk over a database that holds the trial state's records."""

    def __init__(self, url: str, folder: Path) -> None:
        engine = prepare(url, "scoring")
        log = Log(engine)
        log.send(messages_of(trial_records()))
        with engine.begin() as connection:
            for year in YEARS[:2]:
                store.edition_at(connection, uuid4(), {"school_year": year}, "scored")
        engine.dispose()
        self.public, self.private, self.said = _keys(folder), folder / "private.pem", []
        self.engine = desk.reading(url)
        settings = Settings("scoring", "", url, STATE, "desk-test", token_public_key=self.public)
        self.app = desk.application(settings, self.engine, lambda event, **told: self.said.append((event, told)))
        self.http = TestClient(self.app, raise_server_exceptions=False)

    said: list[tuple[str, dict[str, Any]]]

    def ask(self, kind: str | None = "state", **question: Any) -> tuple[int, Any]:
        """Status and answer; `kind`: of the client that asks."""
        district = "1" if kind == "district" else None
        headers = {}
        if kind:
            token, _ = tokens.issue(self.private, "client", kind, district, STATE, datetime.now(UTC))
            headers["Authorization"] = f"Bearer {token}"
        answer = self.http.post("/what-if", json={"school_year": YEAR, **question}, headers=headers)
        return answer.status_code, answer.json()


@pytest.fixture
def asked(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(database_url, tmp_path)
    yield made
    made.engine.dispose()


def result(school: str, number: int, subject: str, rank: int) -> dict[str, Any]:
    """A result of the year as a canonical record."""
    return {
        "result_id": f"{school} {number} {subject} {YEAR}", "assessment_id": f"{subject} {YEAR}",
        "student_id": f"{school} {number}", "school_year": YEAR, "school_id": school, "level": LEVELS[rank - 1],
        "scale_score": 100,
    }  # fmt: skip


def test_another_law_moves_the_schools_that_it_moves_in_files(asked: Desk, tmp_path: Path) -> None:
    code, found = asked.ask(settings=[SLOW_GROWTH])
    assert code == 200, found
    told = whatif.scored(record_files.write(tmp_path / "f", trial_records()), STATE, YEAR, [SLOW_GROWTH], True, None)
    assert found["letters"] == {"A to F": 1}
    assert {name: found[name] for name in told["compared"]} == told["compared"]
    assert found["policy_fingerprint_after"] == told["policy_fingerprint"] != found["policy_fingerprint_before"]
    assert (found["history"], found["facts"]) == (list(told["history"]), 0)
    assert [event for event, _ in asked.said] == ["desk.read"] * 3 + ["desk.scored"] * 2


def test_other_facts_move_a_letter_and_a_status(asked: Desk) -> None:
    """1-3 falls from rank 2 to 1: 0 points, an F. Had it risen to rank 3, Proficient: proficiency 100 in both subjects
    and growth one level, 100, in each of four components: 600 of 600. Then 1-2, which had 0 of 600 last year and 400
    now, (0 + 2/3) ÷ 2 = 1/3, against (0 + 1) ÷ 2 for 1-3, is the lowest of three.
    """
    facts = [
        {"kind": "results", "op": "upsert", "record": result("1-3", number, subject, 3)}
        for number in range(10)
        for subject in ("reading", "math")
    ]
    code, found = asked.ask(facts=facts)
    assert code == 200, found
    moves = {move["school_id"]: (move["before"], move["after"]) for move in found["moves"]}
    assert set(moves) == {"1-2", "1-3"}
    before, after = moves["1-3"]
    assert (before["letter"], before["points"], after["letter"], after["points"]) == ("F", "0", "A", "600")
    assert (before["support"], after["support"]) == ([CSI], [])
    assert moves["1-2"][1]["support"] == [CSI]
    assert found["letters"] == {"F to A": 1}
    assert found["support"] == {f"none to {CSI}": 1, f"{CSI} to none": 1}
    assert found["policy_fingerprint_before"] == found["policy_fingerprint_after"]
    said = len(asked.said)
    again = asked.ask(settings=[SLOW_GROWTH])[1]
    assert again["letters"] == {"A to F": 1}  # nothing was kept of the facts asked for
    assert [event for event, _ in asked.said[said:]] == ["desk.read", "desk.scored"]  # but how the state stands


def test_a_year_that_was_never_certified_is_no_history(asked: Desk, database_url: str) -> None:
    engine = prepare(database_url, "scoring")
    with engine.begin() as connection:
        connection.execute(sa.text("delete from editions where request->>'school_year' = '2021-22'"))
    engine.dispose()
    assert asked.ask(settings=[SLOW_GROWTH])[1]["history"] == ["2020-21"]


def test_a_school_that_is_taken_out_has_moved(asked: Desk) -> None:
    facts = [{"kind": "schools", "op": "delete", "record": {"school_id": "1-2"}}]
    code, found = asked.ask(facts=facts)
    assert code == 200, found
    (move,) = [move for move in found["moves"] if move["school_id"] == "1-2"]
    assert (move["before"]["letter"], move["after"]["status"], found["schools"]) == ("A", "NO_SCHOOL", 2)


def test_a_record_is_taken_out_by_its_key(asked: Desk) -> None:
    """Without enrollments nobody of 1-1 counts: it has no rating."""
    facts = [
        {
            "kind": "enrollments",
            "op": "delete",
            "record": {"student_id": f"1-1 {n}", "school_id": "1-1", "entry_date": "2022-08-01"},
        }
        for n in range(10)
    ]
    code, found = asked.ask(facts=facts)
    assert code == 200, found
    (move,) = [move for move in found["moves"] if move["school_id"] == "1-1"]
    assert (move["before"]["letter"], move["after"]["letter"]) == ("A", None)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ({}, "nothing to compare"),
        ({"settings": ["growth.weights=1"]}, "no chapter holds growth.weights; near it: scoring.growth_weights"),
        ({"settings": ["minimum_n=x"]}, "minimum_n"),
        ({"settings": [SLOW_GROWTH], "school_year": "2024"}, "2024"),
        ({"settings": [SLOW_GROWTH], "school_year": "2031-32"}, "no version covers this year"),
        ({"facts": [{"kind": "grades", "op": "upsert", "record": {}}]}, "grades: is no kind of record"),
        ({"facts": [{"kind": "results", "op": "upsert", "record": {"level": 1}}]}, "results, row 1, "),
        (
            {"facts": [{"kind": "results", "op": "upsert", "record": {**result("1-9", 0, "math", 3)}}]},
            "results, row 1, school_id: no record of schools has this id",
        ),
        (
            {"facts": [{"kind": "results", "op": "upsert", "record": result("1-3", 0, "math", 3)}] * 2},
            "results, rows 1, 2: the same result_id, assessment_id, student_id; a key stands once",
        ),
        (
            {"facts": [{"kind": "schools", "op": "delete", "record": {"school_id": "9"}}]},
            "schools, row 1: no record with this key stands in the year",
        ),
    ],
)
def test_what_cannot_be_scored_is_told_as_a_problem(question: dict[str, Any], text: str, asked: Desk) -> None:
    code, problem = asked.ask(**question)
    assert code == 400
    assert problem["type"] == "urn:ed-fi:api:bad-request:what-if"
    assert text in problem["detail"]


def test_a_question_of_another_shape_is_told_where(asked: Desk) -> None:
    code, problem = asked.ask(setings=["x"], facts=[{"kind": "results", "op": "put", "record": {}}])
    assert code == 400
    assert set(problem["validationErrors"]) == {"$.setings", "$.facts.0.op"}


def test_only_the_state_may_ask(asked: Desk) -> None:
    assert asked.ask(kind=None, settings=[SLOW_GROWTH])[0] == 401
    assert asked.ask(kind="district", settings=[SLOW_GROWTH])[0] == 403
    assert asked.said == []


def test_one_question_at_a_time(asked: Desk) -> None:
    with asked.app.state.desk.alone():
        code, problem = asked.ask(settings=[SLOW_GROWTH])
    assert (code, problem["type"]) == (409, "urn:ed-fi:api:data-conflict:what-if-running")
    assert asked.ask(settings=["x=1"])[0] == 400
    assert asked.ask(settings=[SLOW_GROWTH])[0] == 200  # a question that failed gives the desk free


def test_the_desk_has_one_route_that_answers_and_cannot_write(asked: Desk) -> None:
    assert set(asked.http.get("/openapi.json").json()["paths"]) == {"/what-if"}
    revision = store.newest_revision(asked.engine)
    with pytest.raises(sa.exc.DBAPIError), asked.engine.begin() as connection:
        connection.exec_driver_sql("delete from result_facts")
    assert store.newest_revision(asked.engine) == revision == len(trial_records())
