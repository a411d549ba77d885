"""Decides whether a pushed body has the shape its resource asks for, and names every place where it has not.

A check looks at one value, or at a column of values, by one declaration. Of one value it adds every (path, message) to
a list of errors and gives the value in its right type; paths are relative to the value, and whoever holds it puts its
own name before them. Of a column it marks the rows that are not right, without saying why: those are then looked at
one by one. Messages never repeat a value of the record. Source: the Ed-Fi error rules (problem details, no
personal data).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, repeat
from typing import Any, Protocol

Errors = list[tuple[str, str]]
Values = list[Any]
Looks = Callable[[Any, Errors], Any]

LARGEST_ID = 2**63 - 1
LONGEST_DESCRIPTOR = 306
_DIGITS = re.compile(r"-?[0-9]{1,19}")


class Check(Protocol):
    """What a value must be."""

    def __call__(self, value: Any, errors: Errors) -> Any:
        """The value in its right type; errors of it are added."""
        ...

    def column(self, values: Values, rows: Sequence[int], bad: set[int]) -> Values:
        """The values in their right types; the row of each value that has an error is added to `bad`."""
        ...


@dataclass(frozen=True)
class Leaf:
    """A check of a plain value. `at_once` gives a column in its right types when all are certainly right, else None."""

    look: Looks
    at_once: Callable[[Values], Values | None]

    def __call__(self, value: Any, errors: Errors) -> Any:
        return self.look(value, errors)

    def column(self, values: Values, rows: Sequence[int], bad: set[int]) -> Values:
        """As `Check.column`."""
        right = self.at_once(values)
        return right if right is not None else list(map(self._one, values, rows, repeat(bad)))

    def _one(self, value: Any, row: int, bad: set[int]) -> Any:
        errors: Errors = []
        right = self.look(value, errors)
        if errors:
            bad.add(row)
        return right


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

    def look(value: Any, errors: Errors) -> Any:
        if type(value) is not str:
            errors.append(("", "must be text"))
        elif not value or len(value) > longest:
            errors.append(("", f"must have 1 to {longest} characters"))
        elif "\x00" in value:
            errors.append(("", "must not hold a NUL character"))
        elif exact and (value[0].isspace() or value[-1].isspace()):
            errors.append(("", "must not begin or end with a blank"))
        return value

    def at_once(values: Values) -> Values | None:
        right = _are(values, str) and all(values) and max(map(len, values)) <= longest and "\x00" not in "".join(values)
        return values if right and (not exact or list(map(str.strip, values)) == values) else None

    return Leaf(look, at_once)


def digits(longest: int) -> Check:
    """Text of 1 to `longest` digits, which stays as it is: a zero in front counts."""

    def look(value: Any, errors: Errors) -> Any:
        if type(value) is not str or not value.isascii() or not value.isdigit() or len(value) > longest:
            errors.append(("", f"must be text of 1 to {longest} digits"))
        return value

    return _distinct(look)


def whole(lowest: int = 0, highest: int = LARGEST_ID) -> Check:
    """A whole number, or its digits as text, which become the number."""

    def look(value: Any, errors: Errors) -> Any:
        if type(value) is str and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is not int:
            errors.append(("", "must be a whole number"))
        elif not lowest <= value <= highest:
            errors.append(("", f"must be {lowest} to {highest}"))
        return value

    def at_once(values: Values) -> Values | None:
        if _are(values, str) and all(map(_DIGITS.fullmatch, values)):
            values = list(map(int, values))
        return values if _are(values, int) and lowest <= min(values) and max(values) <= highest else None

    return Leaf(look, at_once)


def _share(value: Any, errors: Errors) -> Any:
    if type(value) is str:
        try:
            value = float(value)
        except ValueError:
            value = None
    if type(value) not in (int, float) or not 0 <= value <= 1:
        errors.append(("", "must be a number from 0 to 1"))
    return value


def _shares(values: Values) -> Values | None:
    right = set(map(type, values)) <= {int, float} and min(values) >= 0 and max(values) <= 1
    return values if right else None


def _day(value: Any, errors: Errors) -> Any:
    if type(value) is not str or len(value) != 10 or not _is_day(value):
        errors.append(("", "must be a day written YYYY-MM-DD"))
    return value


def _moment(value: Any, errors: Errors) -> Any:
    if type(value) is not str or not _is_moment(value):
        errors.append(("", "must be a day or a time in ISO 8601"))
    return value


def _boolean(value: Any, errors: Errors) -> Any:
    if type(value) is str and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if type(value) is not bool:
        errors.append(("", "must be true or false"))
    return value


def _email(value: Any, errors: Errors) -> Any:
    ok = type(value) is str and len(value) <= 254 and re.fullmatch(r"[^@\s\x00,;<>]+@[^@\s\x00,;<>]+", value)
    if not ok:
        errors.append(("", "must be a mail address"))
    return value


def _descriptor(value: Any, errors: Errors) -> Any:
    if type(value) is not str or len(value) > LONGEST_DESCRIPTOR or not value.rpartition("#")[2].strip():
        errors.append(("", "must be a descriptor, uri://namespace/NameDescriptor#Code"))
    elif "\x00" in value:
        errors.append(("", "must not hold a NUL character"))
    return value


def _distinct(look: Looks) -> Leaf:
    """A check of texts of which a column repeats a few many times, and which stay as they are."""

    def at_once(values: Values) -> Values | None:
        errors: Errors = []
        if _are(values, str):
            for value in set(values):
                look(value, errors)
            return None if errors else values
        return None

    return Leaf(look, at_once)


share = Leaf(_share, _shares)
"""A number from 0 to 1, such as a share of a day; digits as text become the number."""
day = _distinct(_day)
"""A calendar day written YYYY-MM-DD."""
moment = _distinct(_moment)
"""A day, or a day and time, in ISO 8601."""
boolean = Leaf(_boolean, lambda values: values if _are(values, bool) else None)
"""true or false, or those words as text."""
email = _distinct(_email)
"""A mail address: one @, something on both sides, no blank and no line break."""
descriptor = _distinct(_descriptor)
"""A descriptor of any code, uri://namespace/NameDescriptor#Code, that is a part of a key."""


