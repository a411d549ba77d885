"""Decides whether a pushed body has the shape its resource asks for, and names every place where it has not.

A check takes a value and a list of errors and gives the value in its right type. Errors are (path, message) pairs,
paths relative to the value; whoever holds the value puts its own name before them, and only when there are any.
Messages never repeat a value of the record. Source: the Ed-Fi error rules (problem details, no personal data).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Errors = list[tuple[str, str]]
Check = Callable[[Any, Errors], Any]

LARGEST_ID = 2**63 - 1
_DIGITS = re.compile(r"-?[0-9]{1,19}")


@dataclass(frozen=True)
class Field:
    """One property of an object: its name, its check, whether it must be there."""

    name: str
    check: Check
    required: bool = False


def must(name: str, check: Check) -> Field:
    """A property that has to be there."""
    return Field(name, check, required=True)


def may(name: str, check: Check) -> Field:
    """A property that may be left out, or null."""
    return Field(name, check)


def text(longest: int, *, exact: bool = False) -> Check:
    """Text of 1 to `longest` characters without NUL; `exact` (keys): no blanks at either end."""

    def check(value: Any, errors: Errors) -> Any:
        if type(value) is not str:
            errors.append(("", "must be text"))
        elif not value or len(value) > longest:
            errors.append(("", f"must have 1 to {longest} characters"))
        elif "\x00" in value:
            errors.append(("", "must not hold a NUL character"))
        elif exact and (value[0].isspace() or value[-1].isspace()):
            errors.append(("", "must not begin or end with a blank"))
        return value

    return check


def whole(lowest: int = 0, highest: int = LARGEST_ID) -> Check:
    """A whole number, or its digits as text, which become the number."""

    def check(value: Any, errors: Errors) -> Any:
        if type(value) is str and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is not int:
            errors.append(("", "must be a whole number"))
        elif not lowest <= value <= highest:
            errors.append(("", f"must be {lowest} to {highest}"))
        return value

    return check


def share(value: Any, errors: Errors) -> Any:
    """A number from 0 to 1, such as a share of a day; digits as text become the number."""
    if type(value) is str:
        try:
            value = float(value)
        except ValueError:
            value = None
    if type(value) not in (int, float) or not 0 <= value <= 1:
        errors.append(("", "must be a number from 0 to 1"))
    return value


def day(value: Any, errors: Errors) -> Any:
    """A calendar day written YYYY-MM-DD."""
    if type(value) is not str or len(value) != 10 or not _is_day(value):
        errors.append(("", "must be a day written YYYY-MM-DD"))
    return value


def moment(value: Any, errors: Errors) -> Any:
    """A day, or a day and time, in ISO 8601."""
    if type(value) is not str or not _is_moment(value):
        errors.append(("", "must be a day or a time in ISO 8601"))
    return value


def boolean(value: Any, errors: Errors) -> Any:
    """true or false, or those words as text."""
    if type(value) is str and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if type(value) is not bool:
        errors.append(("", "must be true or false"))
    return value


def email(value: Any, errors: Errors) -> Any:
    """A mail address: one @, something on both sides, no blank and no line break."""
    ok = type(value) is str and len(value) <= 254 and re.fullmatch(r"[^@\s\x00,;<>]+@[^@\s\x00,;<>]+", value)
    if not ok:
        errors.append(("", "must be a mail address"))
    return value


def one_of(meanings: Callable[[str], Any]) -> Check:
    """A descriptor whose code the chapter knows; `meanings` gives None for one it does not."""

    def check(value: Any, errors: Errors) -> Any:
        if type(value) is not str:
            errors.append(("", "must be a descriptor, uri://namespace/NameDescriptor#Code"))
        elif meanings(value) is None:
            errors.append(("", "is a descriptor this state does not use"))
        return value

    return check


def obj(*fields: Field) -> Check:
    """An object with these properties; others are let pass. Gives the object itself, values in their right types."""
    plan = [(field.name, field.check, field.required) for field in fields]

    def check(value: Any, errors: Errors) -> Any:
        if type(value) is not dict:
            errors.append(("", "must be an object"))
            return value
        for name, inner, required in plan:
            found = value.get(name)
            if found is None:
                if required:
                    errors.append((f".{name}", f"{name} is required"))
                continue
            before = len(errors)
            right = inner(found, errors)
            if len(errors) > before:
                _put_before(f".{name}", errors, before)
            elif right is not found:
                value[name] = right
        return value

    return check


def array(item: Check, *identity: str, least: int = 0) -> Check:
    """A list of objects, no two of which have the same values in the `identity` properties."""

    def check(value: Any, errors: Errors) -> Any:
        if type(value) is not list:
            errors.append(("", "must be a list"))
            return value
        if len(value) < least:
            errors.append(("", f"must have {least} or more items"))
        seen: set[str] = set()
        for place, found in enumerate(value):
            before = len(errors)
            item(found, errors)
            if len(errors) > before:
                _put_before(f"[{place}]", errors, before)
            elif identity:
                mark = repr([found.get(name) for name in identity]).casefold()
                if mark in seen:
                    errors.append((f"[{place}]", f"item {place + 1} has the same identifying values as an earlier one"))
                seen.add(mark)
        return value

    return check


def _put_before(prefix: str, errors: Errors, start: int) -> None:
    for place in range(start, len(errors)):
        path, message = errors[place]
        errors[place] = (prefix + path, message)


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return value[4] == "-"


def _is_moment(value: str) -> bool:
    if "\x00" in value or len(value) > 40:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) >= 10
