"""Accelerated and advanced courses: who of the upper grades takes one, and who succeeds in it (COMP-6, OTH-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl

from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where, placed
from shared.vocabulary.measures import ACCELERATION, ADVANCED, measure

PARTICIPATION = measure(ACCELERATION, "participation")
PERFORMANCE = measure(ACCELERATION, "performance")
MEASURES = (PARTICIPATION, PERFORMANCE)
KINDS = ("aice", "ap", "ib", "dual", "industry")
ANY = measure(ADVANCED, "any")
OF_KIND = {kind: measure(ADVANCED, kind) for kind in KINDS}
ADVANCED_MEASURES = (ANY, *OF_KIND.values())
FACTS = ("credit_awarded", "credential_passed")


@dataclass(frozen=True)
class AccelerationLaw:
    """`grades`: who is asked for acceleration, `advanced_grades` for advanced courses; `outcomes`: what is taking part.

    `marks`: kind -> exam scores that succeed; `facts`: kind -> the transcript's column that says whether one did.
    """

    grades: frozenset[str]
    advanced_grades: frozenset[str]
    outcomes: frozenset[str]
    marks: Mapping[str, frozenset[str]]
    facts: Mapping[str, str]


def heads(frames: Frames, law: AccelerationLaw, where: Where) -> pl.DataFrame:
    """Students of the grades at each entity: 1 for a course taken; of participants 1 for a success in one.

    Where nobody takes part, performance has no denominator; that its component is then 0 is for the points to say.
    """
    taken = _taken(frames, law, where.school_year).group_by("student_id").agg(pl.col("is_success").any())
    rows = _students(frames, law.grades, where).join(taken, on="student_id", how="left")
    return rows.select(
        "entity",
        "student_id",
        pl.col("is_success").is_not_null().cast(pl.Int64).alias(PARTICIPATION),
        pl.col("is_success").cast(pl.Int64).alias(PERFORMANCE),
    )


def advanced(frames: Frames, law: AccelerationLaw, where: Where) -> pl.DataFrame:
    """Students of the grades at each entity: 1 for an advanced course taken, of any kind and of each."""
    of_kind = [(pl.col("kind") == kind).any().cast(pl.Int64).alias(name) for kind, name in OF_KIND.items()]
    taken = _taken(frames, law, where.school_year).group_by("student_id").agg(pl.lit(1, pl.Int64).alias(ANY), *of_kind)
    rows = _students(frames, law.advanced_grades, where).join(taken, on="student_id", how="left")
    return rows.select("entity", "student_id", pl.col(*ADVANCED_MEASURES).fill_null(0))


def _students(frames: Frames, grades: frozenset[str], where: Where) -> pl.DataFrame:
    """Each student once at each entity where one was enrolled in one of the grades at any time of the year."""
    stays = frames.enrollments.filter(
        (pl.col("school_year") == where.school_year) & pl.col("grade").cast(pl.String).is_in(list(grades))
    ).select(pl.col("student_id", "school_id").cast(pl.String))
    return stays.join(placed(frames.schools, where), on="school_id").select("entity", "student_id").unique()


def _taken(frames: Frames, law: AccelerationLaw, school_year: str) -> pl.DataFrame:
    """Student, kind, whether it was a success: a row for each kind of each course taken in the year.

    A transcript's own kind overrules the course's. Courses count wherever the student is counted, since a course may be
    taken at another school than one's own.
    """
    of_course = frames.courses.select("course_id", "kinds")
    own = pl.when(pl.col("kind").is_not_null()).then(pl.concat_list("kind"))
    courses = (
        frames.transcripts.filter(
            (pl.col("school_year") == school_year) & pl.col("outcome").is_in(list(law.outcomes)).fill_null(False)
        )
        .join(of_course, on="course_id", how="left")
        .with_columns(pl.coalesce(own, "kinds").alias("kind"))
        .explode("kind")
    )
    known = courses.filter(pl.col("kind").is_in(KINDS).fill_null(False))
    return known.select("student_id", "kind", _is_success(law).alias("is_success"))


def _is_success(law: AccelerationLaw) -> pl.Expr:
    score = pl.col("exam_score").str.strip_chars().str.to_uppercase()
    by_mark = [(pl.col("kind") == kind) & score.is_in(sorted(marks)) for kind, marks in law.marks.items()]
    by_fact = [(pl.col("kind") == kind) & pl.col(fact) for kind, fact in law.facts.items()]
    return reduce(or_, (case.fill_null(False) for case in (*by_mark, *by_fact)), pl.lit(False))
