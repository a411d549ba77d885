"""Whole editions become statuses, on a real database, through the worker's own transaction."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
import sqlalchemy as sa

from shared.events.designations import DesignationsClosed, DesignationsOpened
from shared.events.editions import EditionClosed
from shared.events.envelope import Event
from shared.runtime.database import prepare
from shared.vocabulary.identity import fact_id, fingerprint
from tests.services.designation_log import (
    CHAPTERS,
    NOTIFIED_ON,
    Log,
    close,
    edition_id_of,
    make_edition,
    make_school,
)

CSI = "comprehensive_support"


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    engine = prepare(database_url, "designation")
    yield Log(engine)
    engine.dispose()


def history(*editions: Sequence[Event]) -> dict[str, UUID]:
    return {edition[0].school_year: edition_id_of(edition) for edition in editions}  # type: ignore[attr-defined]


def test_the_lowest_title_i_school_on_the_average_is_identified_with_its_numbers(log: Log) -> None:
    first = make_edition("2023-24", [make_school("A", 210), make_school("B", 140), make_school("C", 70, title_i=False)])
    second = make_edition(
        "2024-25",
        [make_school("A", 210), make_school("B", 350, "C"), make_school("C", 70, title_i=False)],
        history(first),
    )
    log.send(first)
    log.send(second)
    # A: (210/700 + 210/700) / 2 = 3/10; B: (350/700 + 140/700) / 2 = 7/20; C is lower, but not of Title I-A.
    # 0.05 x 2 = 0.1, up to 1 place: A. B was the lower one of the first year, which is no cycle year.
    schools = log.schools(second)
    assert {school_id: event.after for school_id, event in schools.items()} == {"A": (CSI,), "B": (), "C": ()}
    a, reason = schools["A"], schools["A"].reasons[0]
    assert (a.before, a.changed, a.starts_on) == ((), True, NOTIFIED_ON)
    assert (reason.decision, reason.rule) == ("identified", "essa-report-card CSI-2, GEN-5")
    assert reason.numbers["average"] == "3/10"
    assert reason.numbers["index_2023-24"] == reason.numbers["index_2024-25"] == "3/10"
    assert (reason.numbers["rank"], reason.numbers["ranked"], reason.numbers["places"]) == ("1", "2", "1")
    assert (reason.numbers["cut"], reason.numbers["years_used"]) == ("3/10", "2023-24, 2024-25")
    assert reason.sentence == (
        "Identified for comprehensive support: its average of 30.0 percent over 2023-24, 2024-25 is number 1 of 2 from "
        "the lowest. The lowest 5.0 percent, rounded up to 1 of 2, reach up to 30.0 percent."
    )
    assert schools["B"].reasons[0].decision == "not_identified"
    assert schools["C"].reasons[0].decision == "not_evaluated"


def test_the_answer_has_the_editions_form_opened_schools_closed_and_its_checksum_fits(log: Log) -> None:
    edition = make_edition("2024-25", [make_school("B", 300), make_school("A", 200)])
    log.send(edition)
    opened, *schools, closed = log.published()
    assert isinstance(opened, DesignationsOpened) and isinstance(closed, DesignationsClosed)
    assert opened.chapters == CHAPTERS
    assert [event.school_id for event in schools] == ["A", "B"]  # type: ignore[attr-defined]
    assert (closed.schools, closed.changed) == (2, 0)  # one year of scores each: nobody has an average
    assert closed.checksum == fingerprint(log.published_bytes()[:-1])
    assert opened.event_id == fact_id("designations.opened", edition_id_of(edition))


def status_line(log: Log) -> tuple[list[Event], list[Event], list[Event], list[Event]]:
    """A and B from 2020-21 to 2024-25: A is identified in 2021-22, goes on in 2023-24, and leaves in 2024-25."""
    first = make_edition("2020-21", [make_school("A", 200), make_school("B", 300, "D")])
    cycle = make_edition("2021-22", [make_school("A", 200), make_school("B", 300, "D")], history(first))
    between = make_edition("2023-24", [make_school("A", 400, "B"), make_school("B", 210)], history(first, cycle))
    last = make_edition("2024-25", [make_school("A", 400, "B"), make_school("B", 210)], history(first, cycle, between))
    for edition in (first, cycle, between, last):
        log.send(edition)
    return first, cycle, between, last


def test_a_status_goes_on_between_cycles_and_ends_when_the_school_is_above_and_better(log: Log) -> None:
    _, cycle, between, last = status_line(log)
    assert log.schools(cycle)["A"].after == (CSI,)
    assert (log.schools(between)["A"].before, log.schools(between)["A"].after) == ((CSI,), (CSI,))
    assert log.schools(between)["A"].changed is False
    a, b = log.schools(last)["A"], log.schools(last)["B"]
    # A: (400 + 400 + 200) / 2100 = 10/21 = 0.476; B: (210 + 210 + 300) / 2100 = 12/35 = 0.343: the one place is B's.
    assert (a.before, a.after, a.changed) == ((CSI,), (), True)
    assert (a.reasons[0].decision, a.reasons[0].numbers["finding"]) == ("exited", "letter_rose")
    assert (a.reasons[0].numbers["baseline_letter"], a.reasons[0].numbers["letter"]) == ("F", "B")
    assert a.reasons[0].numbers["average"] == "10/21"
    assert (b.before, b.after, b.reasons[0].decision) == ((), (CSI,), "identified")
    assert b.reasons[0].numbers["average"] == "12/35"


def test_a_corrected_old_year_is_decided_by_its_own_history_not_by_what_came_later(log: Log) -> None:
    first, cycle, _, _ = status_line(log)
    corrected = make_edition("2021-22", [make_school("A", 400, "B"), make_school("B", 300, "D")], history(first), cut=2)
    log.send(corrected)
    # A: (400 + 200) / 1400 = 3/7 = B's (300 + 300) / 1400 = 3/7: both at the cut, both in.
    assert {i: (e.before, e.after) for i, e in log.schools(corrected).items()} == {
        "A": ((), (CSI,)),
        "B": ((), (CSI,)),
    }
    tie = "comprehensive_support: all 2 ranked schools tie"
    assert (tie in log.closed(corrected).warnings, tie in log.closed(cycle).warnings) == (True, False)


def test_a_school_without_a_rating_keeps_its_status_and_a_school_missed_out_gets_it_back(log: Log) -> None:
    first = make_edition("2020-21", [make_school("A", 200), make_school("B", 300, "D")])
    cycle = make_edition("2021-22", [make_school("A", 200), make_school("B", 300, "D")], history(first))
    absent = make_edition("2022-23", [make_school("B", 300, "D")], history(first, cycle))
    unrated = make_edition(
        "2024-25", [make_school("A", None), make_school("B", 300, "D")], history(first, cycle, absent)
    )
    for edition in (first, cycle, absent, unrated):
        log.send(edition)
    assert set(log.schools(absent)) == {"B"}
    a = log.schools(unrated)["A"]
    assert (a.before, a.after, a.reasons[0].decision) == ((CSI,), (CSI,), "continued")
    assert a.reasons[0].numbers["finding"] == "not_rated"
    # B alone is ranked: 0.05 x 1, up to 1 place; a school alone is a member.
    assert log.schools(unrated)["B"].after == (CSI,)


def test_the_same_log_gives_the_same_bytes_in_an_empty_database(log: Log, database_url: str) -> None:
    status_line(log)
    published = log.published_bytes()
    with log.engine.begin() as connection:
        connection.execute(sa.text("drop schema designation cascade"))
    again = Log(prepare(database_url, "designation"))
    assert again.published_bytes() == []
    status_line(again)
    again.engine.dispose()
    assert again.published_bytes() == published


def test_a_repeated_message_is_applied_once(log: Log) -> None:
    edition = make_edition("2024-25", [make_school("A", 200), make_school("B", 300)])
    handled = log.send([message for message in edition for _ in range(2)])
    assert (handled.applied, handled.duplicates, handled.rejected) == (len(edition), len(edition), 0)
    assert len(log.published()) == 4  # opened, A, B, closed


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("a message is missing", "'school': 2, 'state': 1} entities, {'district': 1, 'school': 1, 'state': 1} came"),
        ("a message was changed", "the checksum does not fit"),
        ("the order was changed", "the checksum does not fit"),
        ("the history was never decided", "of 2023-24, its history, is not decided"),
        ("the chapter lacks a value", "the chapter has no cycle_years; add it with value, tag and source"),
        ("the edition was never opened", "was never opened"),
    ],
)
def test_an_edition_that_is_not_whole_is_refused_with_the_reason_and_decides_nothing(
    log: Log, spoil: str, reason: str
) -> None:
    schools = [make_school("A", 200), make_school("B", 300)]
    edition = make_edition("2024-25", schools)
    if spoil == "a message is missing":
        edition.pop(1)
    if spoil == "a message was changed":
        edition[1] = make_edition("2024-25", [make_school("A", 201), make_school("B", 300)])[1]
    if spoil == "the order was changed":
        edition[1], edition[2] = edition[2], edition[1]
    if spoil == "the history was never decided":
        edition = make_edition("2024-25", schools, {"2023-24": fact_id("edition", "2023-24", 1)})
    if spoil == "the chapter lacks a value":
        lacking = {name: entry for name, entry in CHAPTERS["designation"].items() if name != "cycle_years"}
        edition = make_edition("2024-25", schools, chapters={**CHAPTERS, "designation": lacking})
    if spoil == "the edition was never opened":
        edition.pop(0)
    log.send(edition)
    assert log.published() == []
    assert reason in log.rejections()[-1].reason
    # its twin: the next edition goes through as if nothing had been
    whole = make_edition("2022-23", schools)
    assert log.send(whole).rejected == 0
    assert len(log.published()) == 4


def test_a_message_after_the_closing_one_is_refused(log: Log) -> None:
    edition = make_edition("2024-25", [make_school("A", 200)])
    log.send(edition)
    late = make_edition("2024-25", [make_school("A", 200), make_school("Z", 200)])[2]
    handled = log.send([late])
    assert handled.rejected == 1
    assert "is closed already" in log.rejections()[-1].reason


def test_a_mended_closing_message_decides_what_the_refused_one_could_not(log: Log) -> None:
    edition = make_edition("2024-25", [make_school("A", 200), make_school("B", 300)])
    closing = edition[-1]
    assert isinstance(closing, EditionClosed)
    wrong = closing.model_copy(update={"checksum": "0" * 64})
    assert log.send([*edition[:-1], wrong]).rejected == 1
    right = close(edition[:-1], schools=2).model_copy(update={"event_id": fact_id("edition.closed", "again")})
    assert log.send([right]).applied == 1
    assert len(log.published()) == 4
