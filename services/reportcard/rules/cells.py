"""The public form of one cell: what stands in the JSON and nothing else. A hidden cell has a mask and no other field.
Source: essa-report-card SUPP-1 (masked cells must not leave in any other field), SUPP-3."""

from fractions import Fraction
from itertools import count
from typing import Any

from services.reportcard.rules.masks import (
    BARE,
    CODED,
    SHOWN,
    SMALL,
    STARRED,
    Masking,
    code_of,
    half_up,
    range_of,
    rate_text,
    rounded,
)

Cell = dict[str, Any]


def rate_cell(verdict: int, numerator: int, students: int, unit: int, law: Masking) -> Cell:
    """A rate as its verdict allows: exact with counts, exact alone, coded, or a mask."""
    if verdict in (SMALL, STARRED):
        return _masked(verdict, law)
    if verdict == CODED:
        return {"display": code_of(numerator, students, unit, law)}
    rate = rate_text(numerator, students, unit, law)
    cell: Cell = {"display": f"{rate}%", "percent": rate}
    if verdict == SHOWN:
        cell |= {"numerator": heads(numerator, unit), "denominator": students}
    return cell


def series_cells(verdict: int, numerators: tuple[int, ...], students: int, law: Masking) -> list[Cell]:
    """The members of a series: all exact, all in ranges, or all masked. Ranges come without counts."""
    if verdict in (SMALL, STARRED):
        return [_masked(verdict, law)] * len(numerators)
    if verdict == BARE:
        return [{"display": range_of(numerator, students, 1, law)} for numerator in numerators]
    return [rate_cell(verdict, numerator, students, 1, law) for numerator in numerators]


def heads(numerator: int, unit: int) -> int | str:
    """A numerator in students: whole heads as a number, weighted credit as the decimal text that it is exactly."""
    if unit == 1:
        return numerator
    decimals = next(places for places in count(1) if not 10**places % unit)
    return rounded(numerator, unit, decimals)


def plain(number: str) -> str:
    """Exact text as a decimal without trailing zeros, to hundredths: "95", "47.5"."""
    return half_up(Fraction(number), 2).rstrip("0").rstrip(".")


def points_cell(verdict: int | None, points: str, law: Masking) -> Cell:
    """A component's points; without the rate they would give it back, so they follow the rate's verdict."""
    if verdict not in (SHOWN, BARE):
        return {"display": law.star_mask}
    return {"display": half_up(Fraction(points), law.decimals)}


def _masked(verdict: int, law: Masking) -> Cell:
    return {"display": law.small_mask if verdict == SMALL else law.star_mask}
