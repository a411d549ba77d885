"""School years of the sample: their first and last day, the days of instruction and the days of testing."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

LAST_YEAR = 2025  # the school year 2024-25 is the last of every sample
_FREE_DAYS_AT_THANKSGIVING = 5


@dataclass(frozen=True)
class Term:
    """One school year, named by the calendar year in which it ends."""

    year: int

    @property
    def label(self) -> str:
        """The year as people and folders write it: 2024-25."""
        return f"{self.year - 1}-{self.year % 100:02d}"

    @property
    def before(self) -> "Term":
        """The school year before."""
        return Term(self.year - 1)

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Every day of instruction, in order."""
        first = _weekday_from(date(self.year - 1, 8, 4), 0)
        last = _weekday_from(date(self.year, 5, 21), 4)
        span = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return tuple(day for day in span if day.weekday() < 5 and not self._is_free(day))

    def _is_free(self, day: date) -> bool:
        labour_day = _weekday_from(date(self.year - 1, 9, 1), 0)
        thanksgiving_week = _weekday_from(date(self.year - 1, 11, 22), 3) - timedelta(days=3)
        king_day = _weekday_from(date(self.year, 1, 15), 0)
        spring_break = _weekday_from(date(self.year, 3, 8), 0)
        return (
            day in (labour_day, king_day)
            or 0 <= (day - thanksgiving_week).days < _FREE_DAYS_AT_THANKSGIVING
            or date(self.year - 1, 12, 18) <= day <= date(self.year, 1, 4)
            or 0 <= (day - _weekday_from(date(self.year - 1, 10, 8), 0)).days < 2
            or 0 <= (day - spring_break).days < 5
        )

    @property
    def first_day(self) -> date:
        """The first day of instruction, on which most students enter."""
        return self.days[0]

    @property
    def last_day(self) -> date:
        """The last day of instruction."""
        return self.days[-1]

    @cached_property
    def testing(self) -> tuple[int, int]:
        """The places, in `days`, of the first day of the test window and of the first day after it."""
        opens = _weekday_from(date(self.year, 4, 14), 0)
        closes = opens + timedelta(days=25)
        first = next(place for place, day in enumerate(self.days) if day >= opens)
        return first, next(place for place, day in enumerate(self.days) if day >= closes)

    def test_day(self, sitting: int) -> date:
        """The day of one sitting of the window: the first Monday, the Wednesday after, and so on."""
        return self.days[self.testing[0] + 2 * sitting]


def terms(years: int) -> list[Term]:
    """The year before the first scored one, then the scored years up to the last."""
    return [Term(year) for year in range(LAST_YEAR - years, LAST_YEAR + 1)]


def _weekday_from(day: date, weekday: int) -> date:
    """The first such weekday on or after a day; Monday is 0."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)
