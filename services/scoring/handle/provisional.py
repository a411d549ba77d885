"""Provisional scores: what touched schools score on the facts as they stand, by the same rules as an edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from services.scoring.handle.entities import rating
from services.scoring.handle.memory import Remembered
from services.scoring.rules.areas import rated_areas
from services.scoring.rules.assessed import ungrouped
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where, everyone_of
from services.scoring.rules.law import Law
from services.scoring.rules.tally import everyone, measured_for_rating
from shared.events.editions import Rating
from shared.events.fact import Fact
from shared.events.scores import SCORES, SchoolScoredProvisionally
from shared.vocabulary import statuses
from shared.vocabulary.identity import fact_id

_UNREAD = ("district", "state", "at_district", "at_state")  # by no measure of a school


@dataclass(frozen=True)
class Touched:
    """Schools of one year to score anew.

    `frames`: the facts of `students`, whole: of a school that is remembered those who changed, of any other all.
    `newest`: of these facts the newest revision at each school. `before`: how often a school's rating was told, and
    the last one. `law` None: no chapter covers the year.
    """

    state: str
    school_year: str
    school_ids: Sequence[str]
    law: Law | None = None
    frames: Frames | None = None
    students: Sequence[str] = ()
    newest: Mapping[str, int] = field(default_factory=dict)
    remembered: Mapping[str, Remembered] = field(default_factory=dict)
    before: Mapping[str, tuple[int, Rating]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rescored:
    """Schools that were looked at, ratings to keep as they are told, and what to remember of each."""

    school_year: str
    school_ids: Sequence[str] = ()
    ratings: Mapping[str, tuple[int, Rating]] = field(default_factory=dict)
    remembered: Mapping[str, Remembered] = field(default_factory=dict)


def on_touched(command: object, touched: Touched, now: datetime) -> tuple[Rescored, list[Fact], Rescored]:
    """Scores the touched schools that the directory holds; a fact only where the rating changed."""
    del command, now
    if touched.law is None or touched.frames is None:
        rescored = Rescored(touched.school_year, touched.school_ids)
        return rescored, [], rescored
    rows = _rows(touched.frames, touched.law, touched)
    heads = _heads(touched.frames, touched.law, touched)
    remembered = _remembered(rows, heads, touched)
    kept, facts = {}, []
    for school_id, told in _ratings(rows, heads, touched.frames, touched.law, touched.school_ids).items():
        times, before = touched.before.get(school_id, (0, None))
        changed = told != before
        kept[school_id] = (times + changed, told)
        if changed:
            event = _event(touched.school_year, school_id, times + 1, remembered[school_id].revision, told)
            facts.append(Fact(SCORES, school_id, event))
    rescored = Rescored(touched.school_year, touched.school_ids, kept, remembered)
    return rescored, facts, rescored


def _rows(frames: Frames, law: Law, touched: Touched) -> pl.DataFrame:
    """The measured results of the schools, `of` saying whose: a row that two schools look at stands once for each."""
    read = measured_for_rating(ungrouped(frames, law, touched.state), law).drop(_UNREAD)
    here = pl.col("at_school") == pl.col("school")
    counting = read.drop_nulls("school").with_columns(
        pl.when(here).then("at_school").alias("at_school"), pl.col("school").alias("of")
    )
    elsewhere = (
        read.drop_nulls("at_school")
        .filter(~here.fill_null(False))
        .with_columns(pl.lit(None, read.schema["school"]).alias("school"), pl.col("at_school").alias("of"))
    )
    new = pl.concat([counting, elsewhere]).filter(pl.col("of").cast(pl.String).is_in(list(touched.school_ids)))
    if not touched.remembered:
        return new
    known = pl.concat(each.rows for each in touched.remembered.values())
    return pl.concat([known.filter(_others(touched)), new])


def _heads(frames: Frames, law: Law, touched: Touched) -> tuple[pl.DataFrame, ...]:
    """Of each rated area the heads of the schools."""
    where = Where(statuses.SCHOOL, touched.state, law.school_year)
    found = []
    for place, area in enumerate(rated_areas(law)):
        read = area.heads(frames, area.law(law), where).select("entity", "student_id", *area.measures)
        new = read.filter(pl.col("entity").is_in(list(touched.school_ids)))
        known = [each.heads[place].filter(_others(touched)) for each in touched.remembered.values()]
        found.append(pl.concat([*known, new]))
    return tuple(found)


def _others(touched: Touched) -> pl.Expr:
    """Whose facts were not read now."""
    return ~pl.col("student_id").cast(pl.String).is_in(list(touched.students))


def _remembered(rows: pl.DataFrame, heads: tuple[pl.DataFrame, ...], touched: Touched) -> dict[str, Remembered]:
    apart = _apart(rows, "of")
    heads_apart = [_apart(each, "entity") for each in heads]
    before = {school_id: known.revision for school_id, known in touched.remembered.items()}
    return {
        school_id: Remembered(
            apart.get(school_id, rows.clear()),
            tuple(part.get(school_id, whole.clear()) for part, whole in zip(heads_apart, heads, strict=True)),
            max(before.get(school_id, 0), touched.newest.get(school_id, 0)),
        )
        for school_id in touched.school_ids
    }


def _apart(rows: pl.DataFrame, by: str) -> dict[str, pl.DataFrame]:
    return {str(school): part for (school,), part in rows.partition_by(by, as_dict=True).items()}


def _ratings(
    rows: pl.DataFrame, heads: tuple[pl.DataFrame, ...], frames: Frames, law: Law, school_ids: Sequence[str]
) -> dict[str, Rating]:
    counted = everyone(rows, law, statuses.SCHOOL)
    for area, each in zip(rated_areas(law), heads, strict=True):
        for school_id, more in everyone_of(each, area).items():
            counted.setdefault(school_id, {}).update(more)
    schools = {row["school_id"]: row for row in frames.schools.iter_rows(named=True)}
    return {
        school_id: rating(
            statuses.SCHOOL,
            frozenset(schools[school_id]["grades"].split(",")),
            counted.get(school_id, {}),
            law,
            schools[school_id]["opened_on"],
        )
        for school_id in sorted(school_ids)
        if school_id in schools
    }


def _event(school_year: str, school_id: str, times: int, revision: int, told: Rating) -> SchoolScoredProvisionally:
    """Its id holds how often the school was told, so that A, B, A are three facts."""
    causes = (school_id, school_year, times, revision, told.model_dump_json())
    return SchoolScoredProvisionally(
        event_id=fact_id("school.scored_provisionally", *causes),
        school_id=school_id,
        school_year=school_year,
        as_of_revision=revision,
        rating=told,
    )
