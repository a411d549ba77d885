"""The part of the chapter on spending: each method's lines, federal funds, the tolerance (PPE-1 to PPE-5)."""

from fractions import Fraction

from services.scoring.policy.reading import Read
from services.scoring.rules.spending import Ranges, SpendingLaw


def law(read: Read) -> SpendingLaw:
    """As the chapter says."""
    return SpendingLaw(
        excluded_funds=read("essa_excluded_funds", _ranges),
        excluded_functions=read("essa_excluded_functions", _ranges),
        excluded_objects=read("essa_excluded_objects", _ranges),
        superintendent_included=read("superintendent_included_functions", _ranges),
        superintendent_excluded=read("superintendent_excluded_functions", _ranges),
        federal_funds=read("federal_funds", _ranges),
        tolerance=read("spending_methods_tolerance", Fraction),
    )


def _ranges(told: list[str]) -> Ranges:
    return tuple(_range(text) for text in told)


def _range(text: str) -> range:
    """A code, or every code from one to another, both in: 1310..1390."""
    first, _, last = text.partition("..")
    codes = range(int(first), int(last or first) + 1)
    if not codes:
        raise ValueError(f"{text!r} ends before it begins")
    return codes
