"""The generic pass: every measure over every entity of a level and every subgroup, as integer counts."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from services.scoring.rules import reasons
from services.scoring.rules.catalog import (
    GROWTH,
    LOWEST,
    REASON,
    SCORE,
    Measure,
    alternate,
    catalog,
    left_out,
    levels_of_tests,
    lowest_reason,
    measure_ids,
    participation,
    rated,
    without,
)
from services.scoring.rules.full_year import LEVELS
from services.scoring.rules.groups import MASK, is_in
from services.scoring.rules.heads import Tally
from services.scoring.rules.law import Law
from services.scoring.rules.lowest import IS_LOWEST, is_lowest
from services.scoring.rules.points import Counted
from services.scoring.rules.programs import is_counted
from shared.vocabulary.measures import measure as measure_id
from shared.vocabulary.measures import of_test, unit_of
from shared.vocabulary.subgroups import SUBGROUPS

_SUBGROUP = pl.Enum(SUBGROUPS)
_PLACES = tuple(name for level in LEVELS for name in (level, f"at_{level}"))
_READ = (*_PLACES, "student_id", "subject", "program", "test", "level", MASK, "is_only", "is_repeated", "prior_score")


def measured(assessed: pl.DataFrame, law: Law) -> pl.DataFrame:
    """The results with whom each measure leaves out and what they add to it, as far as that is one for all levels."""
    return _measured(assessed, law, (*catalog(law), *(level for level, _ in levels_of_tests(law))))


def measured_for_rating(assessed: pl.DataFrame, law: Law) -> pl.DataFrame:
    """As `measured`, of the measures that a rating reads."""
    return _measured(assessed, law, rated(law))


def _measured(assessed: pl.DataFrame, law: Law, measures: Sequence[Measure]) -> pl.DataFrame:
    amounts = {measure.kind: measure.amount for measure in measures}
    whom = {GROWTH, *(measure.without for measure in measures)}  # of growth also who is on the list of the lowest
    return assessed.select(
        pl.selectors.by_name(*_READ, require_all=False),
        *(reason.alias(without(name)) for name, reason in left_out(law).items() if name in whom),
        *(amount.cast(pl.Int32).alias(f"amount {kind}") for kind, amount in amounts.items()),
    )


def tally(measured: pl.DataFrame, law: Law, entity: str) -> Tally:
    """Sums one level: `entity` is school, district or state. Both frames are sorted: equal facts give equal frames."""
    measures, here = catalog(law), f"at_{entity}"
    counting = _counting(measured, law, entity)
    parts = (
        (counting, entity, measures),
        (_expected(measured, here, MASK), here, [participation()]),
        (_tested(measured, here, law), here, [alternate(law)]),
    )
    counts = (
        _told_apart(_subgroups(rows, of, each), of, each, "subgroup")
        for rows, of, each in parts
        if any(measure.subjects for measure in each)
    )
    of_tests = _of_tests(counting, entity, law)
    ordered = pl.Enum([*measure_ids(law), *of_tests["measure"].unique().sort()])
    return Tally(
        _in_order(pl.concat([*counts, of_tests]), ordered, "subgroup"),
        _in_order(_left_out(counting, measured, entity, measures), ordered, "reason"),
    )


def everyone(measured: pl.DataFrame, law: Law, entity: str) -> dict[str, dict[str, Counted]]:
    """Entity, measure, what is counted of all students: what a rating reads of `tally`, for less."""
    here = f"at_{entity}"
    parts = (_counting(measured, law, entity), entity, rated(law)), (_expected(measured, here), here, [participation()])
    found: dict[str, dict[str, Counted]] = {}
    for rows, of, measures in parts:
        for total in rows.group_by(of, "subject").agg(_sums(measures)).iter_rows(named=True):
            found.setdefault(total[of], {}).update(_counted(total, measures))
    return found


def _counted(total: Mapping[str, Any], measures: Sequence[Measure]) -> dict[str, Counted]:
    """Of one entity and subject the measures that anyone is in."""
    subject = total["subject"]
    found = {}
    for measure in measures:
        numerator, denominator = total[f"n {measure.kind}"], total[f"d {measure.without}"]
        if denominator > 0 and subject in measure.subjects:
            name = measure_id(subject, measure.kind)
            found[name] = Counted(numerator, denominator, unit_of(name))
    return found


def _counting(measured: pl.DataFrame, law: Law, entity: str) -> pl.DataFrame:
    """Whose results count at the entities, with whom the lowest group leaves out: each entity ranks its own list."""
    kept = measured.filter(~pl.col("is_repeated")).drop_nulls(entity)
    lowest = is_lowest(entity, pl.col(without(GROWTH)).is_null(), law.lowest_share)
    return kept.with_columns(lowest.alias(IS_LOWEST)).with_columns(lowest_reason().alias(without(LOWEST)))


def _expected(measured: pl.DataFrame, here: str, *within: str) -> pl.DataFrame:
    """One row for each student expected to test in a subject there; tested when one of the results has a level."""
    measure = participation()
    results = measured.drop_nulls(here).select(
        here, "subject", "student_id", *within, "is_only", pl.col("level").is_not_null().alias("is_tested")
    )
    only = results.filter("is_only").drop("is_only")
    rest = results.filter(~pl.col("is_only")).group_by(here, "subject", "student_id", *within)
    return pl.concat([only, rest.agg(pl.col("is_tested").any())]).with_columns(
        pl.lit(None, REASON).alias(without(measure.without)),
        measure.amount.cast(pl.Int32).alias(f"amount {measure.kind}"),
    )


def _tested(measured: pl.DataFrame, here: str, law: Law) -> pl.DataFrame:
    """One row for each student tested in a subject there, with the program of the result that counts."""
    measure = alternate(law)
    is_tested = ~pl.col("is_repeated") & pl.col("level").is_not_null() & is_counted(law.programs)
    return (
        measured.filter(is_tested)
        .drop_nulls(here)
        .select(
            here,
            "subject",
            MASK,
            pl.lit(None, REASON).alias(without(measure.without)),
            measure.amount.cast(pl.Int32).alias(f"amount {measure.kind}"),
        )
    )


def _sums(measures: Sequence[Measure]) -> list[pl.Expr]:
    """Who counts (d) of those a measure does not leave out, and what they add to each measure (n)."""
    counted = {measure.without: pl.col(without(measure.without)).is_null() for measure in measures}
    amounts = {m.kind: pl.when(counted[m.without]).then(f"amount {m.kind}").otherwise(0) for m in measures}
    return [
        *(counts.sum().cast(pl.Int64).alias(f"d {whom}") for whom, counts in counted.items()),
        *(amount.cast(pl.Int64).sum().alias(f"n {kind}") for kind, amount in amounts.items()),
    ]


def _subgroups(rows: pl.DataFrame, entity: str, measures: Sequence[Measure], *within: str) -> pl.DataFrame:
    """First one row for each mix of groups, then every subgroup from those few rows."""
    key = (entity, "subject", *within)
    mixes = rows.group_by(*key, MASK).agg(_sums(measures))
    return pl.concat(
        mixes.filter(is_in(subgroup))
        .group_by(key)
        .agg(pl.selectors.starts_with("d ", "n ").sum())
        .with_columns(pl.lit(subgroup, _SUBGROUP).alias("subgroup"))
        for subgroup in SUBGROUPS
    )


def _told_apart(totals: pl.DataFrame, entity: str, measures: Sequence[Measure], *within: str) -> pl.DataFrame:
    """A row for each measure that anyone is in."""
    return pl.concat(
        totals.filter((pl.col(f"d {measure.without}") > 0) & pl.col("subject").is_in(measure.subjects)).select(
            pl.col(entity).alias("entity"),
            _measure_id(measure.kind),
            *within,
            pl.col(f"n {measure.kind}").alias("numerator"),
            pl.col(f"d {measure.without}").alias("denominator"),
        )
        for measure in measures
    )


def _of_tests(counting: pl.DataFrame, entity: str, law: Law) -> pl.DataFrame:
    """The levels of each test that anyone has a score in; tests of one word are one test."""
    levels, scored = levels_of_tests(law), counting.filter(pl.col(without(SCORE)).is_null())
    each = _subgroups(scored, entity, [level for level, _ in levels], "program", "test")
    tests = each.select("subject", "program", "test").unique()
    named = tests.with_columns(pl.Series("of", [of_test(*test) for test in tests.rows()], pl.String))
    told = each.join(named, on=["subject", "program", "test"]).drop("subject").rename({"of": "subject"})
    totals = told.group_by(entity, "subject", "program", "subgroup").agg(pl.selectors.starts_with("d ", "n ").sum())
    return pl.concat(
        totals.filter(pl.col("program").cast(pl.String).is_in(programs)).select(
            pl.col(entity).alias("entity"),
            _measure_id(level.kind),
            "subgroup",
            pl.col(f"n {level.kind}").alias("numerator"),
            pl.col(f"d {level.without}").alias("denominator"),
        )
        for level, programs in levels
    )


def _left_out(counting: pl.DataFrame, measured: pl.DataFrame, entity: str, measures: Sequence[Measure]) -> pl.DataFrame:
    """Who counts here, yet not in this measure; who was tested here and counts elsewhere or nowhere; repeats."""
    columns = {measure.without: without(measure.without) for measure in measures}
    mixes = counting.group_by(pl.col(entity).alias("entity"), "subject", *columns.values()).agg(_students(pl.len()))
    absent = _absent(measured, entity)
    every = {
        whom: pl.concat(
            [
                mixes.drop_nulls(column)
                .group_by("entity", "subject", pl.col(column).alias("reason"))
                .agg(pl.col("students").sum()),
                absent,
            ]
        )
        for whom, column in columns.items()
    }
    return pl.concat(
        every[measure.without]
        .filter(pl.col("subject").is_in(measure.subjects))
        .select("entity", _measure_id(measure.kind), "reason", "students")
        for measure in measures
    )


def _absent(measured: pl.DataFrame, entity: str) -> pl.DataFrame:
    here = pl.col(f"at_{entity}")
    elsewhere = ~pl.col("is_repeated") & here.is_not_null() & (here != pl.col(entity)).fill_null(True)
    repeated = pl.col("is_repeated") & here.is_not_null()
    cases = (elsewhere, pl.len(), reasons.NOT_FULL_YEAR), (repeated, pl.col("student_id").n_unique(), reasons.REPEATED)
    return pl.concat(
        measured.filter(which)
        .group_by(here.alias("entity"), "subject")
        .agg(pl.lit(reason, REASON).alias("reason"), _students(number))
        for which, number, reason in cases
    )


def _students(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.Int64).alias("students")


def _measure_id(kind: str) -> pl.Expr:
    return (pl.col("subject").cast(pl.String) + pl.lit(f".{kind}")).alias("measure")


def _in_order(rows: pl.DataFrame, ordered: pl.Enum, within: str) -> pl.DataFrame:
    entities = pl.Enum(rows["entity"].unique().cast(pl.String).sort())
    told = rows.with_columns(pl.col("entity").cast(pl.String).cast(entities), pl.col("measure").cast(ordered))
    return told.sort("entity", "measure", within)
