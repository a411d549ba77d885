"""How values of the designation chapter are read: strictly, each error naming the value and what it must be."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from shared.policy.reader import Chapter, PolicyError, value
from shared.vocabulary import school_years

_TRUTHS = {"yes": True, "no": False}


def source(chapter: Chapter, name: str) -> str:
    """The source that a value cites."""
    value(chapter, name)
    return str(chapter[name]["source"])


def one_of(chapter: Chapter, name: str, known: Sequence[str]) -> str:
    """One of the known words."""
    text = value(chapter, name)
    if text not in known:
        raise PolicyError(f"designation {name}: {text!r} is none of {', '.join(known)}")
    return str(text)


def some_of(chapter: Chapter, name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Some of the known words, each once, in the order in which they are known."""
    told = value(chapter, name)
    if not isinstance(told, list) or not told or len(told) != len(set(told)) or set(told) - set(known):
        raise PolicyError(f"designation {name}: {told!r} is no list of some of {', '.join(known)}, each once")
    return tuple(word for word in known if word in told)


def truth(chapter: Chapter, name: str) -> bool:
    """yes or no."""
    return _TRUTHS[one_of(chapter, name, tuple(_TRUTHS))]


def count(chapter: Chapter, name: str) -> int:
    """A whole number of 1 or more."""
    return _count(name, value(chapter, name))


def share(chapter: Chapter, name: str) -> Fraction:
    """A share of a whole: more than 0, at most 1."""
    found = fraction(f"designation {name}", value(chapter, name))
    if not 0 < found <= 1:
        raise PolicyError(f"designation {name}: {found} is no share; write it between 0 and 1, such as 0.05")
    return found


def years(chapter: Chapter, name: str) -> frozenset[str]:
    """School years."""
    told = value(chapter, name)
    for year in told:
        school_years.parse(year)
    return frozenset(told)


def spans(chapter: Chapter, name: str) -> dict[str, int]:
    """First school year → how many years, the earliest first."""
    told = value(chapter, name)
    if not isinstance(told, dict) or not told:
        raise PolicyError(f"designation {name}: {told!r} names no first school year with its number of years")
    for year in told:
        school_years.parse(year)
    return {year: _count(f"{name}, {year}", told[year]) for year in sorted(told)}


def fraction(where: str, text: Any) -> Fraction:
    """A number, exact."""
    if not isinstance(text, str):
        raise PolicyError(f"{where}: {text!r} is no number in text")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise PolicyError(f"{where}: {text!r} is no number") from None


def _count(name: str, text: Any) -> int:
    if not isinstance(text, str) or not text.isdecimal() or int(text) < 1:
        raise PolicyError(f"designation {name}: {text!r} is no whole number of 1 or more")
    return int(text)
