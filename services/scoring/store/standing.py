"""What stands now, of a few students or schools: what a provisional score is computed from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa
from psycopg.sql import SQL, Literal

from services.scoring.rules import frames
from services.scoring.rules.frames import Frames, latest, parted_results
from services.scoring.store.columns import rows_of
from services.scoring.store.others import others_of_students
from shared.runtime.copying import text_array

_NOTHING = {name: pl.DataFrame(schema=schema) for name, schema in frames.SCHEMAS.items()}


@dataclass(frozen=True)
class Directory:
    """Districts, schools and tests as they stand; `schools` at which revision each stands."""

    mark: tuple[int, ...]
    frames: Frames
    revisions: dict[str, int]


def directory(connection: sa.Connection, known: Directory | None) -> Directory:
    """The directory; the one already known while nothing of it has changed."""
    mark = tuple(connection.execute(_MARK).one())
    if known is not None and known.mark == mark:
        return known
    kinds = ("districts", "schools", "assessments")
    rows = {kind: rows_of(connection, kind, SQL("true")) for kind in kinds}
    standing = {kind: latest(part, frames.KEYS[kind]) for kind, part in rows.items()}
    revisions = rows["schools"].group_by("school_id").agg(pl.col("revision").max()).iter_rows()
    return Directory(mark, Frames(**{**_NOTHING, **standing}), {str(school): newest for school, newest in revisions})


# counted too: of two transactions the one with the lower revision may be committed last
_MARK = sa.text("""
    select * from (select count(*), max(revision) from district_facts) d,
        (select count(*), max(revision) from school_facts) s,
        (select count(*), max(revision) from assessment_facts) a
""")


def students_of(
    connection: sa.Connection, school_ids: Iterable[str], school_year: str, cohort_years: Sequence[str]
) -> list[str]:
    """Every student enrolled in or reported by one of the schools in a year, or in its cohort of one of some years."""
    asked = {"schools": list(school_ids), "year": school_year, "cohort_years": list(cohort_years)}
    return list(connection.execute(_STUDENTS, asked).scalars())


_STUDENTS = sa.text("""
    select student_id from enrollment_facts where school_id = any(:schools) and school_year = :year
    union select student_id from result_facts where school_id = any(:schools) and school_year = :year
    union select student_id from other_facts
        where kind = 'cohorts' and school_id = any(:schools) and school_year = any(:cohort_years)
""")


def facts_of_students(
    connection: sa.Connection, of: Directory, students: Sequence[str], school_year: str, years: Sequence[str]
) -> tuple[Frames, dict[str, int]]:
    """What a rating reads of what stands now of students, beside the directory: not their groups. And at each school
    of the year its students' newest revision, of their groups too.

    A key's later revision may have moved it to another year: it is read too, so that the older one falls.
    """
    theirs = SQL("student_id = any(cast({} as text[]))").format(Literal(text_array(students)))
    of_year = SQL(" and ").join([theirs, SQL("school_year = {}").format(Literal(school_year))])
    rows = {
        "demographics": rows_of(connection, "demographics", of_year, only=["student_id"]),
        "enrollments": rows_of(connection, "enrollments", _STAYS.format(theirs=theirs, of_year=of_year)),
        "results": rows_of(connection, "results", theirs, only=tuple(frames.OTHER_RESULTS)),
    }
    standing = {kind: latest(rows[kind], frames.KEYS[kind]) for kind in ("enrollments", "results")}
    academic, special = parted_results(standing["results"], of.frames.assessments)
    found = Frames(
        districts=of.frames.districts,
        schools=of.frames.schools,
        assessments=of.frames.assessments,
        demographics=_NOTHING["demographics"],
        enrollments=standing["enrollments"].filter(pl.col("school_year") == school_year),
        results=academic.filter(pl.col("school_year").is_in(list(years))),
        other_results=special,
        **others_of_students(connection, students),
    )
    return found, _newest(rows, school_year)


_STAYS = SQL("""
    {theirs} and (student_id, school_id, entry_date) in (
        select student_id, school_id, entry_date from enrollment_facts where {of_year}
    )
""")


def _newest(rows: dict[str, pl.DataFrame], school_year: str) -> dict[str, int]:
    newest = pl.concat(part.select("student_id", "revision") for part in rows.values())
    newest = newest.group_by("student_id").agg(pl.col("revision").max())
    placed = pl.concat(
        rows[kind].filter(pl.col("school_year") == school_year).select("student_id", "school_id")
        for kind in ("enrollments", "results")
    )
    at = placed.drop_nulls().join(newest, on="student_id").group_by("school_id").agg(pl.col("revision").max())
    return {str(school): int(revision) for school, revision in at.iter_rows()}
