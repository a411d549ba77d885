"""Subgroups: of which groups a student is, as one number with a bit for each subgroup (SUBG-1 to SUBG-10)."""

import polars as pl

from shared.vocabulary.subgroups import ALL, FLAGS, GENDERS, RACES, SUBGROUPS

BITS = {subgroup: 1 << place for place, subgroup in enumerate(SUBGROUPS)}
MASK = "groups"


def groups() -> pl.Expr:
    """A demographics record as bits; an unknown gender or race is in no such group, yet in All."""
    bits = pl.lit(BITS[ALL])
    for column, members in (("gender", GENDERS), ("race", RACES)):
        for member in members:
            bits = bits + pl.when(pl.col(column) == member).then(BITS[member]).otherwise(0)
    for flag in FLAGS:
        bits = bits + pl.col(flag).fill_null(False).cast(pl.Int32) * BITS[flag]
    return bits.cast(pl.Int32).alias(MASK)


def with_groups(results: pl.DataFrame, demographics: pl.DataFrame) -> pl.DataFrame:
    """The results with `groups`: of each student one record, the same at every level.

    Of a student's several records counts the one of the district where the results count, else of the smallest
    district that reported a result, else of the smallest district.
    """
    told = demographics.select("student_id", "district_id", groups())
    several = pl.col("student_id").is_duplicated()
    named_twice = told.filter(several).select("student_id").unique()
    known = results.join(named_twice, on="student_id")
    near = pl.concat(
        known.select("student_id", pl.col(place).cast(pl.String).alias("district_id"), pl.lit(far).alias("far"))
        for far, place in enumerate(("district", "at_district"))
    )
    nearest = near.drop_nulls().group_by("student_id", "district_id").agg(pl.col("far").min())
    chosen = (
        told.filter(several)
        .with_columns(pl.col("district_id").cast(pl.String))
        .join(nearest, on=["student_id", "district_id"], how="left")
        .sort("student_id", "far", "district_id", nulls_last=True)
        .unique("student_id", keep="first", maintain_order=True)
        .select("student_id", MASK)
    )
    one = pl.concat([told.filter(~several).select("student_id", MASK), chosen])
    return results.join(one, on="student_id", how="left").with_columns(pl.col(MASK).fill_null(BITS[ALL]))


def is_in(subgroup: str) -> pl.Expr:
    """Whether the student is of the subgroup."""
    return (pl.col(MASK) & BITS[subgroup]) != 0
