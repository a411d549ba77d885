"""Repeats: which of several results of a student in one subject and year counts (chapter's order, then the ids)."""

from collections.abc import Mapping, Sequence

import polars as pl

from services.scoring.rules.programs import Program

STUDENT_SUBJECT = ("student_id", "subject")
_LAST = ("assessment_id", "result_id")


def preferences(programs: Sequence[Program]) -> Mapping[str, list[pl.Expr]]:
    """What a chapter may prefer by, each as values of which the greatest goes first."""
    main = [program.name for program in programs if program.is_main]
    return {
        "scored": [pl.col("rank").is_not_null()],
        "accountable_school": [pl.col(level).is_not_null() for level in ("school", "district", "state")]
        + [(pl.col("at_school") == pl.col("school")).fill_null(False)],
        "main_program": [pl.col("program").is_in(main)],
        "scale_score": [pl.col("score").fill_null(-1)],
    }


def with_repeats_marked(results: pl.DataFrame, order: Sequence[str], programs: Sequence[Program]) -> pl.DataFrame:
    """The results with `is_only` (the student's one result in the subject) and `is_repeated`: all but what counts."""
    told = results.with_columns((~pl.struct(STUDENT_SUBJECT).is_duplicated()).alias("is_only"))
    alone = told.filter("is_only").with_columns(pl.lit(False).alias("is_repeated"))
    known = preferences(programs)
    by = [expr.cast(pl.Int64) for name in order for expr in known[name]]
    several = told.filter(~pl.col("is_only"))
    ordered = several.sort(*by, *_LAST, descending=[True] * len(by) + [False] * len(_LAST))
    first = pl.struct(STUDENT_SUBJECT).is_first_distinct()
    return pl.concat([alone, ordered.with_columns((~first).alias("is_repeated"))])
