"""Entities: what each school, district and the state scores, from the facts that stand. One function for any scope."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import polars as pl

from services.scoring.rules import ratings
from services.scoring.rules.assessed import assessed
from services.scoring.rules.catalog import measure_ids
from services.scoring.rules.frames import Frames
from services.scoring.rules.law import Law
from services.scoring.rules.points import Counted, Earned, Total, letter, total
from services.scoring.rules.tally import Tally, measured, tally
from shared.events.editions import Component, Rating
from shared.vocabulary import measures, statuses
from shared.vocabulary.subgroups import ALL


@dataclass(frozen=True)
class Scores:
    """What is counted of one entity: each measure of all its students, and the JSON of an event's two long lists."""

    counted: Mapping[str, Counted] = field(default_factory=dict)
    counts: str = "[]"
    left_out: str = "[]"


def scores(frames: Frames, law: Law, state: str, levels: tuple[str, ...]) -> dict[str, dict[str, Scores]]:
    """Level, entity, scores: of every entity of which something is counted."""
    results = measured(assessed(frames, law, state), law)
    return {level: _scores(tally(results, law, level)) for level in levels}


def counted_of(counts: pl.DataFrame) -> dict[str, dict[str, Counted]]:
    """Entity, measure, what is counted: of rows of entity, measure, numerator and denominator."""
    found: dict[str, dict[str, Counted]] = {}
    for entity, measure, numerator, denominator in counts.iter_rows():
        found.setdefault(entity, {})[measure] = Counted(numerator, denominator, measures.unit_of(measure))
    return found


def _scores(summed: Tally) -> dict[str, Scores]:
    counted = counted_of(summed.counts.filter(pl.col("subgroup") == ALL).drop("subgroup"))
    counts = _json(summed.counts, ("denominator", "measure", "numerator", "subgroup"))
    left_out = _json(summed.left_out, ("measure", "reason", "students"))
    return {
        entity: Scores(counted.get(entity, {}), counts.get(entity, "[]"), left_out.get(entity, "[]"))
        for entity in sorted({*counts, *left_out})
    }


def _json(rows: pl.DataFrame, names: tuple[str, ...]) -> dict[str, str]:
    """Each entity's rows as the canonical JSON of a list (`names` sorted). Words are ids of ours: nothing to escape."""
    parts: list[pl.Expr] = []
    for before, name in zip(("{", *(",",) * len(names)), names, strict=False):
        quote = "" if rows.schema[name].is_integer() else '"'
        parts += [pl.lit(f'{before}"{name}":{quote}'), pl.col(name).cast(pl.String), pl.lit(quote)]
    texts = rows.select("entity", pl.concat_str(*parts, pl.lit("}")).alias("text"))
    lists = texts.group_by("entity", maintain_order=True).agg(pl.col("text").str.join(","))
    return {entity: f"[{text}]" for entity, text in lists.iter_rows()}


def rating(level: str, grades: frozenset[str], counted: Mapping[str, Counted], law: Law) -> Rating:
    """What the entity earns and whether it is graded (GRADE-1 to GRADE-10)."""
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


def grades_of(schools: Mapping[str, Mapping[str, Any]], district_id: str | None = None) -> frozenset[str]:
    """Every grade that the schools serve, of one district or of all."""
    return frozenset(
        grade
        for school in schools.values()
        if district_id in (None, school["district_id"])
        for grade in school["grades"].split(",")
        if grade
    )