def word(*words: str) -> Check:
    """One of our own words."""

    def look(value: Any, errors: Errors) -> Any:
        if type(value) is not str or value not in words:
            errors.append(("", f"must be one of: {', '.join(words)}"))
        return value

    return _distinct(look)


def one_of(meanings: Callable[[str], Any]) -> Check:
    """A descriptor whose code the chapter knows; `meanings` gives None for one it does not."""

    def look(value: Any, errors: Errors) -> Any:
        if type(value) is not str:
            errors.append(("", "must be a descriptor, uri://namespace/NameDescriptor#Code"))
        elif meanings(value) is None:
            errors.append(("", "is a descriptor this state does not use"))
        return value

    return _distinct(look)


@dataclass(frozen=True)
class Object:
    """An object with these properties; others are let pass. Gives the object itself, values in their right types."""

    fields: tuple[Field, ...]

    def __call__(self, value: Any, errors: Errors) -> Any:
        if type(value) is not dict:
            errors.append(("", "must be an object"))
            return value
        for field in self.fields:
            name = field.name
            found = value.get(name)
            if found is None:
                if field.required:
                    errors.append((f".{name}", f"{name} is required"))
                continue
            before = len(errors)
            right = field.check(found, errors)
            if len(errors) > before:
                _put_before(f".{name}", errors, before)
            elif right is not found:
                value[name] = right
        return value

    def column(self, values: Values, rows: Sequence[int], bad: set[int]) -> Values:
        """As `Check.column`."""
        objects, rows = _only(dict, values, rows, bad)
        for field in self.fields:
            name = field.name
            found, holders, theirs = [each.get(name) for each in objects], objects, rows
            if None in found:
                there = [place for place, each in enumerate(found) if each is not None]
                if field.required:
                    bad.update(row for row, each in zip(rows, found, strict=True) if each is None)
                holders, theirs = [objects[place] for place in there], [rows[place] for place in there]
                found = [found[place] for place in there]
            if found:
                right = field.check.column(found, theirs, bad)
                if right is not found:
                    for holder, value in zip(holders, right, strict=True):
                        holder[name] = value
        return values


def obj(*fields: Field) -> Check:
    """An object with these properties."""
    return Object(fields)


@dataclass(frozen=True)
class Array:
    """A list of objects, no two of which have the same values in the `identity` properties."""

    item: Check
    identity: tuple[str, ...]
    least: int

    def __call__(self, value: Any, errors: Errors) -> Any:
        if type(value) is not list:
            errors.append(("", "must be a list"))
            return value
        if len(value) < self.least:
            errors.append(("", f"must have {self.least} or more items"))
        seen: set[str] = set()
        for place, found in enumerate(value):
            before = len(errors)
            self.item(found, errors)
            if len(errors) > before:
                _put_before(f"[{place}]", errors, before)
            elif self.identity:
                mark = self._mark(found)
                if mark in seen:
                    errors.append((f"[{place}]", f"item {place + 1} has the same identifying values as an earlier one"))
                seen.add(mark)
        return value

    def column(self, values: Values, rows: Sequence[int], bad: set[int]) -> Values:
        """As `Check.column`."""
        lists, rows = _only(list, values, rows, bad)
        bad.update(row for row, each in zip(rows, lists, strict=True) if len(each) < self.least)
        items = list(chain.from_iterable(lists))
        if items:
            theirs = [row for row, each in zip(rows, lists, strict=True) for _ in each]
            self.item.column(items, theirs, bad)
        for row, each in zip(rows, lists, strict=True):
            if len(each) > 1 and self.identity and row not in bad and len(set(map(self._mark, each))) < len(each):
                bad.add(row)
        return values

    def _mark(self, found: Any) -> str:
        return repr([found.get(name) for name in self.identity]).casefold()


def array(item: Check, *identity: str, least: int = 0) -> Check:
    """A list of at least so many objects, told apart by the `identity` properties."""
    return Array(item, identity, least)


def _are(values: Values, kind: type) -> bool:
    return set(map(type, values)) == {kind}


def _only(kind: type, values: Values, rows: Sequence[int], bad: set[int]) -> tuple[Values, Sequence[int]]:
    """The values of a kind and their rows; the rows of others are bad."""
    if _are(values, kind):
        return values, rows
    bad.update(row for row, value in zip(rows, values, strict=True) if type(value) is not kind)
    kept = [place for place, value in enumerate(values) if type(value) is kind]
    return [values[place] for place in kept], [rows[place] for place in kept]


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
