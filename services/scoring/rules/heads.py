"""Measures of students beside the tests of subjects: summed by entity and subgroup, with who is left out and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from services.scoring.rules.frames import Frames
from services.scoring.rules.groups import BITS, MASK, is_in
from services.scoring.rules.points import Counted
from shared.vocabulary.measures import unit_of
from shared.vocabulary.subgroups import ALL, FLAGS, SUBGROUPS

_SUBGROUP = pl.Enum(SUBGROUPS)
_FLAGS = sum(BITS[name] for name in FLAGS)


@dataclass(frozen=True)
class Tally:
    """One level of entities. `counts`: entity, measure, subgroup, numerator, denominator (1 or more).

    `left_out`: entity, measure, reason, students.
    """

    counts: pl.DataFrame
    left_out: pl.DataFrame


@dataclass(frozen=True)
class Where:
    """Which entities are counted: those of a level (school, district or state) in a school year."""

    level: str
    state: str
    school_year: str

    def entity(self, school: str, district: str) -> pl.Expr:
        """`entity`: of the columns of a school and its district the one of the level, or the state."""
        each = {"school": pl.col(school), "district": pl.col(district), "state": pl.lit(self.state)}
        return each[self.level].alias("entity")


@dataclass(frozen=True)
class Area:
    """Measures that one chapter of rules counts. `law`: its part of the law, or None where the law has none.

    `heads` gives one row for each student of an entity: `entity`, `student_id`, for each measure what the student adds
    in the measure's unit (null: not in the denominator), `without <measure>` a reason or null, and `groups_year` where
    the student's groups are those of another year. What a student adds follows from that student's facts alone.
    """

    measures: tuple[str, ...]
    law: Callable[[Any], Any]
    heads: Callable[[Frames, Any, Where], pl.DataFrame]


@dataclass(frozen=True)
class Figures:
    """Numbers that one chapter of rules makes and that count no students, and what a person should look at.

    `made` gives both: amounts (entity, measure, numerator and denominator as exact text, of which a denominator may be
    null, unit) and findings (entity, code, measure, number as text).
    """

    law: Callable[[Any], Any]
    made: Callable[[Frames, Any, Where], tuple[pl.DataFrame, pl.DataFrame]]


def without(measure: str) -> str:
    """The column of the reason why a student is not in a measure."""
    return f"without {measure}"


def groups_of(demographics: pl.DataFrame) -> pl.DataFrame:
    """Student, school year and groups: gender and race as the smallest district says, a flag when any district says so.

    `demographics` hold `groups` (rules.groups). Any time in the year (SUBG-10: chronic absence and the like).
    """
    key = ["student_id", "school_year"]
    told = demographics.select(pl.col(*key, "district_id").cast(pl.String), MASK)
    several = pl.struct(key).is_duplicated()
    first = pl.col(MASK).sort_by("district_id").first() & ~pl.lit(_FLAGS, pl.Int32)
    united = told.filter(several).group_by(key).agg((first | (pl.col(MASK).bitwise_or() & _FLAGS)).alias(MASK))
    return pl.concat([told.filter(~several).drop("district_id"), united])


def tallied(rows: pl.DataFrame, area: Area, groups: pl.DataFrame, where: Where) -> Tally:
    """Sums heads by entity, measure and subgroup, in this order.

    `groups`: as `groups_of` gives them; a student without is in All.
    """
    measures, named = area.measures, _with_groups(rows, groups, where)
    sums = [pl.col(m).cast(pl.Int64).sum().alias(f"n {m}") for m in measures]
    sizes = [pl.col(m).is_not_null().sum().cast(pl.Int64).alias(f"d {m}") for m in measures]
    mixes = named.group_by("entity", MASK).agg(*sums, *sizes)
    totals = pl.concat(
        mixes.filter(is_in(subgroup))
        .group_by("entity")
        .agg(pl.selectors.starts_with("n ", "d ").sum())
        .with_columns(pl.lit(subgroup, _SUBGROUP).alias("subgroup"))
        for subgroup in SUBGROUPS
    )
    counts = pl.concat(
        totals.filter(pl.col(f"d {m}") > 0).select(
            "entity",
            pl.lit(m).alias("measure"),
            "subgroup",
            pl.col(f"n {m}").alias("numerator"),
            pl.col(f"d {m}").alias("denominator"),
        )
        for m in measures
    ).sort("entity", "measure", "subgroup")
    return Tally(counts, _left_out(rows, measures))


def everyone_of(rows: pl.DataFrame, area: Area) -> dict[str, dict[str, Counted]]:
    """Entity, measure, what is counted of all students: as `tallied`, for less."""
    measures = area.measures
    totals = rows.group_by("entity").agg(
        *(pl.col(m).cast(pl.Int64).sum().alias(f"n {m}") for m in measures),
        *(pl.col(m).is_not_null().sum().alias(f"d {m}") for m in measures),
    )
    return {
        row["entity"]: {m: Counted(row[f"n {m}"], row[f"d {m}"], unit_of(m)) for m in measures if row[f"d {m}"] > 0}
        for row in totals.iter_rows(named=True)
    }


def placed(schools: pl.DataFrame, where: Where) -> pl.DataFrame:
    """Each school of the directory and its entity of the level: itself, its district, or the state."""
    entity = where.entity("school_id", "district_id")
    return schools.select(pl.col("school_id").cast(pl.String), entity.cast(pl.String)).drop_nulls()


def _with_groups(rows: pl.DataFrame, groups: pl.DataFrame, where: Where) -> pl.DataFrame:
    year = pl.col("groups_year") if "groups_year" in rows.columns else pl.lit(where.school_year)
    named = rows.with_columns(year.alias("school_year")).join(groups, on=["student_id", "school_year"], how="left")
    return named.with_columns(pl.col(MASK).fill_null(BITS[ALL]))


def _left_out(rows: pl.DataFrame, measures: Sequence[str]) -> pl.DataFrame:
    schema = {"entity": pl.String, "measure": pl.String, "reason": pl.String, "students": pl.Int64}
    parts = [
        rows.filter(pl.col(m).is_null() & pl.col(without(m)).is_not_null())
        .group_by("entity", pl.col(without(m)).alias("reason"))
        .agg(pl.len().cast(pl.Int64).alias("students"))
        .select("entity", pl.lit(m).alias("measure"), "reason", "students")
        for m in measures
        if without(m) in rows.columns
    ]
    return pl.concat(parts).sort("entity", "measure", "reason") if parts else pl.DataFrame(schema=schema)
