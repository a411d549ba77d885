"""Counts legal days: the last day of a duty, days before and after it, and when a day ends. Source: NOTICE-2."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CALENDAR, WORKING = "calendar_days", "working_days"
EXCLUSIVE, INCLUSIVE = "exclusive", "inclusive"
OWN_CLOCK, PUBLISHED_DATE = "own_clock", "published_date"
_SATURDAY = 5


@dataclass(frozen=True)
class Days:
    """How days are counted: every calendar day, or weekdays that are no holiday."""

    unit: str
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Published:
    """A last day that an authority printed for a start; `override` says why it may differ from the count."""

    starts_on: date
    due_on: date
    override: str | None = None


@dataclass(frozen=True)
class Clock:
    """A legal clock: how many days, counted how, from which start, in whose time zone."""

    length: int
    days: Days
    start: str
    zone: str
    roll_forward: bool = False
    published: Published | None = None
    late_identified: str = OWN_CLOCK


@dataclass(frozen=True)
class Due:
    """The last day of a duty and, in words, how it was found."""

    on: date
    method: str


def due(clock: Clock, starts_on: date) -> Due:
    """The last day for a duty that starts on a day: the published one where there is one, else the counted one.

    A published day goes for its own start; for later starts up to it only if the policy says PUBLISHED_DATE.
    """
    printed = clock.published
    if printed and (starts_on == printed.starts_on or _is_told_late(clock, printed, starts_on)):
        return Due(printed.due_on, f"published {printed.due_on}; {_words(clock, printed.starts_on)}")
    return Due(due_day(clock, starts_on), _words(clock, starts_on))


def due_day(clock: Clock, starts_on: date) -> date:
    """The counted last day. An exclusive start is day 0, an inclusive one day 1 if it is a day that counts."""
    before_first = starts_on if clock.start == EXCLUSIVE else starts_on - timedelta(days=1)
    counted = days_after(before_first, clock.length, clock.days)
    if clock.roll_forward and not is_working_day(counted, clock.days):
        return days_after(counted, 1, Days(WORKING, clock.days.holidays))
    return counted


def verify(clock: Clock) -> Clock:
    """The clock itself, once its published day equals the counted one or carries a reason why not. Else ValueError."""
    for name, given, known in (
        ("day_unit", clock.days.unit, (CALENDAR, WORKING)),
        ("start", clock.start, (EXCLUSIVE, INCLUSIVE)),
        ("late_identified_due", clock.late_identified, (OWN_CLOCK, PUBLISHED_DATE)),
    ):
        if given not in known:
            raise ValueError(f"{name} {given!r} is none of {', '.join(known)}")
    if clock.length < 1:
        raise ValueError(f"days {clock.length}: a clock runs one day or more")
    printed = clock.published
    counted = due_day(clock, printed.starts_on) if printed else None
    if printed and counted != printed.due_on and not printed.override:
        raise ValueError(
            f"published.due_on {printed.due_on} differs from the counted {counted} "
            f"({_words(clock, printed.starts_on)}); mend the method, or add published.override with the reason"
        )
    return clock


def days_after(day: date, number: int, days: Days) -> date:
    """The day that is `number` counted days later; a negative number counts backwards; 0 is the day itself."""
    if days.unit == CALENDAR:
        return day + timedelta(days=number)
    step = timedelta(days=1 if number > 0 else -1)
    left = abs(number)
    while left:
        day += step
        left -= is_working_day(day, days)
    return day


def days_between(first: date, last: date, days: Days) -> int:
    """How many counted days lie after `first` up to and with `last`; 0 when `last` is not later."""
    if last <= first:
        return 0
    if days.unit == CALENDAR:
        return (last - first).days
    span = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
    return sum(is_working_day(day, days) for day in span)


def is_working_day(day: date, days: Days) -> bool:
    """Monday to Friday and on no holiday of the list."""
    return day.weekday() < _SATURDAY and day not in days.holidays


def local_day(moment: datetime, zone: str) -> date:
    """The day a moment falls on in the clock's own zone: a duty ends when that day does, at local midnight."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone falls on no certain day")
    return moment.astimezone(ZoneInfo(zone)).date()


def _is_told_late(clock: Clock, printed: Published, starts_on: date) -> bool:
    return clock.late_identified == PUBLISHED_DATE and printed.starts_on < starts_on <= printed.due_on


def _words(clock: Clock, starts_on: date) -> str:
    off = f"{len(clock.days.holidays)} holidays listed" if clock.days.holidays else "no holidays"
    rolled = ", a day off rolls to the next working day" if clock.roll_forward else ""
    unit = clock.days.unit.replace("_", " ")
    return f"{clock.length} {unit} from {starts_on}, start {clock.start}, {off}{rolled}"
