"""The notify chapter, typed: each kind of notice with its clock, terms and schedule, verified as it is read."""

from datetime import date
from functools import partial
from typing import Any

from services.notify.rules.deadlines import Clock, Days, Published, verify
from services.notify.rules.lifecycle import Terms
from services.notify.rules.obligations import EVERY_YEAR, ON_IDENTIFICATION, Law
from services.notify.rules.reminders import DISTRICT, STATE_OFFICE, Rung, Schedule
from shared.policy.reader import Chapter, PolicyError, shaped, value


@shaped
def laws(chapter: Chapter) -> dict[str, Law]:
    """Every kind of notice of a chapter, by name. Raises PolicyError naming the kind, the entry and the mend."""
    return {kind: _law(chapter, kind) for kind in value(chapter, "kinds")}


def _law(chapter: Chapter, kind: str) -> Law:
    entry = partial(_entry, chapter, kind)
    try:
        clock = verify(_clock(entry))
        follow_up = Days(entry("follow_up_day_unit"), clock.days.holidays)
        correction = verify(Clock(int(entry("correction_within_days")), follow_up, clock.start, clock.zone))
        return Law(
            kind=kind,
            statuses=tuple(entry("statuses")),
            owed=_one_of(entry("owed"), ON_IDENTIFICATION, EVERY_YEAR),
            clock=clock,
            correction=correction,
            terms=Terms(clock.days, follow_up, int(entry("evidence_within_days")), int(entry("finding_after_days"))),
            schedule=_schedule(entry, clock.days),
            labels=dict(entry("labels")),
            offices=dict(entry("offices")),
            checklist=tuple(entry("checklist")),
            tell_when_withdrawn=_yes(entry("tell_when_withdrawn")),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PolicyError(f"notify.yaml, {kind}: {error}") from error


def _clock(entry: "partial[Any]") -> Clock:
    holidays = frozenset(date.fromisoformat(day) for day in entry("holidays"))
    printed = entry("published")
    return Clock(
        length=int(entry("days")),
        days=Days(entry("day_unit"), holidays),
        start=entry("start"),
        zone=entry("time_zone"),
        roll_forward=_yes(entry("roll_forward")),
        published=_published(printed) if printed else None,
        late_identified=entry("late_identified_due"),
    )


def _published(printed: dict[str, str]) -> Published:
    unknown = set(printed) - {"starts_on", "due_on", "override"}
    if unknown:
        raise ValueError(f"published: {', '.join(sorted(unknown))} is none of starts_on, due_on, override")
    return Published(
        date.fromisoformat(printed["starts_on"]), date.fromisoformat(printed["due_on"]), printed.get("override")
    )


def _schedule(entry: "partial[Any]", days: Days) -> Schedule:
    rungs = tuple(
        Rung(int(rung["after_days"]), _one_of(rung["to"], DISTRICT, STATE_OFFICE), rung["role"])
        for rung in entry("escalations")
    )
    return Schedule(days, tuple(int(before) for before in entry("remind_days_before")), rungs)


def _entry(chapter: Chapter, kind: str, name: str) -> Any:
    return value(chapter, f"{kind}.{name}")


def _yes(text: str) -> bool:
    return _one_of(text, "yes", "no") == "yes"


def _one_of(text: str, *known: str) -> str:
    if text not in known:
        raise ValueError(f"{text!r} is none of {', '.join(known)}")
    return text
