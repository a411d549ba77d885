"""Entities: what each school, district and the state scores, from the facts that stand. One function for any scope."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from services.scoring.rules import ratings
from services.scoring.rules.areas import AREAS, FIGURES, area_measures
from services.scoring.rules.assessed import assessed
from services.scoring.rules.catalog import measure_ids
from services.scoring.rules.frames import Frames
from services.scoring.rules.groups import groups
from services.scoring.rules.heads import Tally, Where, groups_of, tallied
from services.scoring.rules.law import Law
from services.scoring.rules.points import Counted, Earned, Total, letter, total
from services.scoring.rules.subgroup_scores import RATES, subgroup_points
from services.scoring.rules.tally import measured, tally
from shared.events.editions import Component, Rating
from shared.vocabulary import measures, statuses
from shared.vocabulary.identity import canonical
from shared.vocabulary.subgroups import ALL

AMOUNT = ("measure", "unit", "numerator", "denominator")
FINDING = ("code", "measure", "number")
NOTHING = "[]"


@dataclass(frozen=True)
class Scores:
    """What is counted of one entity: each measure of all its students and of each subgroup that statuses read.

    The rest is the JSON of an event's long lists.
    """

    counted: Mapping[str, Counted] = field(default_factory=dict)
    subgroups: Mapping[str, Mapping[str, Counted]] = field(default_factory=dict)
    counts: str = NOTHING
    left_out: str = NOTHING
    amounts: str = NOTHING
    findings: str = NOTHING


def scores(frames: Frames, law: Law, state: str, levels: tuple[str, ...]) -> dict[str, dict[str, Scores]]:
    """Level, entity, scores: of every entity of which something is counted."""
    results = measured(assessed(frames, law, state), law)
    of_students = groups_of(frames.demographics.with_columns(groups()))
    return {level: _scores(results, of_students, frames, law, Where(level, state, law.school_year)) for level in levels}


def counted_of(counts: pl.DataFrame) -> dict[str, dict[str, Counted]]:
    """Entity, measure, what is counted: of rows of entity, measure, numerator and denominator."""
    found: dict[str, dict[str, Counted]] = {}
    for entity, measure, numerator, denominator in counts.iter_rows():
        found.setdefault(entity, {})[measure] = Counted(numerator, denominator, measures.unit_of(measure))
    return found


def _scores(results: pl.DataFrame, groups: pl.DataFrame, frames: Frames, law: Law, where: Where) -> dict[str, Scores]:
    tallies = [tally(results, law, where.level), *_areas(groups, frames, law, where)]
    counts = _joined(_json(each.counts, ("denominator", "measure", "numerator", "subgroup")) for each in tallies)
    left_out = _joined(_json(each.left_out, ("measure", "reason", "students")) for each in tallies)
    made = [each.made(frames, part, where) for each in FIGURES if (part := each.law(law)) is not None]
    amounts = _rows_of((told for told, _ in made), AMOUNT)
    findings = _rows_of((told for _, told in made), FINDING)
    by_subgroup = _by_subgroup(tallies, law, where)
    return {
        entity: Scores(
            by_subgroup.get(entity, {}).get(ALL, {}),
            by_subgroup.get(entity, {}),
            counts.get(entity, NOTHING),
            left_out.get(entity, NOTHING),
            amounts.get(entity, NOTHING),
            findings.get(entity, NOTHING),
        )
        for entity in sorted({*counts, *left_out, *amounts, *findings})
    }


def _areas(groups: pl.DataFrame, frames: Frames, law: Law, where: Where) -> Iterator[Tally]:
    for area in AREAS:
        part = area.law(law)
        if part is not None:
            yield tallied(area.heads(frames, part, where), area, groups, where)


def _by_subgroup(tallies: Sequence[Tally], law: Law, where: Where) -> dict[str, dict[str, dict[str, Counted]]]:
    """Entity, subgroup, measure: of all students everything, of the law's subgroups what a school's points read."""
    read = {*RATES, *law.components()}
    subgroups = law.indexed_subgroups if where.level == statuses.SCHOOL else ()
    found: dict[str, dict[str, dict[str, Counted]]] = {}
    for each in tallies:
        subgroup, measure = pl.col("subgroup").cast(pl.String), pl.col("measure").cast(pl.String)
        asked = (subgroup == ALL) | (subgroup.is_in(list(subgroups)) & measure.is_in(sorted(read)))
        rows = each.counts.filter(asked).select("entity", "subgroup", "measure", "numerator", "denominator")
        for entity, group, name, numerator, denominator in rows.iter_rows():
            counted = found.setdefault(entity, {}).setdefault(group, {})
            counted[name] = Counted(numerator, denominator, measures.unit_of(name))
    return found


def subgroup_scores(level: str, grades: frozenset[str], told: Scores, law: Law, opened_on: date | None = None) -> str:
    """The JSON of what each subgroup of a school earns by itself; of other levels nothing is told."""
    if level != statuses.SCHOOL or not told.subgroups:
        return NOTHING
    graded = _why_not_rated(level, grades, law, opened_on) is None
    column = law.columns[ratings.column(law.scale_choice, level, grades)] if graded else None
    ordered = {name: told.subgroups[name] for name in law.indexed_subgroups if name in told.subgroups}
    found = subgroup_points(ordered, column, _computed(law), law.points)
    return canonical(
        [
            {
                "subgroup": each.subgroup,
                "points": _text(each.points),
                "possible": _text(each.possible),
                "rates": [
                    {"measure": name, "numerator": numerator, "denominator": denominator}
                    for name, numerator, denominator in each.rates
                ],
            }
            for each in found
        ]
    )


def _joined(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Each entity's JSON lists as one."""
    found: dict[str, list[str]] = {}
    for part in parts:
        for entity, told in part.items():
            found.setdefault(entity, []).append(told[1:-1])
    return {entity: f"[{','.join(told)}]" for entity, told in found.items()}


