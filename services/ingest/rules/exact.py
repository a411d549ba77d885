"""Decides whether a number with decimal places is exact enough for what it counts, and how many of its parts it is.

A number stays a number in the body; the parts (cents, thousandths of a position) are what rules compare.
"""

import math
import re
from decimal import Decimal
from typing import Any

from services.ingest.rules.shapes import Check, Errors, Leaf, Values

_DIGITS = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_TOO_LARGE = 10**12  # with three decimal places a double still holds every digit


def decimal(places: int, lowest: Decimal | int | None = None, highest: Decimal | int | None = None) -> Check:
    """A number of at most so many decimal places, or its digits as text, which become the number."""

    def look(value: Any, errors: Errors) -> Any:
        number = _number(value)
        if number is None:
            errors.append(("", "must be a number"))
        elif number != round(number, places):
            errors.append(("", f"must have at most {places} decimal places"))
        elif (lowest is not None and number < lowest) or (highest is not None and number > highest):
            errors.append(("", f"must be {lowest} {'or more' if highest is None else f'to {highest}'}"))
        else:
            return int(number) if number == int(number) else float(number)
        return value

    def at_once(values: Values) -> Values | None:
        errors: Errors = []
        right = [look(value, errors) for value in values]
        return None if errors else right

    return Leaf(look, at_once)


def parts(value: int | float, places: int) -> int:
    """A number that `decimal` let pass, in its smallest parts: 3.14 with two places is 314."""
    return int(Decimal(str(value)).scaleb(places))


def _number(value: Any) -> Decimal | None:
    if type(value) is str:
        number = Decimal(value) if _DIGITS.fullmatch(value) else None
    elif type(value) is int or (type(value) is float and math.isfinite(value)):
        number = Decimal(repr(value))  # the shortest text that means this number: what the client wrote
    else:
        return None
    return number if number is not None and abs(number) < _TOO_LARGE else None
