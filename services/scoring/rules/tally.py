"""The generic pass: every measure over every entity of a level and every subgroup, as integer counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from services.scoring.rules import reasons
from services.scoring.rules.catalog import REASON, Measure, catalog, measure_ids, participation
from services.scoring.rules.groups import MASK, is_in
from services.scoring.rules.law import Law
from shared.vocabulary.subgroups import ALL, SUBGROUPS


@dataclass(frozen=True)
class Tally:
    """One level of entities. `counts`: entity, measure, subgroup, numerator, denominator (1 or more).

    `left_out`: entity, measure, reason, students. Both sorted, so that equal facts give equal frames.
    """

    counts: pl.DataFrame
    left_out: pl.DataFrame


def tally(assessed: pl.DataFrame, law: Law, entity: str) -> Tally:
    """Sums one level: `entity` is school, district or state."""
    measures = catalog(law, entity)
    counting = _counting(assessed, entity, measures)
    expected = _expected(assessed, f"at_{entity}")
    counts = [_counts(counting, entity, measures), _counts(expected, f"at_{entity}", [participation()])]
    ordered = pl.Enum(measure_ids(law))
    left_out = _left_out(counting, assessed, entity, measures)
    return Tally(_told(pl.concat(counts), ordered, "subgroup"), _told(left_out, ordered, "reason"))


def everyone(assessed: pl.DataFrame, law: Law, entity: str) -> pl.DataFrame:
    """Of each entity the counts of the subgroup All, unsorted: what a rating needs of `tally`, for less."""
    measures = catalog(law, entity)
    counting = _counting(assessed, entity, measures)
    parts = ((counting, entity, measures), (_expected(assessed, f"at_{entity}"), f"at_{entity}", [participation()]))
    totals = (
        (rows.group_by(of, "subject").agg(_sums(each)).with_columns(pl.lit(ALL).alias("subgroup")), of, each)
        for rows, of, each in parts
    )
    return pl.concat(_told_apart(*each).with_columns(pl.col("entity").cast(pl.String)) for each in totals)


def _counting(assessed: pl.DataFrame, entity: str, measures: Sequence[Measure]) -> pl.DataFrame:
    return (
        assessed.filter(~pl.col("is_repeated"))
        .drop_nulls(entity)
        .with_columns(
            *(measure.reason.alias(f"reason {measure.kind}") for measure in measures),
            *(measure.amount.cast(pl.Int32).alias(f"amount {measure.kind}") for measure in measures),
        )
    )


def _expected(assessed: pl.DataFrame, entity: str) -> pl.DataFrame:
    """One row for each student expected to test in a subject there; tested when one of the results has a level."""
    measure = participation()
    return (
        assessed.drop_nulls(entity)
        .group_by(entity, "subject", "student_id", MASK)
        .agg(pl.col("level").is_not_null().any().alias("is_tested"))
        .with_columns(
            measure.reason.alias(f"reason {measure.kind}"),
            measure.amount.cast(pl.Int32).alias(f"amount {measure.kind}"),
        )
    )


def _counts(rows: pl.DataFrame, entity: str, measures: Sequence[Measure]) -> pl.DataFrame:
    """First one row for each mix of groups, then every subgroup from those few rows."""
    mixes = rows.group_by(entity, "subject", MASK).agg(_sums(measures))
    totals = pl.concat(
        mixes.filter(is_in(subgroup))
        .group_by(entity, "subject")
        .agg(pl.selectors.starts_with("d ", "n ").sum())
        .with_columns(pl.lit(subgroup).alias("subgroup"))
        for subgroup in SUBGROUPS
    )
    return _told_apart(totals, entity, measures)


def _sums(measures: Sequence[Measure]) -> list[pl.Expr]:
    """For each measure who counts (d) and what they add (n)."""
    sums = []
    for measure in measures:
        counts = pl.col(f"reason {measure.kind}").is_null() & pl.col("subject").is_in(measure.subjects)
        amount = pl.when(counts).then(f"amount {measure.kind}").otherwise(0)
        sums += [counts.sum().cast(pl.Int64).alias(f"d {measure.kind}")]
        sums += [amount.cast(pl.Int64).sum().alias(f"n {measure.kind}")]
    return sums


def _told_apart(totals: pl.DataFrame, entity: str, measures: Sequence[Measure]) -> pl.DataFrame:
    """A row for each measure that anyone is in."""
    return pl.concat(
        totals.filter(pl.col(f"d {measure.kind}") > 0).select(
            pl.col(entity).alias("entity"),
            _measure_id(measure.kind),
            "subgroup",
            pl.col(f"n {measure.kind}").alias("numerator"),
            pl.col(f"d {measure.kind}").alias("denominator"),
        )
        for measure in measures
    )


def _left_out(counting: pl.DataFrame, assessed: pl.DataFrame, entity: str, measures: Sequence[Measure]) -> pl.DataFrame:
    """Who counts here, yet not in this measure; who was tested here and counts elsewhere or nowhere; repeats."""
    here = pl.col(f"at_{entity}")
    elsewhere = ~pl.col("is_repeated") & here.is_not_null() & (here != pl.col(entity)).fill_null(True)
    repeated = pl.col("is_repeated") & here.is_not_null()
    by = [here.alias("entity"), "subject"]
    absent = pl.concat(
        assessed.filter(which).group_by(by).agg(students).with_columns(pl.lit(reason, REASON).alias("reason"))
        for which, reason, students in (
            (elsewhere, reasons.NOT_FULL_YEAR, pl.len().alias("students")),
            (repeated, reasons.REPEATED, pl.col("student_id").n_unique().alias("students")),
        )
    )
    mixed = [f"reason {measure.kind}" for measure in measures]
    mixes = counting.group_by(pl.col(entity).alias("entity"), "subject", *mixed).agg(pl.len().alias("students"))
    found = []
    for measure in measures:
        inside = mixes.rename({f"reason {measure.kind}": "reason"}).drop_nulls("reason")
        for rows in (inside, absent):
            of_measure = rows.filter(pl.col("subject").is_in(measure.subjects)).group_by("entity", "subject", "reason")
            summed = of_measure.agg(pl.col("students").sum().cast(pl.Int64))
            found.append(summed.select("entity", _measure_id(measure.kind), "reason", "students"))
    return pl.concat(found)


def _measure_id(kind: str) -> pl.Expr:
    return (pl.col("subject").cast(pl.String) + pl.lit(f".{kind}")).alias("measure")


def _told(rows: pl.DataFrame, ordered: pl.Enum, within: str) -> pl.DataFrame:
    dtype = pl.Enum(SUBGROUPS) if within == "subgroup" else REASON
    cast = rows.with_columns(
        pl.col("entity").cast(pl.String), pl.col("measure").cast(ordered), pl.col(within).cast(dtype)
    )
    return cast.sort("entity", "measure", within)
