"""Who is enrolled at each entity at any time of a year, and to whom of them something happened (OTH-3, OTH-4)."""

from collections.abc import Sequence

import polars as pl

from services.scoring.rules.frames import WORD, Frames
from services.scoring.rules.heads import Where, placed, without
from services.scoring.rules.reasons import NOT_ENROLLED

STUDENT = ["entity", "student_id"]


def at_entities(rows: pl.DataFrame, frames: Frames, where: Where) -> pl.DataFrame:
    """Rows that name a school of the directory, with the `entity` of the level that it is of."""
    words = rows.with_columns(pl.col("student_id", "school_id").cast(WORD))
    return words.join(placed(frames.schools, where).cast(WORD), on="school_id")


def stays(frames: Frames, where: Where, school_year: str) -> pl.DataFrame:
    """Each stay of a school year at an entity of the level."""
    of_year = frames.enrollments.filter(pl.col("school_year") == school_year)
    return at_entities(of_year.select("student_id", "school_id", "entry_date", "exit_date", "grade"), frames, where)


def happened(
    events: pl.DataFrame, frames: Frames, where: Where, school_year: str, names: Sequence[str]
) -> pl.DataFrame:
    """Heads: 1 for an enrolled student to whom something of a name happened at the entity, 0 for any other.

    `events`: student_id, school_id, school_year and for each name whether it happened. A student to whom it happened
    without being enrolled there is told of, and not counted.
    """
    of_year = at_entities(events.filter(pl.col("school_year") == school_year), frames, where)
    each = of_year.group_by(STUDENT).agg(pl.col(*names).any())
    enrolled = stays(frames, where, school_year).select(*STUDENT, pl.lit(True).alias("enrolled")).unique()
    joined = enrolled.join(each, on=STUDENT, how="full", coalesce=True)
    counts, told = pl.col("enrolled").fill_null(False), [pl.col(name).fill_null(False) for name in names]
    return joined.filter(counts | pl.any_horizontal(told)).select(
        pl.col(*STUDENT).cast(pl.String),
        *(pl.when(counts).then(it.cast(pl.Int64)).alias(name) for it, name in zip(told, names, strict=True)),
        *(
            pl.when(~counts & it).then(pl.lit(NOT_ENROLLED)).alias(without(name))
            for it, name in zip(told, names, strict=True)
        ),
    )
