"""Pages drawn from public cards: templates, and the few words and shapes that they need."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

SITE = Path(__file__).parents[1] / "site"

# What stands in place of a code on a page.
_WORDS = {
    "GRADED": "Graded",
    "NOT_RATED_NO_TESTED_GRADES": "Not rated: no tested grades",
    "NOT_RATED_INSUFFICIENT_DATA": "Not rated: too little data",
    "NOT_RATED_FIRST_YEAR": "Not rated: the school's first year",
    "NOT_RATED_NO_ASSESSMENT_YEAR": "Not rated: no state tests that year",
    "FEWER_THAN_MINIMUM": "too few students",
    "NOT_YET_COMPUTED": "not part of this edition",
    "rescaled": "Some components are not counted; the others are stretched to the full scale",
    "nonstandard_scale": "Scored on the scale without grade 12",
    "PARTICIPATION_BELOW_95": "Fewer students than expected took part in the tests",
    "identified": "Identified",
    "continued": "Continues",
    "exited": "Has left",
    "not_identified": "Not identified",
    "not_evaluated": "Not evaluated",
    "MET": "met",
    "NOT_MET": "not met",
    "NOT_DUE": "not due yet",
    "SUPPRESSED": "withheld",
}


_SIGNS = {
    "sum": "+",
    "difference": "−",
    "product": "×",
    "quotient": "÷",
    "at_least": "≥",
    "at_most": "≤",
    "above": ">",
    "below": "<",
}
_OPERATIONS = {"least": "the least of", "greatest": "the greatest of", "rounded": "rounded, to digits:"}


def words(code: str | None) -> str:
    """A code in words; an unknown one with its underscores as blanks."""
    return "" if code is None else _WORDS.get(code, code.replace("_", " ").capitalize())


def band(display: str) -> tuple[int, int] | None:
    """The ends of a range such as "11-20%", for drawing; None for anything else."""
    low, dash, high = display.removesuffix("%").partition("-")
    return (int(low), int(high)) if dash and low.isdigit() and high.isdigit() else None


def as_text(value: Any, indent: str = "") -> str:
    """A value of the law as a policy writer would read it: one line an entry, lists of plain values on one line."""
    if isinstance(value, dict):
        return "\n".join(_entry(str(name), part, indent) for name, part in value.items())
    if isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        return "\n".join(_entry("-", part, indent) for part in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def arithmetic(step: dict[str, Any], workings: dict[str, Any]) -> str:
    """A step of a receipt as a reader would write it: "91 ÷ 235"."""
    sign, word = _SIGNS.get(step["op"], ""), _OPERATIONS.get(step["op"], step["op"])
    of = [workings["inputs"][name[1:]] if name.startswith("$") else name for name in step["of"]]
    numbers = [workings["steps"][int(name[1:])]["result"] if name.startswith("#") else name for name in of]
    return f" {sign} ".join(numbers) if sign else f"{word} {', '.join(numbers)}"


def _entry(name: str, part: Any, indent: str) -> str:
    sign = name if name == "-" else f"{name}:"
    deeper = f"{indent}  "
    text = as_text(part, deeper)
    nested = isinstance(part, dict) or "\n" in text
    return f"{indent}{sign}\n{text}" if nested else f"{indent}{sign} {text}"


def blocks(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of a card by their measure."""
    return {block["measure"]: block for name in ("measures", "participation", "levels") for block in card[name]}


def page(template: str, **values: Any) -> str:
    """A page of the site. `prefix` is "" in public and the preview's path behind login."""
    text: str = _SITE.get_template(template).render({"prefix": "", "query": "", **values})
    return text


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(SITE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "words": words,
        "band": band,
        "blocks": blocks,
        "as_text": as_text,
        "arithmetic": arithmetic,
        "id": lambda text: quote(text, safe=""),
    }
    return made


_SITE = _environment()
