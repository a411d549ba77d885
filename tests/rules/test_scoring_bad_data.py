"""Whatever stands in the frames, each area and each sheet of figures gives whole, exact numbers or says that it cannot.

No denominator is no rate (GEN-3): never NaN, never an error, never a zero in its place. Areas are those of
rules/areas.py, so that a new one is asked without a line here.
"""

import random
from datetime import date
from fractions import Fraction
from typing import Any, get_args

import polars as pl
import pytest

from services.scoring.files import RECORDS
from services.scoring.handle.entities import scores
from services.scoring.rules import frames
from services.scoring.rules.areas import AREAS, FIGURES
from services.scoring.rules.frames import KEYS, SCHEMAS, Frames
from services.scoring.rules.groups import groups
from services.scoring.rules.heads import Area, Figures, groups_of, tallied, without
from services.scoring.rules.law import Law
from shared.policy import reader
from shared.vocabulary.measures import unit_of
from tests.rules.frames_by_hand import YEAR, where
from tests.rules.frames_by_hand import frames as made
from tests.rules.students_by_hand import DIRECTORY, law_of

LAW = law_of()
LEVELS = ("school", "district", "state")
WORDS_OF_REASONS = reader.chapter("ms", "scoring", YEAR)["left_out_reasons"]["value"]
STUDENTS, SCHOOLS, DISTRICTS = [str(n) for n in range(8)], ["A1", "A2", "B1", "nowhere"], ["A", "B", "nobody"]
YEARS = [YEAR, YEAR, "2022-23", "2021-22", "2020-21"]
DAYS = [date(2023, 9, 6), date(2024, 2, 1), date(2022, 8, 1), date(1, 1, 2), date(9999, 12, 30)]
IDS = {
    "student_id": STUDENTS,
    "school_id": SCHOOLS,
    "district_id": DISTRICTS,
    "school_year": YEARS,
    "cohort_year": YEARS,
    "fiscal_year": YEARS,
    "course_id": ["c1", "c2"],
    "assessment_id": ["t1", "t2", "t3"],
    "staff_id": ["p1", "p2"],
}
# Words that the rules know, beside one that nobody knows.
CODES = {
    "grade": ["PK", "05", "11", "12", "99"],
    "grades": ["PK,KG", "12", ""],
    "category": ["excused_absence", "unexcused_absence", "present", "sick"],
    "status": ["graduate", "completer", "dropout", "still_enrolled", "excluded", "vanished"],
    "diploma": ["regular", "alternate", "equivalency", "honorary"],
    "exit_reason": ["out_of_state", "in_state", "abducted"],
    "exit_evidence": ["records_request", "hearsay"],
    "kind": ["enrolled", "employed", "ap", "dual", "english_language", "college_entrance", "work_readiness", "odd"],
    "level": ["two_year", "four_year", "Silver", "Gold", "Proficient", "odd"],
    "program": ["MAAP", "MAAP-A", "odd"],
    "subject": ["reading", "math", "odd"],
    "levels": ['[{"name": "Proficient", "lowest": null, "highest": null}]', "[]"],
    "parts": ["[]", '[{"name": "math", "score": -1}]', '[{"name": "odd", "score": 99}]'],
    "outcome": ["pass", "fail", "incomplete", "withdrawn", "odd"],
    "exam_score": ["3", "5", "E", "-1", "odd", ""],
    "role": ["teacher", "school_leader", "other", "odd"],
    "source": ["federal", "state_local", "odd"],
    "fund": ["1120", "2211", "0", "odd", ""],
    "function": ["1110", "6900", "-1", "odd", ""],
    "object": ["110", "999", "odd", ""],
    "ada": ["0", "-5", "12.5", "1/3"],
    "gender": ["female", "male", "odd"],
    "race": ["white", "black", "odd"],
}
KINDS = [["in_school_suspension"], ["expulsion", "odd"], ["assault", "fighting"], ["ap"], ["regular"], []]
DUTIES = [[], [{"subject": "odd", "fte_thousandths": -5, "in_field": None, "credential": "odd"}]]
EMPTY = 0.2


def may_be_none(kind: str, name: str) -> bool:
    """Whether the record's contract lets a field be empty: no frame is without what each record must tell."""
    return type(None) in get_args(RECORDS[kind].model_fields[name].annotation)


def some(dice: random.Random, name: str, of: Any) -> Any:
    """A value of a column: one that the rules know, one that nobody knows, one beyond any range."""
    if name in IDS:
        return dice.choice(IDS[name])
    if isinstance(of, pl.List):
        return dice.choice(KINDS) if of.inner == pl.String else dice.choice(DUTIES)
    if of == pl.Date:
        return dice.choice(DAYS)
    if of == pl.Boolean:
        return dice.choice([True, False])
    if of in (pl.Int32, pl.Int64):
        return dice.choice([-100, -1, 0, 1, 5, 50, 100, 2**31 - 1])
    return dice.choice(CODES.get(name, ["odd", name]))


