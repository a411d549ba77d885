"""Amounts: numbers that count no students, as exact text, with the places they belong to and what is odd about them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from services.scoring.rules.heads import Where

AMOUNTS: Mapping[str, Any] = dict.fromkeys(("entity", "measure", "numerator", "denominator", "unit"), pl.String)
FINDINGS: Mapping[str, Any] = dict.fromkeys(("entity", "code", "measure", "number"), pl.String)
NO_DIVISOR = "NO_DIVISOR"
_PLACES = 10**6  # money, attendance and FTE end within six places; a share of them need not


@dataclass(frozen=True)
class Ratio:
    """A number and what it is divided by; `denominator` None where there is nothing to divide by (GEN-3)."""

    numerator: Fraction
    denominator: Fraction | None

    def value(self) -> Fraction | None:
        """The quotient, unrounded, or None."""
        return None if self.denominator is None else self.numerator / self.denominator


Ratios = Mapping[str, Mapping[str, Ratio]]  # entity -> measure -> number
Found = tuple[str, str, str, Fraction]  # entity, code, measure, how much of it there is


def ratio(numerator: Fraction, divisor: Fraction | None) -> Ratio:
    """A number by its divisor; one of zero divides nothing."""
    return Ratio(numerator, divisor or None)


def exact(number: Fraction) -> str:
    """The number as text: a decimal where it ends, else numerator/denominator."""
    if _PLACES % number.denominator:
        return f"{number.numerator}/{number.denominator}"
    whole, rest = divmod(abs(number.numerator) * (_PLACES // number.denominator), _PLACES)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")


def amounts(ratios: Ratios, unit: Callable[[str], str]) -> pl.DataFrame:
    """The amounts of entities, by id. `unit`: of a measure."""
    rows = [
        (entity, measure, exact(told.numerator), _divisor(told), unit(measure))
        for entity in sorted(ratios)
        for measure, told in ratios[entity].items()
    ]
    return pl.DataFrame(rows, schema=dict(AMOUNTS), orient="row")


def findings(found: Iterable[Found]) -> pl.DataFrame:
    """Findings (entity, code, measure, number), by entity, in the order given."""
    rows = [(entity, code, measure, exact(number)) for entity, code, measure, number in found]
    return pl.DataFrame(sorted(rows, key=lambda row: row[0]), schema=dict(FINDINGS), orient="row")


def undivided(ratios: Ratios) -> list[Found]:
    """A finding for each number that nothing divides, with the number."""
    return [
        (entity, NO_DIVISOR, measure, told.numerator)
        for entity, measures in ratios.items()
        for measure, told in measures.items()
        if told.denominator is None
    ]


def placed(rows: pl.DataFrame, schools: pl.DataFrame, where: Where) -> pl.DataFrame:
    """Rows of schools and districts with `school`, `district` and `entity`; what belongs to no district is left out.

    A row of a school of the directory belongs to it and its district, any other to the district that it names; that
    has no `school`, and at the level of schools no `entity`.
    """
    directory = schools.select(
        pl.col("school_id").cast(pl.String),
        pl.col("school_id").cast(pl.String).alias("school"),
        pl.col("district_id").cast(pl.String).alias("home"),
    )
    at = rows.join(directory, on="school_id", how="left").with_columns(
        pl.coalesce("home", "district_id").alias("district")
    )
    return at.filter(pl.col("district").is_not_null()).with_columns(where.entity("school", "district")).drop("home")


def _divisor(told: Ratio) -> str | None:
    return None if told.denominator is None else exact(told.denominator)
