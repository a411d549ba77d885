"""Records and markers in, editions out: through the worker's own transaction and the timers, on a real database."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from services.scoring import policy, store, timer
from services.scoring.handle import score_edition
from services.scoring.handle.editions import DUE, UNFINISHED
from shared.events.editions import EDITIONS, EntityScored
from shared.events.sis import EditionRequested
from shared.policy import reader
from shared.runtime.database import prepare
from shared.runtime.observe import Metrics, json_log
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from tests.services.scoring_log import (
    MARKERS,
    PRIOR_YEAR,
    STATE,
    YEAR,
    Log,
    directory,
    make_enrollment,
    make_result,
    make_school,
    messages_of,
    request_of,
)


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    engine = prepare(database_url, "scoring")
    yield Log(engine)
    engine.dispose()


def runtime_of(engine: sa.Engine) -> Runtime:
    settings = Settings("scoring", "unused:9092", str(engine.url), "ms", "test")
    log_line = json_log("scoring", "test")
    return Runtime(settings, engine, Metrics(), log_line, lambda: datetime(2026, 1, 1, tzinfo=UTC))


def small_state(students: int = 3) -> list[Any]:
    """Students of A1, each proficient in reading this year and the year before."""
    found = directory()
    for number in range(students):
        student = f"{number:02d}"
        results = [make_result(student, "reading", "4a", year) for year in (PRIOR_YEAR, YEAR)]
        found += [make_enrollment(student), *results]
    return found


def frames(log: Log, cut: int, school_year: str = YEAR) -> Any:
    law = policy.law(reader.chapter(STATE, "scoring", school_year), school_year)
    return store.facts_as_of(log.engine, cut, law)


def levels(log: Log, cut: int) -> dict[str, str | None]:
    """Result, level, as of a revision."""
    return {row["result_id"]: row["level"] for row in frames(log, cut).results.iter_rows(named=True)}


def test_the_highest_revision_wins_in_any_order_of_arrival(log: Log) -> None:
    told = [make_result("01", "reading", state) for state in ("1a", "4a", "1a")]  # A, B, A
    messages = [message for number, record in enumerate(told, start=1) for message in messages_of([record], number)]
    log.send([messages[2], messages[0], messages[1]])
    name = "01 reading 2023-24"
    assert [levels(log, cut) for cut in (1, 2, 3)] == [{name: "Minimal"}, {name: "Proficient"}, {name: "Minimal"}]
    with log.engine.connect() as connection:
        assert connection.execute(sa.text("select count(*) from result_facts")).scalar_one() == 3  # nothing is lost


def test_a_delete_ends_a_record_until_a_later_revision(log: Log) -> None:
    record = make_result("01", "reading", "1a")
    log.send(messages_of([record], 1) + messages_of([record], 2, "delete") + messages_of([record], 3))
    assert [len(levels(log, cut)) for cut in (0, 1, 2, 3)] == [0, 1, 0, 1]


def test_the_same_batch_twice_changes_nothing(log: Log) -> None:
    messages = messages_of(small_state())
    first, second = log.send(messages), log.send(messages)
    assert (first.applied, first.duplicates) == (len(messages), 0)
    assert (second.applied, second.duplicates) == (0, len(messages))


@pytest.mark.parametrize("name", ['"', "\\", 'a "b\\" {c},d', "line\nbreak", " NULL", "NULL", "", "é 学校"])
def test_any_text_comes_back_as_it_was(log: Log, name: str) -> None:
    log.send(messages_of([make_school("A1", name=name)]))
    assert frames(log, 1).schools["name"].to_list() == [name]


def test_a_record_that_moved_to_another_year_is_in_that_year_only(log: Log) -> None:
    here = make_result("01", "reading", "4a")
    moved = here.model_copy(update={"school_year": "2024-25"})
    log.send(messages_of([here, moved]))
    assert levels(log, 1) == {"01 reading 2023-24": "Proficient"}
    assert levels(log, 2) == {}
    assert frames(log, 2, "2024-25").results.height == 1


def test_facts_after_the_cut_do_not_count(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    cut = len(state)
    before = [fact.event.to_bytes() for fact in edition(log, request_of(cut))]
    log.send(messages_of([make_result("01", "reading", "1a")], cut + 1))
    assert [fact.event.to_bytes() for fact in edition(log, request_of(cut))] == before
    assert [fact.event.to_bytes() for fact in edition(log, request_of(cut + 1))] != before


def edition(log: Log, request: EditionRequested) -> Any:
    law = policy.law(request.chapters["scoring"], request.school_year)
    return score_edition(store.facts_as_of(log.engine, request.cut_revision, law), request)


def test_an_edition_is_the_same_bytes_whatever_the_order_of_rows(log: Log) -> None:
    state = small_state(40)
    log.send(messages_of(state))
    request = request_of(len(state))
    found = frames(log, len(state))
    first = [fact.event.to_bytes() for fact in score_edition(found, request)]
    for seed in range(3):
        dice = random.Random(seed)
        mixed = {
            name: table.sample(fraction=1.0, shuffle=True, seed=dice.randrange(1000))
            for name, table in vars(found).items()
        }
        assert [fact.event.to_bytes() for fact in score_edition(replace(found, **mixed), request)] == first


def test_the_last_marker_of_all_makes_an_edition_due(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    request = request_of(len(state))
    for marker in MARKERS[:-1]:
        log.mark(request, [marker])
        assert log.edition_states() == {request.edition_id: "collecting"}
    log.mark(request, MARKERS[:1])  # one again, at a new offset: still not the last
    assert log.edition_states() == {request.edition_id: "collecting"}
    log.mark(request, MARKERS[-1:])
    assert log.edition_states() == {request.edition_id: "due"}


def test_a_due_edition_is_published_whole_and_once(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    request = request_of(len(state))
    log.mark(request)
    runtime = runtime_of(log.engine)
    timer.score_due_editions(runtime)
    published = log.published_bytes()
    assert published == [fact.event.to_bytes() for fact in edition(log, request)]
    assert [EDITIONS.decode(value).to_bytes() for value in published] == published  # the lists are put in as text
    assert [type(EDITIONS.decode(value)).__name__ for value in published] == [
        "EditionOpened",
        *["EntityScored"] * 6,  # three schools, two districts, the state
        "EditionClosed",
    ]
    assert log.edition_states() == {request.edition_id: "scored"}
    assert runtime.metrics.registry.get_sample_value("schoolmark_editions", {"state": "scored"}) == 1
    log.mark(request)  # markers once more, as a relay that crashed may send them
    timer.score_due_editions(runtime)
    assert log.published_bytes() == published


def test_an_edition_that_another_worker_computes_is_left_to_it_and_taken_over_when_it_dies(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    request = request_of(len(state))
    log.mark(request)
    with store.held_edition(log.engine, DUE, UNFINISHED) as held:
        assert held is not None and held["edition_id"] == str(request.edition_id)
        timer.score_due_editions(runtime_of(log.engine))
        assert log.published_bytes() == []
    timer.score_due_editions(runtime_of(log.engine))
    assert len(log.published_bytes()) == 8


def test_editions_are_told_in_the_order_in_which_they_were_requested(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    first, second = request_of(len(state) - 1, "2022-23"), request_of(len(state))
    runtime = runtime_of(log.engine)
    log.mark(second)
    log.mark(first, MARKERS[:-1])  # a marker of the first is still on its way
    timer.score_due_editions(runtime)
    assert log.published_bytes() == []
    log.mark(first, MARKERS[-1:])
    timer.score_due_editions(runtime)
    told = [event.edition_id for event in log.published() if event.type == "edition.closed"]
    assert told == [first.edition_id, second.edition_id]


def test_an_edition_that_was_written_meanwhile_is_not_written_again(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    request = request_of(len(state))
    log.mark(request)
    runtime = runtime_of(log.engine)
    timer.score_due_editions(runtime)
    timer._score(runtime, request)  # a second worker that had begun before the first one wrote
    assert len(log.published_bytes()) == 8


def test_a_chapter_that_cannot_be_read_refuses_its_edition_and_holds_up_no_other(log: Log) -> None:
    state = small_state()
    log.send(messages_of(state))
    good = request_of(len(state))
    chapter = {**good.chapters["scoring"], "minimum_n": {"value": "ten", "tag": "TRIAL", "source": "a test"}}
    bad = request_of(len(state), chapter=chapter)
    log.mark(bad)
    log.mark(good)
    timer.score_due_editions(runtime_of(log.engine))
    assert log.edition_states() == {bad.edition_id: "refused", good.edition_id: "scored"}
    with log.engine.connect() as connection:
        why = connection.execute(sa.text("select refused_because from editions where state = 'refused'")).scalar_one()
    assert "scoring chapter, 2023-24, minimum_n" in why


def test_an_edition_goes_by_the_chapter_it_carries(log: Log) -> None:
    state = small_state(9)  # below the minimum number of the state's own chapter
    log.send(messages_of(state))
    own = request_of(len(state))
    chapter = {**own.chapters["scoring"], "minimum_n": {"value": "9", "tag": "TRIAL", "source": "a test"}}
    dropped = {c.measure: c.dropped for c in school(edition(log, own)).rating.components}
    kept = {
        c.measure: c.dropped for c in school(edition(log, request_of(len(state), chapter=chapter))).rating.components
    }
    assert dropped["reading.proficiency"] == "FEWER_THAN_MINIMUM"
    assert kept["reading.proficiency"] is None


def school(facts: Any, school_id: str = "A1") -> EntityScored:
    events = [EDITIONS.decode(fact.event.to_bytes()) for fact in facts]
    (found,) = [event for event in events if isinstance(event, EntityScored) and event.entity_id == school_id]
    return found


def test_of_two_results_in_one_subject_the_school_where_the_student_counts_goes_first(log: Log) -> None:
    here = make_result("01", "reading", "1a")
    higher_elsewhere = make_result("01", "reading", "5a", result_id="other", school_id="A2")
    state = [*directory(), make_enrollment("01"), here, higher_elsewhere]
    log.send(messages_of(state))
    facts = edition(log, request_of(len(state)))
    at_home, elsewhere = school(facts), school(facts, "A2")
    proficiency = {(c.measure, c.subgroup): (c.numerator, c.denominator) for c in at_home.counts}
    assert proficiency["reading.proficiency", "all"] == (0, 1)  # the level at A1, not the higher one at A2
    assert proficiency["reading.participation", "all"] == (1, 1)
    assert {(e.measure, e.reason): e.students for e in elsewhere.left_out}["reading.proficiency", "REPEATED"] == 1


def test_of_two_results_at_one_school_the_higher_score_counts_and_participation_counts_once(log: Log) -> None:
    first = make_result("01", "reading", "1a")
    retake = make_result("01", "reading", "4a", result_id="retake")
    state = [*directory(), make_enrollment("01"), first, retake]
    log.send(messages_of(state))
    found = {
        (c.measure, c.subgroup): (c.numerator, c.denominator)
        for c in school(edition(log, request_of(len(state)))).counts
    }
    assert found["reading.proficiency", "all"] == (1, 1)
    assert found["reading.participation", "all"] == (1, 1)


def test_a_course_test_is_compared_with_the_latest_earlier_score(log: Log) -> None:
    two_years_before = "2021-22"
    course = make_result("01", "reading", "4a", assessment_id="English II")
    test = directory()[-1].model_copy(
        update={"assessment_id": "English II", "subject": "reading", "test": "English II", "program": "MAAP"}
    )
    levels_of_maap = next(a.levels for a in directory()[5:] if a.program == "MAAP")
    earlier = make_result("01", "reading", "2a", two_years_before, assessment_id=f"MAAP reading {PRIOR_YEAR}")
    state = [*directory(), test.model_copy(update={"levels": levels_of_maap}), make_enrollment("01"), earlier, course]
    log.send(messages_of(state))
    found = {c.measure: c.numerator for c in school(edition(log, request_of(len(state)))).counts if c.subgroup == "all"}
    assert found["reading.growth"] == 125  # from 2 to 4, over two years


def test_a_grade_test_is_compared_with_the_year_before_only(log: Log) -> None:
    earlier = make_result("01", "reading", "2a", "2021-22", assessment_id=f"MAAP reading {PRIOR_YEAR}")
    state = [*directory(), make_enrollment("01"), earlier, make_result("01", "reading", "4a")]
    log.send(messages_of(state))
    entity = school(edition(log, request_of(len(state))))
    assert "reading.growth" not in {c.measure for c in entity.counts}
    assert {(e.measure, e.reason) for e in entity.left_out} >= {("reading.growth", "NO_PRIOR")}


def test_a_student_who_entered_late_is_tested_but_does_not_count(log: Log) -> None:
    late = make_enrollment("01", entry_date=date(2024, 2, 1))
    state = [*directory(), late, make_result("01", "reading", "4a")]
    log.send(messages_of(state))
    entity = school(edition(log, request_of(len(state))))
    of_reading = {c.measure for c in entity.counts if c.measure.startswith("reading")}
    assert of_reading == {"reading.participation", "reading.alternate"}  # of which program the test was


def test_a_message_of_another_kind_is_kept_as_a_rejection_and_the_line_goes_on(log: Log) -> None:
    good = messages_of([make_result("01", "reading", "4a")])
    topic, key, event = good[0]
    broken = event.model_copy(update={"event_id": request_of(1).event_id, "type": "results.unheard_of"})
    handled = log.send([(topic, key, broken), *good])
    assert (handled.applied, handled.rejected) == (1, 1)
    assert len(log.rejections()) == 1
    assert len(levels(log, 1)) == 1
