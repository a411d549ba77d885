"""Decides whether a student can be in a group that the law bounds by age and time.

Only what the body itself tells is looked at: without a birth date and a day to count from nothing is refused.
Source: essa-report-card SUBG-7, SUBG-9.
"""

from calendar import monthrange
from collections.abc import Set
from datetime import date

from services.ingest.rules.bodies import Body
from services.ingest.rules.descriptors import Limits
from services.ingest.rules.shapes import Errors

MIGRANT, FOSTER = "migrant", "foster_care"


def check_claims(told: Body, groups: Set[str], limits: Limits, errors: Errors) -> None:
    """Adds why a student cannot be migrant, or in foster care, as of the day that the extension names."""
    migrant = told.get("migrant") if MIGRANT in groups else None
    foster = told.get("fosterCare") if FOSTER in groups else None
    if migrant is None and foster is None:
        return
    if told.get("asOf") is None:
        errors.append(("._ext.schoolmark.asOf", "asOf is required with migrant or fosterCare"))
        return
    day = date.fromisoformat(told["asOf"])
    if migrant is not None:
        _check_migrant(migrant, day, limits, errors)
    if foster is not None:
        _check_foster(foster, day, limits, errors)


def _check_migrant(told: Body, day: date, limits: Limits, errors: Errors) -> None:
    where, (lowest, highest) = "._ext.schoolmark.migrant", limits.migrant_ages
    if not lowest <= _age(told["birthDate"], day) <= highest:
        errors.append((f"{where}.birthDate", f"must give an age of {lowest} to {highest} for a migrant student"))
    moved = date.fromisoformat(told["movedOn"])
    if moved > day or _months_later(moved, limits.migrant_months) < day:
        text = f"must be at most {limits.migrant_months} months before asOf for a migrant student, and not after it"
        errors.append((f"{where}.movedOn", text))


def _check_foster(told: Body, day: date, limits: Limits, errors: Errors) -> None:
    highest = limits.foster_age_placed if told.get("placementActive") else limits.foster_age
    if not 0 <= _age(told["birthDate"], day) <= highest:
        text = (
            f"must give an age of at most {limits.foster_age} for foster care, "
            f"or at most {limits.foster_age_placed} with placementActive"
        )
        errors.append(("._ext.schoolmark.fosterCare.birthDate", text))


def _age(born: str, day: date) -> int:
    """Full years; who is born on 29 February is a year older on 1 March of a common year."""
    birth = date.fromisoformat(born)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
