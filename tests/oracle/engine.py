"""The second engine: loads canonical records and the law's values into DuckDB and runs the .sql files beside it.

It shares no rule with the platform: what it decides stands in SQL, in whole numbers.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from shared.events import records
from tests.oracle import law

FOLDER = Path(__file__).parent
_TEXT, _DAY, _TRUTH, _WHOLE, _WORDS = "VARCHAR", "DATE", "BOOLEAN", "BIGINT", ["VARCHAR"]
_WHERE = {"school_id": _TEXT, "district_id": _TEXT}
_FLAGS = (
    "economically_disadvantaged",
    "students_with_disabilities",
    "english_learners",
    "migrant",
    "homeless",
    "foster_care",
    "military_connected",
)
TABLES: Mapping[type, tuple[str, Mapping[str, Any]]] = {
    records.DistrictRecord: ("districts", {"district_id": _TEXT}),
    records.SchoolRecord: ("schools", {**_WHERE, "grades": _WORDS, "title_i": _TRUTH}),
    records.AssessmentRecord: (
        "assessments",
        {
            **dict.fromkeys(("assessment_id", "program", "kind", "subject", "test"), _TEXT),
            "levels": [{"name": _TEXT, "lowest": _WHOLE, "highest": _WHOLE}],
        },
    ),
    records.DemographicsRecord: (
        "demographics",
        {
            **dict.fromkeys(("student_id", "district_id", "school_year", "gender", "race"), _TEXT),
            **dict.fromkeys(_FLAGS, _TRUTH),
        },
    ),
    records.EnrollmentRecord: (
        "enrollments",
        {
            **dict.fromkeys(("student_id", "school_id", "school_year", "grade"), _TEXT),
            **dict.fromkeys(("entry_date", "exit_date"), _DAY),
        },
    ),
    records.ResultRecord: (
        "results",
        {
            **dict.fromkeys(("result_id", "assessment_id", "student_id", "school_year", "school_id", "level"), _TEXT),
            **dict.fromkeys(("scale_score", "exit_score", "program_year"), _WHOLE),
            "parts": [{"name": _TEXT, "score": _WHOLE}],
        },
    ),
    records.CourseRecord: ("courses", {"course_id": _TEXT, "kinds": _WORDS}),
    records.TranscriptRecord: (
        "transcripts",
        {
            **dict.fromkeys(("student_id", "course_id", "school_year", "outcome", "kind", "exam_score"), _TEXT),
            **dict.fromkeys(("credit_awarded", "credential_passed"), _TRUTH),
        },
    ),
    records.AwardsRecord: (
        "awards",
        {**dict.fromkeys(("student_id", "school_year"), _TEXT), "awards": _WORDS, "cte_completer": _TRUTH},
    ),
    records.CohortMemberRecord: (
        "cohorts",
        {
            **dict.fromkeys(("student_id", "cohort_year", "status", "diploma", "exit_reason", "exit_evidence"), _TEXT),
            **_WHERE,
            "exit_date": _DAY,
        },
    ),
    records.ExpenditureRecord: (
        "expenditures",
        {
            **_WHERE,
            **dict.fromkeys(("account_id", "fiscal_year", "fund", "function", "object", "source"), _TEXT),
            "as_of": _DAY,
            "amount_cents": _WHOLE,
        },
    ),
    records.MembershipRecord: (
        "memberships",
        {**_WHERE, "school_year": _TEXT, "ada": _TEXT, "membership": _WHOLE},
    ),
}
RULES = ("days", "results", "groups", "measures", "upper_school", "cohort", "counts", "points")

Place = tuple[str, str]  # level, entity


@dataclass(frozen=True)
class Answer:
    """What the second engine says. `counts`: numerator and denominator by place, measure and subgroup.

    `totals`: exact total, its rounding and the letter of each place that has enough to be rated; `components`: share
    and points of each component that counts, None for one that is dropped.
    """

    counts: Mapping[tuple[str, str, str, str], tuple[int, int]]
    components: Mapping[tuple[str, str, str], tuple[Fraction, Fraction] | None]
    totals: Mapping[Place, tuple[Fraction, int, str]]


_engine = duckdb.connect(config={"threads": 1})


def answer(told: Iterable[Any], chapter: Mapping[str, Any], state: str, school_year: str) -> Answer:
    """Everything of a school year that counts students, by the values of a scoring chapter."""
    _prepare(told, chapter, state, school_year, RULES)
    return Answer(
        counts={
            (level, entity, measure, subgroup): (numerator, denominator)
            for level, entity, measure, subgroup, numerator, denominator in _rows("select * from counts")
        },
        components={
            (level, entity, measure): None
            if dropped
            else (Fraction(numerator, below), Fraction(capped * high, below * low))
            for level, entity, measure, dropped, numerator, below, capped, high, low in _rows(
                "select place_level, entity, measure, dropped, numerator, denominator, capped, max_num, max_den "
                "from components"
            )
        },
        totals={
            (level, entity): (Fraction(number, below), points, letter)
            for level, entity, number, below, points, letter in _rows(
                "select place_level, entity, num, den, points, letter "
                "from ratings join letters using (place_level, entity)"
            )
        },
    )


def spending(
    told: Iterable[Any], chapter: Mapping[str, Any], state: str, school_year: str
) -> dict[tuple[str, str, str], tuple[Fraction, Fraction | None]]:
    """Dollars and divisor by level, entity and method; None where there is nothing to divide by."""
    _prepare(told, chapter, state, school_year, ("spending",))
    return {
        (level, entity, measure): (Fraction(cents, shared * 100), below and Fraction(below, 10_000))
        for level, entity, measure, cents, shared, below in _rows("select * from spending")
    }


def lowest_schools(
    scores: Iterable[tuple[str, str, int | None, int]], population: Iterable[str], years: Sequence[str], values: Any
) -> set[str]:
    """The schools in the lowest share. `scores`: school, year, points, possible. `years`: this one first."""
    _run("law")
    _fill("law_numbers", law.designation(values))
    for name, columns in {
        "yearly_scores": "school_id varchar, school_year varchar, points bigint, possible bigint",
        "law_years_back": "school_year varchar, back int",
        "ranked_population": "school_id varchar",
    }.items():
        _engine.execute(f"create or replace temp table {name} ({columns})")
    _fill("yearly_scores", scores)
    _fill("law_years_back", [(year, back) for back, year in enumerate(years)])
    _fill("ranked_population", [(school,) for school in population])
    _run("lowest_share")
    return {school for (school,) in _rows("select school_id from lowest_schools")}


def load(told: Iterable[Any]) -> None:
    """Canonical records as tables, one a kind; every table stands anew."""
    found: dict[type, list[dict[str, Any]]] = {kind: [] for kind in TABLES}
    for record in told:
        if type(record) in found:
            found[type(record)].append(record.model_dump(mode="json"))
    for kind, rows in found.items():
        table, shape = TABLES[kind]
        columns = ", ".join(f'r."{name}"' for name in shape)
        _engine.execute(
            f"create or replace temp table {table} as "
            f"select {columns} from (select unnest(from_json(?, '{json.dumps([shape])}')) as r)",
            [json.dumps(rows)],
        )


def _prepare(
    told: Iterable[Any], chapter: Mapping[str, Any], state: str, school_year: str, rules: Iterable[str]
) -> None:
    _run("law")
    for table, rows in law.scoring(chapter, state, school_year).items():
        _fill(table, rows)
    load(told)
    for name in rules:
        _run(name)


def _run(name: str) -> None:
    _engine.execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


def _fill(table: str, rows: Iterable[Sequence[Any]]) -> None:
    given = [list(row) for row in rows]
    if given:
        places = ", ".join("?" * len(given[0]))
        values = ", ".join([f"({places})"] * len(given))
        _engine.execute(f"insert into {table} values {values}", [value for row in given for value in row])


def _rows(query: str) -> list[tuple[Any, ...]]:
    return _engine.execute(query).fetchall()
