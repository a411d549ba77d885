"""Legal days, reminders and the one lifecycle, against cases worked out by hand in tests/cases/notify."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.notify.rules import catalog, reminders
from services.notify.rules.deadlines import (
    CALENDAR,
    WORKING,
    Clock,
    Days,
    Published,
    days_after,
    days_between,
    due,
    due_day,
    local_day,
    verify,
)
from services.notify.rules.lifecycle import (
    OPEN,
    OVERDUE,
    SENT,
    Act,
    DayBegan,
    Evidence,
    EvidenceDecided,
    EvidenceGiven,
    Life,
    NotAllowed,
    NoticeSent,
    StatusEnded,
    Terms,
    finding_is_open,
    moved,
)
from services.notify.rules.reminders import Rung, Schedule
from shared.policy.reader import read

CASES = Path(__file__).parents[1] / "cases" / "notify"
DEADLINES = read(CASES / "deadlines.yaml")
LIFECYCLE = read(CASES / "lifecycle.yaml")
REMINDERS = read(CASES / "reminders.yaml")
WEEKDAYS = Days(WORKING)
DUE = date(2012, 9, 20)
START = date(2012, 8, 9)
EDITION = UUID(int=1)
RUNGS = (
    Rung(1, "district", "district_superintendent"),
    Rung(5, "state_office", "state_office"),
    Rung(10, "state_office", "compliance_finding"),
)
SCHEDULE = Schedule(WEEKDAYS, (15, 5, 1, 0), RUNGS)


def day(text: str) -> date:
    return date.fromisoformat(text)


def clock(given: dict[str, Any]) -> Clock:
    holidays = frozenset(day(text) for text in given.get("holidays", ()))
    return Clock(
        int(given["days"]),
        Days(given["day_unit"], holidays),
        given["start"],
        "America/Chicago",
        given.get("roll_forward") == "yes",
    )


@pytest.mark.parametrize("case", DEADLINES["due_days"], ids=lambda case: case["name"])
def test_the_last_day_is_counted_as_the_clock_says(case: dict[str, Any]) -> None:
    assert due_day(clock(case["clock"]), day(case["starts_on"])) == day(case["due_on"])


@pytest.mark.parametrize("case", DEADLINES["days_late"], ids=lambda case: case["name"])
def test_days_late_are_the_counted_days_after_the_last_day(case: dict[str, Any]) -> None:
    due_on, sent_on = day(case["due_on"]), day(case["sent_on"])
    assert days_between(due_on, sent_on, WEEKDAYS) == int(case["working"])
    assert days_between(due_on, sent_on, Days(CALENDAR)) == int(case["calendar"])


@pytest.mark.parametrize("case", DEADLINES["cut_off"], ids=lambda case: case["name"])
def test_a_day_ends_at_midnight_in_the_clocks_own_zone(case: dict[str, Any]) -> None:
    assert local_day(datetime.fromisoformat(case["at"]), "America/Chicago") == day(case["day"])


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no certain day"):
        local_day(datetime(2012, 9, 20), "America/Chicago")


def test_counting_back_mirrors_counting_on() -> None:
    assert days_after(DUE, -15, WEEKDAYS) == date(2012, 8, 30)  # three whole weeks
    assert days_after(date(2012, 8, 30), 15, WEEKDAYS) == DUE
    assert days_after(DUE, 0, WEEKDAYS) == DUE


def thirty(**other: Any) -> Clock:
    return Clock(30, WEEKDAYS, "exclusive", "America/Chicago", **other)


def test_the_published_day_is_authoritative_and_says_so() -> None:
    found = due(thirty(published=Published(START, DUE)), START)
    assert found.on == DUE
    assert found.method.startswith("published 2012-09-20; 30 working days from 2012-08-09")


def test_a_published_day_that_differs_from_the_count_is_refused() -> None:
    with pytest.raises(ValueError, match="2012-09-21 differs from the counted 2012-09-20"):
        verify(thirty(published=Published(START, date(2012, 9, 21))))


def test_a_published_day_that_differs_with_a_reason_stands() -> None:
    printed = Published(START, date(2012, 9, 21), "the office was shut by a storm")
    assert due(verify(thirty(published=printed)), START).on == date(2012, 9, 21)


@pytest.mark.parametrize(
    ("starts_on", "own", "published"),
    [
        ("2012-08-08", "2012-09-19", "2012-09-19"),  # below: told earlier than published runs its own clock
        ("2012-08-09", "2012-09-20", "2012-09-20"),  # at
        ("2012-08-10", "2012-09-21", "2012-09-20"),  # above: the setting decides
        ("2012-09-20", "2012-11-01", "2012-09-20"),  # at the published day itself: Sep 20 + 42 days
        ("2012-09-21", "2012-11-02", "2012-11-02"),  # a day past cannot be met, so its own clock
    ],
)
def test_a_school_told_late_has_its_own_clock_unless_the_policy_says_otherwise(
    starts_on: str, own: str, published: str
) -> None:
    printed = Published(START, DUE)
    assert due(thirty(published=printed), day(starts_on)).on == day(own)
    assert due(thirty(published=printed, late_identified="published_date"), day(starts_on)).on == day(published)


@pytest.mark.parametrize("word", ["day_unit", "start", "late_identified_due"])
def test_an_unknown_method_is_refused_by_name(word: str) -> None:
    wrong = {
        "day_unit": Clock(30, Days("school_days"), "exclusive", "America/Chicago"),
        "start": Clock(30, WEEKDAYS, "receipt", "America/Chicago"),
        "late_identified_due": thirty(late_identified="never"),
    }[word]
    with pytest.raises(ValueError, match=f"{word} .* is none of"):
        verify(wrong)


def test_a_clock_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="one day or more"):
        verify(Clock(0, WEEKDAYS, "exclusive", "America/Chicago"))


def asked(life: Life, case: dict[str, Any], due_on: date, schedule: Schedule) -> list[str]:
    known_on = day(case["known_on"]) if "known_on" in case else date(2012, 8, 9)
    starts_on = due_on.replace(month=9, day=18) if due_on.year == 2025 else START
    return [one.name for one in reminders.mails_due(life, starts_on, due_on, known_on, schedule, day(case["day"]))]


@pytest.mark.parametrize("case", REMINDERS["opening_and_reminders"], ids=lambda case: case["day"])
def test_reminders_come_before_the_last_day(case: dict[str, Any]) -> None:
    assert asked(Life(), case, DUE, SCHEDULE) == case["asks"]


@pytest.mark.parametrize("case", REMINDERS["escalations"], ids=lambda case: case["day"])
def test_escalations_come_after_the_last_day(case: dict[str, Any]) -> None:
    assert asked(Life(state=OVERDUE), case, DUE, SCHEDULE) == case["asks"]


@pytest.mark.parametrize("case", REMINDERS["known_late"], ids=lambda case: f"{case['known_on']}, {case['day']}")
def test_a_notice_known_late_is_not_reminded_of_days_gone_by(case: dict[str, Any]) -> None:
    assert asked(Life(), case, DUE, SCHEDULE) == case["asks"]


@pytest.mark.parametrize("case", REMINDERS["calendar_kind"], ids=lambda case: case["day"])
def test_reminders_count_in_the_unit_of_the_kind(case: dict[str, Any]) -> None:
    calendar = Schedule(Days(CALENDAR), (15, 5, 1, 0), RUNGS)
    assert asked(Life(), case, date(2025, 10, 20), calendar) == case["asks"]


def test_no_mail_is_asked_for_once_the_notice_left() -> None:
    assert asked(Life(state=SENT), {"day": "2012-09-20"}, DUE, SCHEDULE) == []


def test_late_proof_asks_for_one_mail_to_each_office() -> None:
    late = Life(state=SENT, evidence_late=True)
    mails = reminders.mails_due(late, START, DUE, START, SCHEDULE, date(2012, 9, 27))
    assert [(mail.name, mail.to) for mail in mails] == [
        ("evidence_late", "district"),
        ("evidence_late.state_office", "state_office"),
    ]


@pytest.mark.parametrize(
    ("purpose", "life", "asked_still"),
    [
        ("reminder.5", Life(state=OPEN), True),
        ("reminder.5", Life(state=SENT), False),
        ("reminder.5", Life(state=OVERDUE), False),
        ("opened", Life(state=OVERDUE), True),
        ("escalation.5.state_office", Life(state=OVERDUE), True),
        ("escalation.5.state_office", Life(state=SENT), False),
        ("evidence_late", Life(state=SENT), True),
        ("evidence_late", Life(state=SENT, evidence=Evidence("postmark", "1", DUE, DUE)), False),
        ("undeliverable", Life(state=SENT), True),
        ("withdrawn", Life(state="superseded"), True),
    ],
)
def test_a_mail_that_waited_is_dropped_when_it_became_moot(purpose: str, life: Life, asked_still: bool) -> None:
    assert catalog.still_asked(purpose, life) is asked_still


TERMS = Terms(days=WEEKDAYS, follow_up=WEEKDAYS, evidence_within=10, finding_after=10)


def act(told: dict[str, Any]) -> Act:
    on = day(told["on"])
    if "sent" in told:
        return NoticeSent(on, day(told["sent"]), "letter")
    if "proof" in told:
        return EvidenceGiven(on, Evidence("postmark", "receipt 17", day(told["proof"]), on))
    if "accepted" in told:
        return EvidenceDecided(on, told["accepted"] == "yes", "" if told["accepted"] == "yes" else "no postmark")
    if "ended" in told:
        return StatusEnded(on, EDITION, None)
    return DayBegan(on)


@pytest.mark.parametrize("name", LIFECYCLE)
def test_a_notice_lives_as_its_story_says(name: str) -> None:
    life = Life()
    for told in LIFECYCLE[name]["acts"]:
        if "refused" in told:
            with pytest.raises(NotAllowed, match=told["refused"]):
                moved(life, act(told), START, DUE, TERMS)
            continue
        life = moved(life, act(told), START, DUE, TERMS)
    expected = LIFECYCLE[name]["life"]
    assert {field: as_text(getattr(life, field)) for field in expected} == expected


def as_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def test_a_finding_closes_with_the_notice() -> None:
    late = moved(Life(), DayBegan(date(2012, 10, 4)), START, DUE, TERMS)
    assert finding_is_open(late)
    proof = Evidence("postmark", "receipt 17", date(2012, 10, 4), date(2012, 10, 5))
    given = moved(late, EvidenceGiven(date(2012, 10, 5), proof), START, DUE, TERMS)
    cured = moved(given, EvidenceDecided(date(2012, 10, 5), True, ""), START, DUE, TERMS)
    assert (cured.state, cured.finding_on, finding_is_open(cured)) == ("cured", date(2012, 10, 4), False)
