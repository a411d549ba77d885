"""Workings: arithmetic told step by step on exact numbers, so that whoever holds a receipt can do it again (GEN-1).

A receipt is a mapping with `inputs` (name -> exact text), `steps` and `result`. A step has `what` (words), `op` (one of
OPERATIONS), `of` (its arguments) and `result`. An argument is a number ("45", "47.5", "9/20"), an input ("$students")
or the result of an earlier step ("#0"). Texts are exact: no float, no rounding but the step `rounded`.
`shown` are results as a reader sees them: a text, the argument that it writes, and the form in which it is written.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

YES, NO = "yes", "no"


def _rounded(number: Fraction, digits: Fraction) -> Fraction:
    """Half-up, away from zero, as every display is written."""
    scale = 10 ** int(digits)
    whole = (abs(number) * scale + Fraction(1, 2)).__floor__()
    return Fraction(whole if number >= 0 else -whole, scale)


# Each takes numbers and gives a number, or a truth: the last four are thresholds, by their boundary word.
OPERATIONS: Mapping[str, Callable[..., Fraction | bool]] = {
    "sum": lambda *numbers: sum(numbers, Fraction(0)),
    "difference": lambda first, second: first - second,
    "product": lambda *numbers: prod(numbers, start=Fraction(1)),
    "quotient": lambda first, second: first / second,
    "least": lambda *numbers: min(numbers),
    "greatest": lambda *numbers: max(numbers),
    "rounded": _rounded,
    "at_least": lambda first, second: first >= second,
    "at_most": lambda first, second: first <= second,
    "above": lambda first, second: first > second,
    "below": lambda first, second: first < second,
}


PLAIN = {"before": "", "decimals": "0", "after": "", "thousands": ""}
"""A form: signs before and after, digits after the point, and what stands between thousands."""


class Working:
    """Steps as they are done: each call of `step` adds one and gives the name of its result."""

    def __init__(self, inputs: Mapping[str, str]) -> None:
        self.inputs = dict(inputs)
        self.steps: list[dict[str, Any]] = []
        self.shown: list[dict[str, Any]] = []

    def given(self, name: str, value: str) -> str:
        """Takes an input and gives its name as an argument."""
        self.inputs[name] = value
        return f"${name}"

    def step(self, what: str, op: str, *of: str) -> str:
        """Does one step and gives its name, to be an argument of later ones. Raises ValueError where it cannot."""
        result = _done(op, of, self.inputs, [step["result"] for step in self.steps])
        self.steps.append({"what": what, "op": op, "of": list(of), "result": result})
        return f"#{len(self.steps) - 1}"

    def value(self, name: str) -> str:
        """The exact text of an argument."""
        return _value(name, self.inputs, [step["result"] for step in self.steps])

    def show(self, what: str, of: str, display: str, form: Mapping[str, str]) -> None:
        """Tells that `display` is what a reader sees of an argument."""
        self.shown.append({"what": what, "of": of, "display": display, "form": {**PLAIN, **form}})

    def told(self, result: str) -> dict[str, Any]:
        """The workings as part of a receipt. `result`: an argument."""
        last = {"result": self.value(result), "result_of": result}
        return {"inputs": self.inputs, "steps": self.steps, **last, "shown": self.shown}


def written(number: str, form: Mapping[str, str]) -> str:
    """An exact number in its form, rounded half-up away from zero: "-1,234.5%"."""
    digits = int(form["decimals"])
    whole = int(abs(_rounded(_number(number), Fraction(digits))) * 10**digits)
    before, after = divmod(whole, 10**digits)
    sign = "-" if whole and _number(number) < 0 else ""
    text = f"{before:,}".replace(",", form["thousands"]) + (f".{after:0{digits}d}" if digits else "")
    return f"{sign}{form['before']}{text}{form['after']}"


def differences(receipt: Mapping[str, Any]) -> list[str]:
    """Does every step anew from the receipt's inputs and tells what comes out otherwise, a sentence each.

    Raises ValueError when the receipt is no receipt.
    """
    try:
        inputs, steps = dict(receipt["inputs"]), list(receipt["steps"])
        found: list[str] = []
        results: list[str] = []
        for place, step in enumerate(steps):
            again = _done(step["op"], step["of"], inputs, results)
            if again != step["result"]:
                found.append(f"step {place}, {step['what']}: {step['result']} is told, {again} comes out")
            results.append(again)
        final = _value(receipt["result_of"], inputs, results)
        if final != receipt["result"]:
            found.append(f"result: {receipt['result']} is told, {final} comes out")
        for each in receipt.get("shown", ()):
            text = written(_value(each["of"], inputs, results), each["form"])
            if text != each["display"]:
                found.append(f"{each['what']}: {each['display']} is shown, {text} comes out")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no receipt: {error} is missing or of another shape") from None
    return found


def _done(op: str, of: Sequence[str], inputs: Mapping[str, str], results: Sequence[str]) -> str:
    if op not in OPERATIONS:
        raise ValueError(f"{op!r} is none of {', '.join(OPERATIONS)}")
    numbers = [_number(_value(name, inputs, results)) for name in of]
    try:
        done = OPERATIONS[op](*numbers)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{op} of {', '.join(of)} cannot be done: {error}") from None
    return (YES if done else NO) if isinstance(done, bool) else str(done)


def _value(name: str, inputs: Mapping[str, str], results: Sequence[str]) -> str:
    if name.startswith("$"):
        if name[1:] not in inputs:
            raise ValueError(f"there is no input {name[1:]}")
        return inputs[name[1:]]
    if name.startswith("#"):
        place = int(name[1:]) if name[1:].isdecimal() else -1
        if not 0 <= place < len(results):
            raise ValueError(f"there is no step {name[1:]} before it")
        return results[place]
    return name


def _number(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is no exact number") from None
