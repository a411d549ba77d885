"""School years, written "2024-25": which one a day falls in, the one before, the range between."""

import re
from datetime import date
from functools import lru_cache

_FORM = re.compile(r"(\d{4})-(\d{2})")


@lru_cache(1024)
def parse(text: str) -> int:
    """The calendar year in which the school year ends: "2024-25" is 2025. Raises ValueError with the mend."""
    match = _FORM.fullmatch(text)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValueError(f"{text!r} is no school year; write it like 2024-25")
    return int(match[1]) + 1


@lru_cache(1024)
def ending(year: int) -> str:
    """The school year that ends in a calendar year: 2025 is "2024-25"."""
    return f"{year - 1}-{year % 100:02d}"


def previous(school_year: str) -> str:
    """The school year before."""
    return ending(parse(school_year) - 1)


def of_day(day: date, first_month: int = 7) -> str:
    """The school year a day falls in, when years turn on the first of `first_month`."""
    return ending(day.year + (day.month >= first_month))
