"""Numbers of the chapter, which are written as text: whole ones and exact ones."""

from fractions import Fraction
from typing import Any

from shared.policy.reader import PolicyError


def whole(name: str, text: Any) -> int:
    """A whole number, not negative. Raises PolicyError with the entry's name."""
    if not isinstance(text, str) or not text.isdecimal():
        raise PolicyError(f"{name}: {text!r} is no whole number; write it in digits")
    return int(text)


def exact(name: str, text: Any) -> Fraction:
    """An exact number. Raises PolicyError with the entry's name."""
    try:
        return Fraction(text)
    except (ValueError, TypeError, ZeroDivisionError):
        raise PolicyError(f"{name}: write an exact number such as 5 or 97.5") from None


def percent(name: str, text: Any) -> str:
    """A percent as it is written, between 0 and 100. Raises PolicyError with the entry's name."""
    if not 0 <= exact(name, text) <= 100:
        raise PolicyError(f"{name}: {text} is no percent; write a number from 0 to 100")
    return str(text)
