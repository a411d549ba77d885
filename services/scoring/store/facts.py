"""Facts out: a reader gets what stands as of a revision."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import sqlalchemy as sa
from psycopg.sql import SQL, Composable, Identifier, Literal

from services.scoring.rules import frames
from services.scoring.rules.frames import Frames, latest
from services.scoring.rules.law import Law
from services.scoring.store.columns import rows_of

_CONNECTIONS = 2  # one computes while the other's answer is taken apart
# Groups are many and known to fit, which the planner cannot know
_SETTINGS = "set work_mem = '64MB'; set enable_sort = off"
_NEAR = {"results": "assessment_id", "enrollments": "entry_date"}  # the part of a key by which moved facts are found
_EARLIER = ("result_id", "assessment_id", "student_id", "school_year", "level", "scale_score")


def facts_as_of(engine: sa.Engine, cut: int, law: Law) -> Frames:
    """Every fact that stands as of a revision and that a score of the law's year needs: of an earlier year only the
    results that can be a prior score, and not where they were reported.

    Facts up to the cut change no more, so several connections may read them, each without a transaction.
    """
    known = SQL("revision <= {}").format(Literal(cut))
    of_year = SQL("school_year = {}").format(Literal(law.school_year))

    def standing(kind: str, wanted: Composable, only: Sequence[str] | None = None) -> Callable[[], pl.DataFrame]:
        return lambda: _standing(engine, kind, known, wanted, only)

    assessments = _standing(engine, "assessments", known, SQL("true"))
    earlier = _prior(known, of_year, law, assessments)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        districts, schools, now, before, enrollments, demographics = pool.map(
            lambda read: read(),
            (
                standing("districts", SQL("true")),
                standing("schools", SQL("true")),
                standing("results", of_year),
                standing("results", earlier, _EARLIER),
                standing("enrollments", of_year),
                standing("demographics", of_year),
            ),
        )
    results = pl.concat([now, before], how="diagonal")
    return Frames(districts, schools, assessments, demographics, enrollments, results)


def _prior(known: Composable, of_year: Composable, law: Law, assessments: pl.DataFrame) -> Composable:
    """Which earlier results can be a prior score: of the tests and years of growth; where only some tests are compared
    with a year, of the students who took one of these.
    """
    subject, test = pl.col("subject").cast(pl.String), pl.col("test").cast(pl.String)
    growing = assessments.filter(subject.is_in(list(law.growth_subjects)))
    compared = growing.filter(test.is_in(list(law.prior.latest_tests)))
    return SQL("""
        assessment_id = any({growing}) and (
            school_year = any({years})
            or school_year = any({all_years}) and student_id in (
                select student_id from result_facts where {known} and {of_year} and assessment_id = any({compared})
            )
        )
    """).format(
        growing=Literal(growing["assessment_id"].to_list()),
        years=Literal(list(law.prior.years)),
        all_years=Literal(list(law.prior.all_years)),
        known=known,
        of_year=of_year,
        compared=Literal(compared["assessment_id"].to_list()),
    )


def _standing(
    engine: sa.Engine, kind: str, known: Composable, wanted: Composable, only: Sequence[str] | None = None
) -> pl.DataFrame:
    """What stands of a kind, as far as it is wanted.

    A key's later revision may have moved it to another year: those are looked for too, so that the older one falls.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # its settings end with it
        connection.exec_driver_sql(_SETTINGS)
        rows = rows_of(connection, kind, _all(known, wanted), only)
        near = _NEAR.get(kind)
        if near is None or rows.is_empty():
            return latest(rows, frames.KEYS[kind])
        place = SQL("{} = any({})").format(Identifier(near), Literal(rows[near].unique().to_list()))
        moved = rows_of(connection, kind, _all(known, place, SQL("not ({})").format(wanted)), frames.KEYS[kind])
    if moved.is_empty():
        return latest(rows, frames.KEYS[kind])
    every = pl.concat([rows.with_columns(pl.lit(True).alias("is_wanted")), moved], how="diagonal")
    return latest(every, frames.KEYS[kind]).filter("is_wanted").drop("is_wanted")


def _all(*conditions: Composable) -> Composable:
    return SQL(" and ").join(conditions)
