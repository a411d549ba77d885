"""Entities: what each school, district and the state scores, from the facts that stand. One function for any scope."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from services.scoring.rules import ratings
from services.scoring.rules.assessed import assessed
from services.scoring.rules.catalog import measure_ids
from services.scoring.rules.frames import Frames
from services.scoring.rules.law import Law
from services.scoring.rules.points import Counted, Earned, Total, letter, total
from services.scoring.rules.tally import tally
from shared.events.editions import Component, Rating
from shared.vocabulary import measures, statuses
from shared.vocabulary.subgroups import ALL


@dataclass(frozen=True)
class Scores:
    """What is counted of one entity: (measure, subgroup, numerator, denominator) and (measure, reason, students)."""

    counts: list[tuple[str, str, int, int]] = field(default_factory=list)
    left_out: list[tuple[str, str, int]] = field(default_factory=list)


def scores(frames: Frames, law: Law, state: str, levels: tuple[str, ...]) -> dict[str, dict[str, Scores]]:
    """Level, entity, scores: of every entity of which something is counted."""
    results = assessed(frames, law, state)
    found: dict[str, dict[str, Scores]] = {}
    for level in levels:
        summed = tally(results, law, level)
        counts, left_out = dict(_by_entity(summed.counts)), dict(_by_entity(summed.left_out))
        found[level] = {
            entity: Scores(counts.get(entity, []), left_out.get(entity, [])) for entity in sorted({*counts, *left_out})
        }
    return found


def rating(level: str, grades: frozenset[str], told: Scores, law: Law) -> Rating:
    """What the entity earns and whether it is graded (GRADE-1 to GRADE-10)."""
    counted = {
        measure: Counted(numerator, denominator, measures.unit_of(measure))
        for measure, subgroup, numerator, denominator in told.counts
        if subgroup == ALL
    }
    below = ratings.is_below_expected(counted, law.participation, law.points.minimum_n)
    flags = [law.participation.flag] if below else []
    why_not = ratings.not_rated(level, grades, law.graded_levels, law.tested_grades, law.no_assessments)
    if why_not:
        return Rating(status=why_not, flags=tuple(flags))
    name = ratings.column(law.scale_choice, level, grades)
    column = law.columns[name]
    result = total(column.scale, counted, frozenset(measure_ids(law)), law.points)
    flags += [ratings.RESCALED] if result.is_rescaled else []
    flags += [ratings.NONSTANDARD_SCALE] if ratings.is_nonstandard(law.scale_choice, level, grades) else []
    told_letter = None
    if result.rounded is not None:
        earned = letter(result.rounded, column.letters)
        told_letter = ratings.letter_after(earned, column.letters, below, law.participation.penalty)
    return _rating(result, name, column.scale.full, told_letter, tuple(flags))


def _rating(result: Total, column: str, full: Fraction, letter: str | None, flags: tuple[str, ...]) -> Rating:
    graded = letter is not None
    return Rating(
        status=statuses.GRADED if graded else statuses.NOT_RATED_INSUFFICIENT_DATA,
        letter=letter,
        points=_text(result.rounded),
        exact_points=_text(result.exact),
        possible=_text(full),
        column=column,
        components=tuple(_component(part) for part in result.components),
        flags=flags,
    )


def _component(part: Earned) -> Component:
    return Component(
        measure=part.measure,
        maximum=str(_text(part.maximum)),
        share=_text(part.share),
        points=_text(part.points),
        dropped=part.dropped,
    )


def _text(number: Fraction | None) -> str | None:
    return None if number is None else str(number)


def _by_entity(rows: pl.DataFrame) -> Iterator[tuple[str, list[Any]]]:
    for entity, group in groupby(rows.iter_rows(), key=itemgetter(0)):
        yield entity, [row[1:] for row in group]


def grades_of(schools: Mapping[str, Mapping[str, Any]], district_id: str | None = None) -> frozenset[str]:
    """Every grade that the schools serve, of one district or of all."""
    return frozenset(
        grade
        for school in schools.values()
        if district_id in (None, school["district_id"])
        for grade in school["grades"].split(",")
        if grade
    )