def _rows_of(parts: Iterable[pl.DataFrame], names: tuple[str, ...]) -> dict[str, str]:
    """Each entity's rows as the JSON of a list, in the order of their texts."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for row in part.select("entity", *names).sort("entity", *names[:2]).iter_rows(named=True):
            found.setdefault(row.pop("entity"), []).append(row)
    return {entity: canonical(rows) for entity, rows in found.items()}


def _json(rows: pl.DataFrame, names: tuple[str, ...]) -> dict[str, str]:
    """Each entity's rows as the canonical JSON of a list (`names` sorted). Words are ids of ours: nothing to escape."""
    parts: list[pl.Expr] = []
    for before, name in zip(("{", *(",",) * len(names)), names, strict=False):
        quote = "" if rows.schema[name].is_integer() else '"'
        parts += [pl.lit(f'{before}"{name}":{quote}'), pl.col(name).cast(pl.String), pl.lit(quote)]
    texts = rows.select("entity", pl.concat_str(*parts, pl.lit("}")).alias("text"))
    lists = texts.group_by("entity", maintain_order=True).agg(pl.col("text").str.join(","))
    return {entity: f"[{text}]" for entity, text in lists.iter_rows()}


def _computed(law: Law) -> frozenset[str]:
    return frozenset((*measure_ids(law), *area_measures(law)))


def rating(
    level: str, grades: frozenset[str], counted: Mapping[str, Counted], law: Law, opened_on: date | None = None
) -> Rating:
    """What the entity earns and whether it is graded (GRADE-1 to GRADE-10). `opened_on`: of a school, where known."""
    below = ratings.is_below_expected(counted, law.participation, law.points.minimum_n)
    flags = [law.participation.flag] if below else []
    why_not = _why_not_rated(level, grades, law, opened_on)
    if why_not:
        return Rating(status=why_not, flags=tuple(flags))
    name = ratings.column(law.scale_choice, level, grades)
    column = law.columns[name]
    result = total(column.scale, counted, _computed(law), law.points)
    flags += [ratings.RESCALED] if result.is_rescaled else []
    flags += [ratings.NONSTANDARD_SCALE] if ratings.is_nonstandard(law.scale_choice, level, grades) else []
    told_letter = None
    if result.rounded is not None:
        earned = letter(result.rounded, column.letters)
        told_letter = ratings.letter_after(earned, column.letters, below, law.participation.penalty)
    return _rating(result, name, column.scale.full, told_letter, tuple(flags))


def _why_not_rated(level: str, grades: frozenset[str], law: Law, opened_on: date | None) -> str | None:
    is_too_new = not law.rates_first_year and ratings.is_first_year(opened_on, law.school_year)
    return ratings.not_rated(level, grades, law.graded_levels, law.tested_grades, law.no_assessments, is_too_new)


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
