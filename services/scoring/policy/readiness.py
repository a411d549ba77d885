"""The part of the chapter on college and career readiness: whose students, which scores and certificates (COMP-7)."""

from datetime import date
from typing import Any

from services.scoring.policy.reading import Read
from services.scoring.rules.full_year import LAST_DAY_ENROLLED, FullYear
from services.scoring.rules.readiness import WHOLE, ReadinessLaw
from shared.vocabulary import school_years

STRICT, SPLIT = "strict", "split"


def law(read: Read, school_year: str, full_year: FullYear) -> ReadinessLaw:
    """As the chapter says for a school year."""
    return ReadinessLaw(
        grade=read("readiness_grade", str),
        snapshot=read("readiness_snapshot", lambda told: _day(told, school_year)),
        counts_exit_day=full_year.exit_date == LAST_DAY_ENROLLED,
        halves=read("act_marks", _halves),
        needs_both=read("act_mode", _needs_both),
        alone=read("work_certificates", lambda told: frozenset(told["alone"])),
        with_credential=read("work_certificates", lambda told: frozenset(told["with_credential"])),
    )


def _day(told: str, school_year: str) -> date:
    """A month and day, such as 03-31, in a school year."""
    ends = school_years.parse(school_year)
    days = (date.fromisoformat(f"{year}-{told}") for year in (ends - 1, ends))
    return next(day for day in days if school_years.of_day(day) == school_year)


def _halves(told: Any) -> tuple[dict[str, int], ...]:
    if len(told) != WHOLE:
        raise ValueError(f"{len(told)} parts; write {WHOLE}, each with its least sub-scores")
    return tuple({name: int(least) for name, least in part.items()} for part in told)


def _needs_both(told: str) -> bool:
    if told not in (STRICT, SPLIT):
        raise ValueError(f"{told!r} is neither {STRICT} nor {SPLIT}")
    return told == STRICT
