"""Decides which value one record takes where the rows it is made of disagree, and counts every disagreement.

Rules: `any: X` takes X as soon as one row has it; `most_frequent` the value most rows have, of equals the smallest;
`first: COLUMN` that of the row with the smallest COLUMN, then the first in the file. A column that disagrees and has
no rule stops the file: nothing is settled silently.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from services.ingest.rules.columns import ROW
from services.ingest.rules.templates import MappingError


def settled(
    frame: pl.DataFrame, keys: Sequence[str], columns: Sequence[str], rules: Mapping[str, Any], where: str
) -> tuple[pl.DataFrame, dict[str, int]]:
    """One row for each combination of `keys`, in order of first appearance, and the disagreements by cause."""
    wanted = [column for column in dict.fromkeys(columns) if column not in keys]
    _check(frame, [*keys, *wanted], where)
    whole = frame.drop_nulls(list(keys))
    distinct = whole.group_by(keys).agg(pl.col(column).n_unique().alias(column) for column in wanted)
    counts: dict[str, int] = {}
    for column in wanted:
        disagreeing = int((distinct[column] > 1).sum())
        if disagreeing and column not in rules:
            raise MappingError(
                f"{where}: the rows of {disagreeing} records disagree on {column}; "
                f"add settle.{column}: most_frequent, {{any: VALUE}} or {{first: COLUMN}}, or put it into one_per"
            )
        if disagreeing:
            counts[f"{where}: {column} differed ({_named(rules[column])})"] = disagreeing
    if whole.height < frame.height:
        counts[f"{where}: rows without {' or '.join(keys)}"] = frame.height - whole.height
    chosen = [_choice(column, rules.get(column), where) for column in wanted]
    plain = whole.group_by(keys, maintain_order=True).agg(
        pl.col(ROW).min(), *(choice for choice in chosen if choice is not None)
    )
    for column, choice in zip(wanted, chosen, strict=True):
        if choice is None:
            plain = plain.join(_most_frequent(whole, keys, column), on=list(keys), how="left", nulls_equal=True)
    return plain, counts


def _choice(column: str, rule: Any, where: str) -> pl.Expr | None:
    """The expression of a rule over a group; None for most_frequent, which needs a count first."""
    value = pl.col(column)
    if rule is None:
        return value.first()
    if rule == "most_frequent":
        return None
    if isinstance(rule, dict) and set(rule) == {"any"}:
        wanted = str(rule["any"])
        rest = value.filter(value != wanted).sort().first()
        return pl.when((value == wanted).any()).then(pl.lit(wanted)).otherwise(rest).alias(column)
    if isinstance(rule, dict) and set(rule) == {"first"}:
        return value.sort_by([str(rule["first"]), ROW]).first()
    raise MappingError(f"{where}, settle.{column}: write most_frequent, {{any: VALUE}} or {{first: COLUMN}}")


def _most_frequent(frame: pl.DataFrame, keys: Sequence[str], column: str) -> pl.DataFrame:
    counted = frame.drop_nulls(column).group_by([*keys, column]).len("__rows")
    order = counted.sort(["__rows", column], descending=[True, False])
    return order.group_by(keys, maintain_order=True).agg(pl.col(column).first())


def _check(frame: pl.DataFrame, columns: Sequence[str], where: str) -> None:
    missing = sorted({column for column in columns if column not in frame.columns})
    if missing:
        raise MappingError(f"{where}: there is no column {', '.join(missing)}; mend the name, or add it to columns")


def _named(rule: Any) -> str:
    return rule if isinstance(rule, str) else ", ".join(f"{name}: {value}" for name, value in rule.items())
