"""Spending per student by two methods: which lines count, and whose they are (PPE-1 to PPE-6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from services.scoring.rules import amounts as told
from services.scoring.rules.amounts import Found, Ratio, placed, ratio
from services.scoring.rules.divisors import Divisors, attendance, membership
from services.scoring.rules.frames import Frames, Schema
from services.scoring.rules.heads import Where
from shared.vocabulary.measures import SPENDING, measure

ESSA, SUPERINTENDENT = measure(SPENDING, "essa"), measure(SPENDING, "superintendent")
FEDERAL, STATE_LOCAL = f"{ESSA}.federal", f"{ESSA}.state_local"
ESSA_EXCLUDED, SUPERINTENDENT_EXCLUDED = f"{ESSA}.excluded", f"{SUPERINTENDENT}.excluded"
DIVIDED_BY = {
    **dict.fromkeys((ESSA, FEDERAL, STATE_LOCAL, ESSA_EXCLUDED), membership),
    **dict.fromkeys((SUPERINTENDENT, SUPERINTENDENT_EXCLUDED), attendance),
}
MEASURES = tuple(DIVIDED_BY)
DOLLARS = "dollars"
INCLUDED, EXCLUDED, UNASSIGNED = "included", "excluded", "unassigned"
UNASSIGNED_FUNCTION, METHODS_DIFFER = "UNASSIGNED_FUNCTION", "METHODS_DIFFER"
CENTRAL_COSTS_SHARED = "CENTRAL_COSTS_SHARED"
_ACCOUNT = ["account_id", "school_id", "district_id"]
_CODES = ["fund", "function", "object", "source"]
_LINES = "unassigned lines"

Ranges = tuple[range, ...]
Sums = Mapping[str, int]  # cents of each measure and of what is unassigned, and how many lines are


@dataclass(frozen=True)
class SpendingLaw:
    """What the ESSA method leaves out, what the superintendent's takes in and leaves out, and which funds are federal.

    `tolerance`: dollars by which the totals of the two methods may differ.
    """

    excluded_funds: Ranges
    excluded_functions: Ranges
    excluded_objects: Ranges
    superintendent_included: Ranges
    superintendent_excluded: Ranges
    federal_funds: Ranges
    tolerance: Fraction


def is_excluded(fund: str, function: str, object_code: str, law: SpendingLaw) -> bool:
    """Whether the ESSA method leaves a line out: when any of its three codes is on a list (PPE-3)."""
    return (
        _is_in(fund, law.excluded_funds)
        or _is_in(function, law.excluded_functions)
        or _is_in(object_code, law.excluded_objects)
    )


def superintendent_side(function: str, law: SpendingLaw) -> str:
    """Where the superintendent's method puts a line: included, excluded, or unassigned and so not included (PPE-2)."""
    if _is_in(function, law.superintendent_included):
        return INCLUDED
    return EXCLUDED if _is_in(function, law.superintendent_excluded) else UNASSIGNED


def is_federal(fund: str, source: str | None, law: SpendingLaw) -> bool:
    """Whether a line is federal money: as its source says, else by its fund; all other is state and local (PPE-1)."""
    return _is_in(fund, law.federal_funds) if source is None else source == "federal"


