"""The part of the chapter on educator equity: the printed tables of the baseline and the interim year (EQ-1)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from services.scoring.policy import teachers
from services.scoring.policy.reading import Read
from services.scoring.rules.equity import CORNERS, EquityLaw, Printed
from services.scoring.rules.teachers import EFFECTIVENESS, OF_TEACHERS
from shared.vocabulary import school_years


def law(read: Read) -> EquityLaw:
    """As the chapter says."""
    baseline, interim = read("equity_years", _years)
    return EquityLaw(
        teachers=teachers.law(read),
        baseline=baseline,
        interim=interim,
        printed=read("equity_printed", lambda told: _printed(told, (baseline, interim))),
    )


def _years(told: Mapping[str, str]) -> tuple[str, str]:
    baseline, interim = told["baseline"], told["interim"]
    if school_years.parse(baseline) >= school_years.parse(interim):
        raise ValueError("the interim year must come after the baseline")
    return baseline, interim


def _printed(told: Mapping[str, Any], years: tuple[str, str]) -> dict[tuple[str, str, str], Printed]:
    return {
        (corner, year, kind): _row(kind, told[corner][year][kind])
        for corner in CORNERS
        for year in years
        for kind in OF_TEACHERS
    }


def _row(kind: str, told: Mapping[str, str]) -> Printed:
    """Scores as they stand; all else is in percent."""
    scale = 1 if kind == EFFECTIVENESS else 100
    return Printed(**{part: Fraction(told[part]) / scale for part in ("other", "title_i", "gap")})