def hostile(seed: int) -> Frames:
    """Facts that no door would let in: of each key one, and everything else as it comes."""
    dice, tables = random.Random(seed), {}
    for kind, schema in {**SCHEMAS, "other_results": frames.OTHER_RESULTS}.items():
        record = "results" if kind == "other_results" else kind
        empty = [name for name in schema if may_be_none(record, name)]
        rows = [{name: some(dice, name, of) for name, of in schema.items()} for _ in range(60)]
        for row in rows:
            row |= {name: None for name in empty if dice.random() < EMPTY}
        table = pl.DataFrame(rows, schema=dict(schema), orient="row")
        tables[kind] = table.unique(list(KEYS[record]), keep="first", maintain_order=True)
    return Frames(**tables)


def counted_areas(law: Law) -> list[Area]:
    return [area for area in AREAS if area.law(law) is not None]


def is_sound(area: Area, facts: Frames, level: str) -> pl.DataFrame:
    """The heads of an area: one row a student of an entity, whole units within one student, reasons with words."""
    rows = area.heads(facts, area.law(LAW), where(level))
    assert {"entity", "student_id", *area.measures} <= set(rows.columns)
    assert rows.select("entity", "student_id").null_count().sum_horizontal().item() == 0
    assert rows.select("entity", "student_id").is_unique().all()
    for name in area.measures:
        assert rows.schema[name].is_integer()
        assert rows[name].drop_nulls().is_between(0, unit_of(name)).all(), name
        if without(name) in rows.columns:
            told = rows.filter(pl.col(without(name)).is_not_null())
            assert told[name].is_null().all()
            assert set(told[without(name)]) <= set(WORDS_OF_REASONS)
    summed = tallied(rows, area, groups_of(facts.demographics.with_columns(groups())), where(level))
    assert (summed.counts["denominator"] > 0).all()
    units = pl.Series([unit_of(name) for name in summed.counts["measure"]], dtype=pl.Int64)
    assert (summed.counts["numerator"] <= summed.counts["denominator"] * units).all()
    assert (summed.left_out["students"] > 0).all()
    return rows


def is_exact(each: Figures, facts: Frames, level: str) -> None:
    """The figures of a sheet: exact texts, and no divisor of zero."""
    part = each.law(LAW)
    amounts, findings = each.made(facts, part, where(level))
    for numerator, denominator in amounts.select("numerator", "denominator").iter_rows():
        Fraction(numerator)
        assert denominator is None or Fraction(denominator) != 0
    assert amounts.select("entity", "measure", "numerator", "unit").null_count().sum_horizontal().item() == 0
    assert findings.null_count().sum_horizontal().item() == 0
    for number in findings["number"]:
        Fraction(number)


def test_every_area_of_the_law_is_asked() -> None:
    assert len(counted_areas(LAW)) == len(AREAS)
    assert all(each.law(LAW) is not None for each in FIGURES)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("area", counted_areas(LAW), ids=lambda area: area.measures[0])
def test_of_nothing_nothing_is_counted(area: Area, level: str) -> None:
    for facts in (made([]), made(DIRECTORY)):
        assert is_sound(area, facts, level).is_empty()


@pytest.mark.parametrize("level", LEVELS)
def test_of_nothing_there_are_no_figures(level: str) -> None:
    for each in FIGURES:
        for facts in (made([]), made(DIRECTORY)):
            is_exact(each, facts, level)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("area", counted_areas(LAW), ids=lambda area: area.measures[0])
def test_odd_facts_are_counted_whole_or_not_at_all(area: Area, seed: int) -> None:
    facts = hostile(seed)
    for level in LEVELS:
        is_sound(area, facts, level)


@pytest.mark.parametrize("seed", range(12))
def test_odd_facts_make_exact_figures(seed: int) -> None:
    facts = hostile(seed)
    for each in FIGURES:
        for level in LEVELS:
            is_exact(each, facts, level)


@pytest.mark.parametrize("area", counted_areas(LAW), ids=lambda area: area.measures[0])
def test_the_odd_facts_reach_every_measure(area: Area) -> None:
    """The twin: they are not so odd that nobody is counted."""
    every = pl.concat([is_sound(area, hostile(seed), "state") for seed in range(12)])
    assert {name: int(every[name].count()) > 0 for name in area.measures} == dict.fromkeys(area.measures, True)


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_state_of_odd_facts_is_scored(seed: int) -> None:
    found = scores(hostile(seed), LAW, where("state").state, LEVELS)
    assert set(found) == set(LEVELS)
    for counted in (told.counted for level in found.values() for told in level.values()):
        assert all(each.denominator > 0 for each in counted.values())
