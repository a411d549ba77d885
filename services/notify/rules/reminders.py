"""Says which mails a notice asks for on a day: the opening, reminders before the last day, escalations after it."""

from dataclasses import dataclass
from datetime import date

from services.notify.rules.deadlines import Days, days_after
from services.notify.rules.lifecycle import OPEN, OVERDUE, SENT, Life

DISTRICT, STATE_OFFICE = "district", "state_office"
OPENED, WITHDRAWN_MAIL, UNDELIVERABLE = "opened", "withdrawn", "undeliverable"
EVIDENCE_LATE, EVIDENCE_LATE_STATE = "evidence_late", "evidence_late.state_office"
REMINDER, ESCALATION = "reminder", "escalation"


@dataclass(frozen=True)
class Rung:
    """One step of the escalation: so many days after the last day, to whom, in which role."""

    after: int
    to: str
    role: str


@dataclass(frozen=True)
class Schedule:
    """Days before the last day on which to remind (0: the day itself), and the rungs after it; the kind's unit."""

    days: Days
    remind_before: tuple[int, ...]
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Purpose:
    """Why a mail is sent: once per notice, for ever. `to` is the district office or the state office."""

    name: str
    to: str


def mails_due(
    life: Life, starts_on: date, due_on: date, known_on: date, schedule: Schedule, today: date
) -> list[Purpose]:
    """The mails a notice asks for today, sent or not; the caller leaves out those it knows of.

    Opening: from the legal start on. Reminders: while open, the newest only, and none for a day that had gone
    by when the notice became known. Escalations: while overdue, every rung reached. Proof late: district and state.
    """
    asked: list[Purpose] = []
    if life.state in (OPEN, OVERDUE) and today >= starts_on:
        asked.append(Purpose(OPENED, DISTRICT))
    if life.state == OPEN:
        asked += _reminder(due_on, known_on, schedule, today)
    if life.state == OVERDUE:
        asked += [
            Purpose(f"{ESCALATION}.{rung.after}.{rung.role}", rung.to)
            for rung in schedule.rungs
            if today >= days_after(due_on, rung.after, schedule.days)
        ]
    if life.state == SENT and life.evidence_late and life.evidence is None:
        asked += [Purpose(EVIDENCE_LATE, DISTRICT), Purpose(EVIDENCE_LATE_STATE, STATE_OFFICE)]
    return asked


def reminder_days(due_on: date, schedule: Schedule) -> dict[int, date]:
    """The day of each reminder, earliest first."""
    ahead = sorted(schedule.remind_before, reverse=True)
    return {before: days_after(due_on, -before, schedule.days) for before in ahead}


def _reminder(due_on: date, known_on: date, schedule: Schedule, today: date) -> list[Purpose]:
    reached = [before for before, day in reminder_days(due_on, schedule).items() if known_on < day <= today <= due_on]
    return [Purpose(f"{REMINDER}.{reached[-1]}", DISTRICT)] if reached else []
