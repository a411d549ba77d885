"""Facts out: a reader gets what stands as of a revision."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import sqlalchemy as sa
from psycopg.sql import SQL, Composable, Identifier, Literal

from services.scoring.rules import frames
from services.scoring.rules.areas import years_of
from services.scoring.rules.frames import Frames, latest, parted_results, special_tests
from services.scoring.rules.law import Law
from services.scoring.store.columns import rows_of
from services.scoring.store.others import others_as_of

_CONNECTIONS = 2  # one computes while the other's answer is taken apart
# groups are few and known to fit, which the planner cannot know; two connections use two processors
_SETTINGS = "set work_mem = '64MB'; set enable_sort = off; set max_parallel_workers_per_gather = 0"
_NEAR = {"results": "assessment_id", "enrollments": "entry_date"}  # the part of a key by which moved facts are found
_EARLIER = ("result_id", "assessment_id", "student_id", "school_year", "level", "scale_score")


def facts_as_of(engine: sa.Engine, cut: int, law: Law) -> Frames:
    """Every fact that stands as of a revision and that a score of the law's year needs: of an earlier year only the
    results that can be a prior score, and not where they were reported.

    Facts up to the cut change no more, so several connections may read them, each without a transaction.
    """
    known = SQL("revision <= {}").format(Literal(cut))
    this, prior = [law.school_year], law.prior
    assessments = _standing(engine, "assessments", known)
    growing, compared = _tests(law, assessments)
    of_growth = _all(known, _any("assessment_id", growing))
    of_compared = _TOOK.format(of_growth=of_growth, known=known, this=_any("school_year", this), compared=compared)
    longer_ago = sorted(set(prior.needed()) - set(prior.years))
    lag = years_of(law)
    special = _all(known, _any("assessment_id", special_tests(assessments)))
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        near = pool.submit(_tests_of_several_years, engine, known).result
        reads = (
            lambda: _standing(engine, "districts", known),
            lambda: _standing(engine, "schools", known),
            lambda: _standing(engine, "results", known, this, near=near),
            lambda: _standing(engine, "results", of_growth, prior.years, _EARLIER, near),
            lambda: _standing(engine, "enrollments", known, [*this, *lag.everyone]),
            lambda: _standing(engine, "results", of_compared, longer_ago, _EARLIER, near),
            lambda: _standing(engine, "demographics", known, [*this, *lag.everyone]),
            lambda: _standing(engine, "attendance", known, this),
            lambda: _standing(engine, "demographics", _all(known, _OF_COHORTS.format(known=known)), lag.cohorts),
            lambda: _standing(engine, "enrollments", _all(known, _UNPLACED.format(known=known)), lag.stays),
            lambda: _standing(engine, "results", special, only=tuple(frames.OTHER_RESULTS)),
        )
        others = pool.submit(others_as_of, engine, cut, lag.records)
        found = pool.map(_called, reads)
        districts, schools, now, before, enrollments, long_before, demographics, attendance, *lagged = found
    results, _ = parted_results(pl.concat([now, before, long_before], how="diagonal"), assessments)
    earlier_groups, unplaced, other_results = lagged
    return Frames(
        districts=districts,
        schools=schools,
        assessments=assessments,
        demographics=_without_twins([demographics, earlier_groups], "demographics"),
        enrollments=_without_twins([enrollments, unplaced], "enrollments"),
        results=results,
        other_results=other_results,
        attendance=attendance,
        **others.result(),
    )


def _without_twins(parts: Sequence[pl.DataFrame], kind: str) -> pl.DataFrame:
    """Two readings together; a fact that both brought stands once."""
    first, second = parts
    return pl.concat([first, second.join(first, on=list(frames.KEYS[kind]), how="anti")])


_OF_COHORTS = SQL("student_id in (select student_id from other_facts where {known} and kind = 'cohorts')")
_UNPLACED = SQL("""student_id in (
    select student_id from other_facts where {known} and kind = 'cohorts' and school_id is null
)""")


# Some tests are compared with a year longer ago: of that year the results of those who took one of them now.
_TOOK = SQL("""{of_growth} and student_id in (
    select student_id from result_facts where {known} and {this} and assessment_id = any({compared})
)""")


def _called(read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return read()


def _tests(law: Law, assessments: pl.DataFrame) -> tuple[list[str], Composable]:
    """The tests of subjects in which growth counts; and those of them that are compared with a year longer ago."""
    subject, test = pl.col("subject").cast(pl.String), pl.col("test").cast(pl.String)
    growing = assessments.filter(subject.is_in(list(law.growth_subjects)))
    compared = growing.filter(test.is_in(list(law.prior.latest_tests)))
    return growing["assessment_id"].to_list(), Literal(compared["assessment_id"].to_list())


def _tests_of_several_years(engine: sa.Engine, known: Composable) -> list[str]:
    """The tests that have results of several years: of these alone can one have moved from a year to another."""
    query = SQL("""select assessment_id from result_facts where {known}
        group by assessment_id having min(school_year) <> max(school_year)""").format(known=known)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver: Any = connection.connection.dbapi_connection
        return [test for (test,) in driver.execute(query).fetchall()]


def _standing(
    engine: sa.Engine,
    kind: str,
    among: Composable,
    years: Sequence[str] = (),
    only: Sequence[str] | None = None,
    near: Callable[[], list[str]] | None = None,
) -> pl.DataFrame:
    """What stands of a kind `among` the keys that a condition chooses; of some years, where it has them.

    A key's later revision may have moved it to another year: those are looked for too, so that the older one falls;
    `near`: where alone they can be.
    """
    of_years = _any("school_year", years) if years else SQL("true")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # its settings end with it
        connection.exec_driver_sql(_SETTINGS)
        rows = rows_of(connection, kind, _all(among, of_years), only)
        place = _NEAR.get(kind) if years else None
        at = set(rows[place].unique().to_list()) if place else set()
        at = at.intersection(near()) if near else at
        if place is None or not at:
            return latest(rows, frames.KEYS[kind])
        elsewhere = _all(among, _any(place, sorted(at)), SQL("not {}").format(of_years))
        moved = rows_of(connection, kind, elsewhere, frames.KEYS[kind])
    if moved.is_empty():
        return latest(rows, frames.KEYS[kind])
    every = pl.concat([rows.with_columns(pl.lit(True).alias("is_wanted")), moved], how="diagonal")
    return latest(every, frames.KEYS[kind]).filter("is_wanted").drop("is_wanted")


def _any(name: str, values: Sequence[object]) -> Composable:
    return SQL("{} = any({})").format(Identifier(name), Literal(list(values)))


def _all(*conditions: Composable) -> Composable:
    return SQL(" and ").join(conditions)
