"""The rules of reportcard, as one list: what decides about a cell, and where it stands."""

from collections.abc import Callable
from typing import Any

from services.reportcard.rules import closure, corrections, lines, masks, sums, suppression

RULES: dict[str, Callable[..., Any]] = {
    "SUPP-1": masks.is_small,
    "SUPP-2": masks.is_extreme,
    "SUPP-3": masks.range_of,
    "SUPP-4 line": lines.gives_away,
    "SUPP-4 cover": closure.close,
    "SUPP-4 tests": sums.sums_of,
    "SUPP-5": suppression.decide,
    "correction": corrections.former_of,
}
