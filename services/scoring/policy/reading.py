"""How parts of the chapter are read: a value's name and what makes it what it must be."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from services.scoring.rules.full_year import Window

T = TypeVar("T")


class Read(Protocol):
    """Gives `make(value)` of a value by its name. Raises PolicyError naming it and what it must be."""

    def __call__(self, name: str, make: Callable[[Any], T], /) -> T:
        """The value, made."""
        ...


def truth(told: str) -> bool:
    """yes or no."""
    if told not in ("yes", "no"):
        raise ValueError(f"{told!r} is neither yes nor no")
    return told == "yes"


def window(told: Mapping[str, Any]) -> Window:
    """First and last day, and the closures between: days, or spans of days such as 2023-11-20..2023-11-24."""
    closures = frozenset(day for text in told["closures"] for day in _days(text))
    return Window(date.fromisoformat(told["first"]), date.fromisoformat(told["last"]), closures)


def month_and_day(told: str) -> tuple[int, int]:
    """Such as 08-31, of any year: not the last of February."""
    day = date.fromisoformat(f"{date.min.year + 1:04}-{told}")
    return day.month, day.day


def _days(text: str) -> list[date]:
    first, _, last = text.partition("..")
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
