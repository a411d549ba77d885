"""Chronic absence: the worked cases of tests/cases/scoring/oth_1.yaml, by the real chapter, and any year day by day."""

import random
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.scoring import policy
from services.scoring.rules import attendance
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import without
from services.scoring.rules.reasons import TOO_FEW_DAYS
from shared.policy import reader
from tests.rules.frames_by_hand import YEAR, frames, where
from tests.rules.students_by_hand import DIRECTORY, counted_of, law_of, of_levels, stay

CASES = reader.read(Path(__file__).parents[1] / "cases" / "scoring" / "oth_1.yaml")
WHOLE = law_of()
assert WHOLE.attendance
LAW = WHOLE.attendance
DAYS = LAW.calendar.days()
AFTER = DAYS[-1] + timedelta(days=1)


def on(number: str) -> date | None:
    return {"none": None, "after": AFTER}[number] if number in ("none", "after") else DAYS[int(number) - 1]


def state_of(case: dict[str, Any]) -> Frames:
    stays = [stay("1", at, entry_date=on(first), exit_date=on(last)) for at, first, last in case["stays"]]
    missed = _of_others()
    for at, first, last, *told in case["missed"]:
        category, share = [*told, *("unexcused_absence", "100")[len(told) :]]
        for day in DAYS[int(first) - 1 : int(last)]:
            missed.append(stay("1", at, day=day, category=category, share_of_day=int(share)))
    actions = [
        stay("1", at, action_id=str(number), day=on(day), kinds=[kind])
        for number, (at, day, kind) in enumerate(case.get("actions", ()))
    ]
    return frames(DIRECTORY, enrollments=stays, attendance=missed, actions=actions)


def _of_others() -> list[dict[str, Any]]:
    """Districts A and B sent attendance, of students who are not asked about."""
    return [stay("0", at, day=DAYS[0], category="present", share_of_day=100) for at in ("A1", "B1")]


def words(facts: Frames) -> dict[str, str]:
    """Of a state of one student: each entity, and yes, no or few."""
    found: dict[str, str] = {}
    for rows in of_levels(attendance.heads, facts, LAW).values():
        for row in rows.rows(named=True):
            chronic, why = row[attendance.CHRONIC], row[without(attendance.CHRONIC)]
            assert (chronic is None) == (why == TOO_FEW_DAYS)
            entity = "state" if row["entity"] == where("state").state else row["entity"]
            assert entity not in found  # a student is one
            found[entity] = {None: "few", 0: "no", 1: "yes"}[chronic]
    return found


@pytest.mark.parametrize("case", CASES["shares"], ids=str)
def test_days_missed_are_compared_unrounded(case: dict[str, str]) -> None:
    is_chronic = attendance.is_share(pl.lit(int(case["missed"])), pl.lit(int(case["of"])), LAW.share)
    assert pl.select(is_chronic).item() == (case["chronic"] == "yes")


def test_the_calendar_has_the_days_of_the_cases() -> None:
    assert len(DAYS) == int(CASES["calendar_days"])


@pytest.mark.parametrize("case", CASES["students"], ids=lambda case: case["name"])
def test_who_is_chronically_absent(case: dict[str, Any]) -> None:
    assert words(state_of(case)) == case["chronic"]


def test_of_a_district_that_sent_no_attendance_nothing_is_known() -> None:
    stays = [stay("1", at, entry_date=DAYS[0], exit_date=None) for at in ("A1", "B1")]
    sent = [stay("0", "A2", day=DAYS[0], category="present", share_of_day=100)]  # of another school of district A
    assert words(frames(DIRECTORY, enrollments=stays, attendance=sent)) == {"A1": "no", "A": "no", "state": "no"}
    assert words(frames(DIRECTORY, enrollments=stays)) == {}


def test_a_day_without_school_is_not_missed() -> None:
    closed = next(day for day in sorted(LAW.calendar.closures) if day.weekday() < 5 and day > DAYS[9])
    sunday = next(day for day in (DAYS[0] + timedelta(days=n) for n in range(7)) if day.weekday() == 6)
    missed = [stay("1", "A1", day=day, category="excused_absence", share_of_day=100) for day in (closed, sunday)]
    told = frames(DIRECTORY, enrollments=[stay("1", "A1", entry_date=DAYS[0])], attendance=missed)
    # 0 of 180 days; with ten days enrolled around the closure too
    assert words(told)["A1"] == "no"
    around = stay("1", "A1", entry_date=DAYS[0], exit_date=DAYS[9])
    assert words(frames(DIRECTORY, enrollments=[around], attendance=missed))["A1"] == "no"


