"""The part of the chapter on attendance: what is absence, on which days, and how much of it is chronic (OTH-1)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from services.scoring.policy.reading import Read, window
from services.scoring.rules.attendance import AttendanceLaw
from services.scoring.rules.full_year import FullYear, Window


def law(read: Read, school_year: str, full_year: FullYear) -> AttendanceLaw:
    """As the chapter says for a school year, the last day enrolled as it says for the full academic year."""
    return AttendanceLaw(
        share=read("chronic_absence", lambda told: Fraction(told["share"])),
        least_days=read("chronic_absence", lambda told: int(told["least_days"])),
        categories=read("absence_categories", frozenset),
        actions=read("absence_actions", frozenset),
        calendar=read("school_calendars", lambda told: _calendar(told, school_year)),
        exit_date=full_year.exit_date,
    )


def _calendar(told: Mapping[str, Any], school_year: str) -> Window:
    if school_year not in told:
        raise ValueError(f"has no {school_year}; add its first and last day and closures")
    return window(told[school_year])