def figures(frames: Frames, law: SpendingLaw, where: Where) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each entity spent, in dollars, over its membership (ESSA) or its attendance (superintendent).

    And what a reader of it should know: no divisor, functions of no method, totals apart, costs shared.
    """
    ledger = _Ledger(frames, law, where)
    ratios = ledger.ratios()
    found = [*told.undivided(ratios), *ledger.oddities(law.tolerance), *ledger.sharing()]
    return told.amounts(ratios, lambda _: DOLLARS), told.findings(found)


class _Ledger:
    """A year's lines and divisors at one level. Of a school: its own lines and its share of its district's."""

    def __init__(self, frames: Frames, law: SpendingLaw, where: Where) -> None:
        lines = placed(_classified(balances(frames, where.school_year), law), frames.schools, where)
        central = lines.filter(pl.col("school").is_null() & (pl.lit(where.level) == "school"))
        self._own, self._central = _sums(lines, "entity"), _sums(central, "district")
        self._divisors = Divisors(frames, lines, where)

    def ratios(self) -> dict[str, dict[str, Ratio]]:
        """Each entity's measures."""
        return {entity: {name: self._ratio(entity, name) for name in MEASURES} for entity in self._divisors.entities()}

    def oddities(self, tolerance: Fraction) -> list[Found]:
        """Lines of functions that the superintendent's method does not name, and totals further apart than allowed.

        ESSA's total holds those lines and the superintendent's does not, so their sum is what the totals differ by.
        """
        sums = {entity: Fraction(own[UNASSIGNED], 100) for entity, own in self._own.items() if own[_LINES]}
        listed = [(entity, UNASSIGNED_FUNCTION, SUPERINTENDENT, unassigned) for entity, unassigned in sums.items()]
        apart = {entity: abs(unassigned) for entity, unassigned in sums.items() if abs(unassigned) > tolerance}
        return listed + [(entity, METHODS_DIFFER, SUPERINTENDENT, difference) for entity, difference in apart.items()]

    def sharing(self) -> list[Found]:
        """What of its district's own lines each school was given."""
        shares = [
            (school, name, self._shared(school, name)) for school in self._divisors.entities() for name in MEASURES
        ]
        return [(school, CENTRAL_COSTS_SHARED, name, shared) for school, name, shared in shares if shared]

    def _ratio(self, entity: str, name: str) -> Ratio:
        own = Fraction(self._own[entity][name] if entity in self._own else 0, 100)
        shared = self._shared(entity, name)
        if shared is None:
            return Ratio(own, None)
        return ratio(own + shared, self._divisors.of(entity, DIVIDED_BY[name]))

    def _shared(self, entity: str, name: str) -> Fraction | None:
        """None where the district has lines of its own and the school's part of its membership is not known."""
        central = self._central.get(self._divisors.home(entity)) if self._central else None
        if central is None:
            return Fraction(0)
        share = self._divisors.share(entity)
        return None if share is None else share * Fraction(central[name], 100)


def balances(frames: Frames, school_year: str) -> pl.DataFrame:
    """The lines of a fiscal year: of each account the balance of its latest day, never a sum over days."""
    year = frames.expenditures.filter(pl.col("fiscal_year") == school_year)
    return year.filter(pl.col("as_of") == pl.col("as_of").max().over(_ACCOUNT))


def _classified(lines: pl.DataFrame, law: SpendingLaw) -> pl.DataFrame:
    """The lines with what each method makes of their codes."""
    codes = lines.select(_CODES).unique()
    found: Schema = {"is_excluded": pl.Boolean, "side": pl.String, "is_federal": pl.Boolean}
    rows = [(*_made_of(law, *row), *row) for row in codes.iter_rows()]
    return lines.join(pl.DataFrame(rows, schema={**found, **codes.schema}, orient="row"), on=_CODES, nulls_equal=True)


def _made_of(
    law: SpendingLaw, fund: str, function: str, object_code: str, source: str | None
) -> tuple[bool, str, bool]:
    excluded = is_excluded(fund, function, object_code, law)
    return excluded, superintendent_side(function, law), is_federal(fund, source, law)


def _sums(lines: pl.DataFrame, by: str) -> dict[str, Sums]:
    excluded, federal, side = pl.col("is_excluded"), pl.col("is_federal"), pl.col("side")
    which = {
        ESSA: ~excluded,
        FEDERAL: ~excluded & federal,
        STATE_LOCAL: ~excluded & ~federal,
        ESSA_EXCLUDED: excluded,
        SUPERINTENDENT: side == INCLUDED,
        SUPERINTENDENT_EXCLUDED: side == EXCLUDED,
        UNASSIGNED: side == UNASSIGNED,
    }
    summed = (
        lines.filter(pl.col(by).is_not_null())
        .group_by(by)
        .agg(
            *(pl.col("amount_cents").filter(condition).sum().alias(name) for name, condition in which.items()),
            (side == UNASSIGNED).sum().alias(_LINES),
        )
    )
    return {row.pop(by): row for row in summed.sort(by).iter_rows(named=True)}


def _is_in(code: str, ranges: Ranges) -> bool:
    return code.isdecimal() and any(int(code) in numbers for numbers in ranges)