def test_of_nobody_eligible_there_is_no_rate() -> None:
    nine_days = stay("1", "A1", entry_date=DAYS[0], exit_date=DAYS[8])
    for told in (frames(DIRECTORY), frames(DIRECTORY, enrollments=[nine_days], attendance=_of_others())):
        for rows in of_levels(attendance.heads, told, LAW).values():
            assert not any(counted_of(rows, attendance.MEASURES).values())


def test_another_year_is_not_counted() -> None:
    before = {"school_year": "2022-23", "entry_date": DAYS[0]}
    told = frames(
        DIRECTORY,
        enrollments=[stay("1", "A1", entry_date=DAYS[0], exit_date=DAYS[9]), stay("2", "A1", **before)],
        attendance=[
            *_of_others(),
            stay("1", "A1", "2022-23", day=DAYS[2], category="excused_absence", share_of_day=100),
        ],
    )
    assert words(told) == {"A1": "no", "A": "no", "state": "no"}


def by_hand(facts: Frames, student: str, at: frozenset[str]) -> str | None:
    """Day by day: at any of the schools, the days enrolled and the hundredths missed of them."""
    enrolled: set[date] = set()
    for row in facts.enrollments.rows(named=True):
        if row["student_id"] == student and row["school_id"] in at:
            enrolled |= {day for day in DAYS if row["entry_date"] <= day <= (row["exit_date"] or date.max)}
    missed: dict[date, int] = {}
    for row in facts.attendance.rows(named=True):
        if row["student_id"] == student and row["school_id"] in at and row["category"] != "present":
            missed[row["day"]] = missed.get(row["day"], 0) + row["share_of_day"]
    if not any(row["student_id"] == student and row["school_id"] in at for row in facts.enrollments.rows(named=True)):
        return None
    if len(enrolled) < 10:
        return "few"
    share = Fraction(sum(min(part, 100) for day, part in missed.items() if day in enrolled), 100 * len(enrolled))
    return "yes" if share >= Fraction(1, 10) else "no"


@pytest.mark.parametrize("seed", range(3))
def test_any_year_counts_as_its_days_say(seed: int) -> None:
    dice, students = random.Random(seed), [str(number) for number in range(40)]
    stays, missed = {}, {}
    for student in students:
        for _ in range(dice.randint(0, 3)):
            first = dice.choice((0, dice.randint(0, 170)))
            last = dice.choice((None, DAYS[min(179, first + dice.randint(0, 40))]))
            at = dice.choice(("A1", "A1", "A2", "B1"))
            stays[student, at, first] = stay(student, at, entry_date=DAYS[first], exit_date=last)
        for _ in range(dice.choice((0, 5, 40, 150))):
            at, day = dice.choice(("A1", "A1", "A2", "B1")), DAYS[0] + timedelta(days=dice.randint(0, 290))
            category = dice.choice(("excused_absence", "unexcused_absence", "present"))
            share = dice.choice((100, 100, 50, 25, 0))
            missed[student, at, day, category] = stay(student, at, day=day, category=category, share_of_day=share)
    facts = frames(DIRECTORY, enrollments=list(stays.values()), attendance=list(missed.values()))
    places = {"A1": {"A1"}, "A2": {"A2"}, "B1": {"B1"}, "A": {"A1", "A2"}, "B": {"B1"}, "ms": {"A1", "A2", "B1"}}
    expected = {
        (entity, student): word
        for entity, schools in places.items()
        for student in students
        if (word := by_hand(facts, student, frozenset(schools)))
    }
    found = {
        (row["entity"], row["student_id"]): {None: "few", 0: "no", 1: "yes"}[row[attendance.CHRONIC]]
        for rows in of_levels(attendance.heads, facts, LAW).values()
        for row in rows.rows(named=True)
    }
    assert found == expected
    assert set(found.values()) == {"yes", "no", "few"}  # each of them is met


def test_a_year_without_a_calendar_is_refused() -> None:
    chapter = reader.chapter("ms", "scoring", YEAR)
    calendars = {year: told for year, told in chapter["school_calendars"]["value"].items() if year != YEAR}
    changed = {**chapter, "school_calendars": {**chapter["school_calendars"], "value": calendars}}
    with pytest.raises(reader.PolicyError, match="school_calendars: has no 2023-24"):
        policy.law(changed, YEAR)
