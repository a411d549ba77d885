"""How parts of the chapter are read: a value's name and what makes it what it must be."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

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
