"""Receipts of published numbers: shown as steps, and done again from their own inputs, without a line or a network."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.show import say
from shared.vocabulary.workings import differences

Receipt = Mapping[str, Any]
_SIGNS = {"sum": "+", "difference": "−", "product": "×", "quotient": "÷", "at_least": "≥", "at_most": "≤"} | {
    "above": ">",
    "below": "<",
}
_JOINT = " · "


class NotAReceipt(ValueError):
    """A file that holds no receipt; the message says what is missing."""


class Different(Exception):
    """A receipt that does not come out again."""


def read(path: Path) -> Receipt:
    """The receipt in a file. Raises NotAReceipt."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NotAReceipt(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise NotAReceipt(f"{path} is no receipt: it is not JSON; write one with `schoolmark explain --out`") from None
    if not isinstance(found, dict) or not {"workings", "display", "rule", "law"} <= set(found):
        raise NotAReceipt(f"{path} is no receipt: it has no workings; write one with `schoolmark explain --out`")
    return found


def verified(receipt: Receipt) -> Iterator[str]:
    """Same, or each difference. Raises NotAReceipt, and Different when all of them are told."""
    if receipt["workings"] is None:
        yield "nothing to do again: the receipt has no steps, since the number is withheld or is no number"
        return
    found = every_difference(receipt)
    yield from (f"different: {each}" for each in found)
    if found:
        raise Different("the receipt does not come out again from its own inputs")
    yield f"same: {len(receipt['workings']['steps'])} steps give {receipt['display']}"


def every_difference(receipt: Receipt) -> list[str]:
    """What comes out otherwise: steps, results, displays, thresholds, distances, and values of the law as it is cited.

    Raises NotAReceipt.
    """
    try:
        workings = receipt["workings"]
        found = differences(workings)
        return [*found, *_displays(receipt), *_held_against(receipt), *_law(receipt)]
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise NotAReceipt(f"this is no receipt: {error}") from None


def _displays(receipt: Receipt) -> Iterator[str]:
    """The number at the top is what the workings show."""
    shown = [each["display"] for each in receipt["workings"]["shown"]]
    told = _JOINT.join(shown[: receipt["displayed"]])
    if receipt["displayed"] and told != receipt["display"]:
        yield f"display: {receipt['display']} is told, {told} comes out"


def _held_against(receipt: Receipt) -> Iterator[str]:
    """Thresholds and distances are numbers of the workings."""
    workings = receipt["workings"]
    for part, number, what in (("thresholds", "value", "what"), ("distances", "by", "to")):
        for each in receipt[part]:
            known = _argument(each["of"], workings)
            if known != each[number]:
                yield f"{part}, {each[what]}: {each[number]} is told, {known} comes out"


def _law(receipt: Receipt) -> Iterator[str]:
    """Inputs that are values of the law are those that the receipt cites."""
    cited = {entry["name"]: entry for entry in receipt["law"]}
    known = {name: text for entry in cited.values() for name, text in _flat(entry["value"], entry["name"])}
    for name, value in receipt["workings"]["inputs"].items():
        if ".".join(name.split(".")[:2]) in cited and known.get(name) != value:
            yield f"law, {name}: {value} is taken, {known.get(name)} is cited"


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flat(part, f"{path}.{name}")
    else:
        yield path, value


def _argument(name: str, workings: Receipt) -> str:
    if name.startswith("$"):
        return str(workings["inputs"][name[1:]])
    return str(workings["steps"][int(name[1:])]["result"]) if name.startswith("#") else name


def show(console: Console, receipt: Receipt) -> None:
    """A receipt for a person: what it says, its steps, what it is held against, who is left out, the law."""
    console.print(Text(f"{receipt['name']}, {receipt['school_year']}: {receipt['title']}", style="bold"))
    say(console, f"{receipt['display']}")
    say(console, f"rule {receipt['rule']}; counted: {receipt['counts']}")
    for sentence in receipt["sentences"]:
        say(console, f"    {sentence}")
    if receipt["workings"]:
        console.print(_steps(receipt["workings"]))
    for each in receipt["thresholds"]:
        say(console, f"held against: {each['what']}, {each['value']} {each['boundary']}")
    for each in receipt["distances"]:
        say(console, f"distance to {each['to']}: {each['by']} {each['unit']}")
    for row in receipt["left_out"]:
        say(console, f"left out: {row['label']}, {row['students']['display']} students")
    for row in receipt.get("not_counted", ()):
        say(console, f"not counted: {row['label']}, {(row['reason'] or '').replace('_', ' ').lower()}")
    for entry in receipt["law"]:
        say(console, f"law: {entry['name']}, {entry['tag']}, {entry['source']}")
    say(console, f"edition {receipt['edition_id']}; fingerprint of its law {receipt['policy_fingerprint']}")


def _steps(workings: Receipt) -> Table:
    made = Table("step", "what", "arithmetic", "result")
    for place, step in enumerate(workings["steps"]):
        numbers = [_argument(name, workings) for name in step["of"]]
        sign = _SIGNS.get(step["op"])
        told = f" {sign} ".join(numbers) if sign else f"{step['op']} {', '.join(numbers)}"
        made.add_row(f"#{place}", step["what"], told, step["result"])
    return made
