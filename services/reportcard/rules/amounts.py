"""The public form of an amount: money, full-time equivalents, scores, incidents. None of them counts the students of a
group, so no number of students masks it. Source: SUPP-2, PPE-1, TEACH-1, OTH-5, GEN-1."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.reportcard.rules.cells import Cell
from services.reportcard.rules.masks import half_up

NOT_THERE = "not available"


@dataclass(frozen=True)
class Amount:
    """A number as exact text, what it is divided by (None: by nothing, so it is not there), and its unit."""

    measure: str
    numerator: str
    denominator: str | None
    unit: str


@dataclass(frozen=True)
class Form:
    """How a unit is written: multiplied by `times`, rounded half-up to `decimals`, between two signs."""

    before: str = ""
    times: int = 1
    decimals: int = 2
    after: str = ""


PLAIN = Form()


def amount_cell(amount: Amount, forms: Mapping[str, Form]) -> Cell:
    """An amount with the two numbers that it is made of; without a divisor only that it is not there (GEN-3)."""
    if amount.denominator is None:
        return {"display": NOT_THERE}
    form = forms.get(amount.unit, PLAIN)
    exact = Fraction(amount.numerator) / Fraction(amount.denominator)
    return {"display": _written(exact, form), "amount": amount.numerator, "divided_by": amount.denominator}


def _written(exact: Fraction, form: Form) -> str:
    text = half_up(exact * form.times, form.decimals)
    whole, point, decimals = text.removeprefix("-").partition(".")
    sign = "-" if text.startswith("-") else ""
    return f"{sign}{form.before}{int(whole):,}{point}{decimals}{form.after}"
