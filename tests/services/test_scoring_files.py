"""Canonical record files: read in every form, checked as strictly as the records' contracts, told in one sentence."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.scoring import policy, store
from services.scoring.files import RECORDS, Unreadable, frames_of, read_folder, score
from services.scoring.files.contract import columns_of
from services.scoring.files.formats import tables
from services.scoring.handle import score_edition
from services.scoring.rules.frames import OTHER_RESULTS, SCHEMAS, Frames
from shared.events.envelope import NUL_IN_JSON
from shared.events.records import (
    AssessmentRecord,
    AttendanceRecord,
    DemographicsRecord,
    ResultRecord,
    ScorePart,
    StudentRecord,
)
from shared.runtime.database import prepare
from tests.services import record_files
from tests.services.scoring_log import (
    PRIOR_YEAR,
    YEAR,
    Log,
    directory,
    make_enrollment,
    make_result,
    messages_of,
    request_of,
)

SECRET = "S-4711"  # a student's value, which no message may repeat


_OF_DISTRICT = {"school_id": None, "district_id": "A"}
BESIDE_TESTS: dict[str, list[dict[str, Any]]] = {
    "courses": [{"course_id": "A#C1", **_OF_DISTRICT, "title": "Calculus", "kinds": ["ap"]}],
    "transcripts": [
        {"student_id": "01", "course_id": "A#C1", **_OF_DISTRICT, "school_year": YEAR, "term": "Spring"}
        | {"outcome": "pass", "exam_score": "3"}
    ],
    "awards": [{"student_id": "01", **_OF_DISTRICT, "school_year": YEAR, "term": "Spring", "awards": ["industry"]}],
    "cohorts": [
        {"student_id": "02", "cohort_year": PRIOR_YEAR, "school_id": "A1", "status": "graduate"}
        | {"diploma": "regular", "exit_date": "2023-05-20"},
        {"student_id": "01", "cohort_year": PRIOR_YEAR, "status": "dropout"},  # the enrolments place it
    ],
    "staff": [{"staff_id": "T1", "years_hundredths": 299}],
    "assignments": [
        {"staff_id": "T1", "school_id": "A1", "district_id": None, "school_year": YEAR, "role": "teacher"}
        | {"began_on": "2023-08-01", "fte_thousandths": 500}
        | {"duties": [{"subject": "math", "fte_thousandths": 500, "in_field": True, "credential": "standard"}]}
    ],
    "incidents": [
        {"incident_id": "I1", "school_id": "A1", "school_year": YEAR, "day": "2023-10-02", "kinds": ["fighting"]}
    ],
    "involvements": [{"student_id": "01", "incident_id": "I1", "school_id": "A1", "school_year": YEAR}],
    "actions": [
        {"action_id": "D1", "student_id": "01", "school_id": "A1", "school_year": YEAR, "day": "2023-10-03"}
        | {"kinds": ["expulsion"]}
    ],
    "outcomes": [{"student_id": "02", "day": "2023-08-20", "category": "college", "kind": "enrolled"}],
    "expenditures": [
        {"account_id": "X1", **_OF_DISTRICT, "fiscal_year": YEAR, "as_of": "2024-06-30", "amount_cents": -5}
        | {"fund": "1120", "function": "1100", "object": "110"}
    ],
    "memberships": [{**_OF_DISTRICT, "school_year": YEAR, "ada": "10.25", "membership": 12}],
}


def small_state() -> list[Any]:
    """Twelve students of A1, of several groups and levels; one has no score this year, one left in winter."""
    found: list[Any] = directory(opened_on=date(2001, 8, 1), lunch_hundredths=6250, low_income=True)
    for number in range(12):
        student, level = f"{number:02d}", f"{1 + number % 5}a"
        found += [StudentRecord(student_id=student), make_enrollment(student)]
        found += [make_result(student, "reading", level, PRIOR_YEAR), make_result(student, "reading", "3b")]
        told = {"gender": "female" if number % 2 else None, "migrant": number < 3}
        found.append(DemographicsRecord(student_id=student, district_id="A", school_year=YEAR, **told))
    found += beside_tests()
    absent = {"student_id": "01", "school_id": "A1", "school_year": YEAR, "category": "unexcused_absence"}
    left = make_enrollment("12", exit_date=date(2023, 12, 1))
    return [
        *found,
        StudentRecord(student_id="12"),
        left,
        make_result("12", "math", None),
        AttendanceRecord(day=date(2023, 9, 1), **absent),
    ]


def beside_tests() -> list[Any]:
    """One record or two of every other kind, and a test that is not academic."""
    act = {"assessment_id": "ACT", "program": "ACT", "kind": "college_entrance", "subject": None, "test": "ACT"}
    taken = {"assessment_id": "ACT", "result_id": "1", "student_id": "01", "school_year": YEAR}
    return [
        AssessmentRecord(**act, levels=()),
        ResultRecord(**taken, parts=(ScorePart(name="math", score=22), ScorePart(name="english", score=18))),
        make_enrollment("01", school_year=PRIOR_YEAR, entry_date=date(2022, 8, 8), exit_date=date(2023, 5, 20)),
        *(RECORDS[kind].model_validate(each) for kind, each_of in BESIDE_TESTS.items() for each in each_of),
    ]


def rows(frames: Frames) -> dict[str, list[tuple[Any, ...]]]:
    return {kind: sorted(table.rows(), key=repr) for kind, table in vars(frames).items()}


def refusal(folder: Path) -> str:
    with pytest.raises(Unreadable) as refused:
        read_folder(folder)
    return str(refused.value)


def test_files_give_the_frames_and_the_bytes_that_the_database_gives(database_url: str, tmp_path: Path) -> None:
    state = small_state()
    records = [record for record in state if not isinstance(record, StudentRecord)]
    engine = prepare(database_url, "scoring")
    log = Log(engine)
    log.send(messages_of(records))
    request = request_of(len(records))
    kept = store.facts_as_of(engine, len(records), policy.law(request.chapters["scoring"], YEAR))
    engine.dispose()
    read = read_folder(record_files.write(tmp_path, state))
    # of an earlier year the database gives no more than can be a prior score
    this, that = (replace(f, results=f.results.filter(pl.col("school_year") == YEAR)) for f in (read, kept))
    assert rows(this) == rows(that)
    assert {kind: dict(table.schema) for kind, table in vars(read).items()} == {
        kind: dict(pl.DataFrame(schema=schema).schema)
        for kind, schema in {**SCHEMAS, "other_results": OTHER_RESULTS}.items()
    }
    told = [[fact.event.to_bytes() for fact in score_edition(frames, request)] for frames in (read, kept)]
    assert told[0] == told[1]


@pytest.mark.parametrize("form", record_files.FORMS)
def test_every_form_of_file_says_the_same(form: str, tmp_path: Path) -> None:
    state = small_state()
    plain = read_folder(record_files.write(tmp_path / "plain", state))
    read = read_folder(record_files.write(tmp_path / "other", state, form))
    assert rows(read) == rows(plain)


def test_frames_of_records_are_taken_as_files_of_them(tmp_path: Path) -> None:
    folder = record_files.write(tmp_path, small_state(), "parquet")
    given = {path.stem: pl.read_parquet(path) for path in folder.iterdir()}
    assert rows(frames_of(given)) == rows(read_folder(folder))
    for wrong, sentence in (
        (
            {**given, "results": given["results"].head(1).extend(given["results"].head(1))},
            "results, rows 1, 2: the same ",
        ),
        ({**given, "schools": given["schools"].drop("title_i")}, "schools: has no title_i; add it"),
        ({"schools": given["schools"]}, "there is no frame of districts, assessments, demographics, "),
    ):
        with pytest.raises(Unreadable) as refused:
            frames_of(wrong)
        assert str(refused.value).startswith(sentence)


def test_the_library_gives_frames_that_agree_with_each_other(tmp_path: Path) -> None:
    scored = score(read_folder(record_files.write(tmp_path, small_state())), "ms", YEAR)
    school = {"level": "school", "entity_id": "A1"}
    (entity,) = scored.entities.filter(**school).to_dicts()
    # all twelve are at 3, "Passing"; Proficient begins at 4. The thirteenth has no result in reading
    (reading,) = scored.counts.filter(**school, measure="reading.proficiency", subgroup="all").to_dicts()
    assert (reading["numerator"], reading["denominator"]) == (0, 12)
    assert entity["status"] == "NOT_RATED_INSUFFICIENT_DATA"  # reading alone is less than half of the scale
    assert scored.components.filter(**school, measure="reading.growth")["dropped"].to_list() == [None]
    assert scored.left_out.filter(**school, measure="math.proficiency").select("reason", "students").rows() == [
        ("NOT_FULL_ACADEMIC_YEAR", 1)  # the one who left in winter
    ]
    assert not [dtype for frame in vars(scored).values() for dtype in frame.dtypes if dtype.is_float()]


def test_two_reads_of_a_long_file_join_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.scoring.files.formats._LINES_AT_ONCE", 5)
    state = small_state()
    folder = record_files.write(tmp_path, state)
    read = read_folder(folder)
    assert read.results.height + read.other_results.height == sum(type(each) is RECORDS["results"] for each in state)
    lines = (folder / "results.ndjson").read_text().splitlines()
    (folder / "results.ndjson").write_text("\n".join([*lines, lines[2]]))  # the last row is the third again
    assert refusal(folder).startswith(f"results.ndjson, rows 3, {len(lines) + 1}: the same result_id, assessment_id, ")
    (folder / "results.ndjson").write_text("\n".join([*lines, "{"]))
    assert refusal(folder).startswith(f"results.ndjson, row {len(lines) + 1}: is not JSON")


RESULT = {
    "result_id": "r",
    "assessment_id": "MAAP reading 2023-24",
    "student_id": SECRET,
    "school_year": YEAR,
    "school_id": "A1",
    "scale_score": 180,
}
ENROLLMENT = {"student_id": SECRET, "school_id": "A1", "school_year": YEAR, "entry_date": "2023-08-07", "grade": "05"}
WRONG = {
    "a number as text": ("results", {**RESULT, "scale_score": "180"}, "row 2, scale_score: must be a whole number"),
    "a fraction": ("results", {**RESULT, "scale_score": 180.0}, "row 2, scale_score: must be a whole number"),
    "a number beyond all": ("results", {**RESULT, "scale_score": 10**30}, "row 2, scale_score: must be a whole number"),
    "true as a number": ("results", {**RESULT, "scale_score": True}, "row 2, scale_score: must be a whole number"),
    "text as a number": ("results", {**RESULT, "student_id": 4711}, "row 2, student_id: must be text"),
    "a NUL": ("results", {**RESULT, "level": "a\0b"}, "row 2, level: must be text, or left out"),
    "no key": ("results", {**RESULT, "result_id": None}, "row 2, result_id: must be text"),
    "no year": ("results", {**RESULT, "school_year": "2023"}, "row 2, school_year: must be a school year, such as"),
    "years apart": ("results", {**RESULT, "school_year": "2023-25"}, "row 2, school_year: must be a school year"),
    "another field": ("results", {**RESULT, SECRET: 1}, "row 2: has a field beside result_id, assessment_id, "),
    "no object": ("results", [SECRET], "row 2: is no JSON object; write one record a line"),
    "no day": ("enrollments", {**ENROLLMENT, "entry_date": "2023-02-30"}, "row 2, entry_date: must be a day written"),
    "a moment": ("enrollments", {**ENROLLMENT, "entry_date": "2023-08-07T00:00:00"}, "row 2, entry_date: must be"),
    "yes": ("enrollments", {**ENROLLMENT, "fay_school": "yes"}, "row 2, fay_school: must be true or false, or left"),
    "no parent": ("enrollments", {**ENROLLMENT, "school_id": "Z9"}, "row 2, school_id: no record of schools has"),
    "no student": ("enrollments", ENROLLMENT, "row 2, student_id: no record of students has this id"),
    "no test": ("results", {**RESULT, "student_id": "01", "assessment_id": "x"}, "row 2, assessment_id: no record of"),
    "a race": (
        "demographics",
        {"student_id": "01", "district_id": "A", "school_year": YEAR, "race": SECRET},
        "row 2, race: must be one of american_indian, ",
    ),
    "a flag left open": (
        "demographics",
        {"student_id": "01", "district_id": "A", "school_year": YEAR, "migrant": None},
        "row 2, migrant: must be true or false; mend it",
    ),
    "a grade": (
        "schools",
        {"school_id": "A9", "district_id": "A", "name": "n", "grades": ["5"], "title_i": True},
        "row 2, grades: must be a list of PK, KG, 01, ",
    ),
    "levels": (
        "assessments",
        {"assessment_id": "x", "program": "MAAP", "subject": "math", "test": "t", "levels": [{"name": 1}]},
        "row 2, levels: must be a list, such as",
    ),
    "a subject": (
        "assessments",
        {"assessment_id": "x", "program": "MAAP", "subject": "art", "test": "t", "levels": []},
        "row 2, subject: must be one of reading, math, science, history",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_bad_row_is_one_sentence_that_repeats_no_value(wrong: str, tmp_path: Path) -> None:
    kind, record, sentence = WRONG[wrong]
    folder = record_files.write(tmp_path, small_state())
    file = folder / f"{kind}.ndjson"
    first, *others = file.read_text().splitlines()
    file.write_text("\n".join([first, json.dumps(record), *others]))
    told = refusal(folder)
    assert told.startswith(f"{kind}.ndjson, {sentence}")
    assert SECRET not in told and "4711" not in told


def rewritten(folder: Path, name: str, text: str | None) -> Path:
    for path in folder.glob(f"{name.split('.')[0]}.*"):
        path.unlink()
    if text is not None:
        (folder / name).write_text(text)
    return folder


HEADING = "result_id,assessment_id,student_id,school_year,school_id,level,scale_score"
ROW = "r,MAAP reading 2023-24,01,2023-24,A1,Basic,130"
FILES = {
    "no such file": ("results.csv", None, "holds no file of results; write <kind>.ndjson, .csv or .parquet"),
    "a column too few": ("results.csv", "result_id,student_id,school_year\n", "results.csv: has no assessment_id; add"),
    "a column too many": ("results.csv", f"{HEADING},{SECRET}\n{ROW},1\n", "results.csv: column 8 is none of result_"),
    "no heading": ("results.csv", f"r,x,{SECRET},2023-24\n", "results.csv: column 1 is none of result_id, "),
    "too many cells": (
        "results.csv",
        f"{HEADING}\n{ROW},{SECRET}\n",
        "results.csv: cannot be read as csv (ComputeError)",
    ),
    "empty": ("results.csv", "", "results.csv: cannot be read as csv (NoDataError); write it anew"),
    "a word for a number": (
        "results.csv",
        f"{HEADING}\n{ROW}\n{ROW}x\n{ROW}x\n",
        "results.csv, rows 2, 3, scale_score: ",
    ),
    "no parquet": ("results.parquet", SECRET, "results.parquet: cannot be read as parquet (ComputeError)"),
    "another kind": ("scores.csv", "a\n", "scores.csv: is no kind of record; known: districts, schools, "),
}


@pytest.mark.parametrize("wrong", FILES)
def test_a_bad_file_is_one_sentence(wrong: str, tmp_path: Path) -> None:
    name, text, sentence = FILES[wrong]
    told = refusal(rewritten(record_files.write(tmp_path, small_state()), name, text))
    assert sentence in told and SECRET not in told


def test_a_cell_that_cannot_be_a_column_of_parquet_is_told_by_its_type(tmp_path: Path) -> None:
    folder = record_files.write(tmp_path, small_state(), "parquet")
    results = pl.read_parquet(folder / "results.parquet")
    results.with_columns(pl.col("scale_score").cast(pl.Float64)).write_parquet(folder / "results.parquet")
    assert refusal(folder).startswith("results.parquet, scale_score: holds Float64; each value must be a whole number")


def test_two_files_of_a_kind_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    needed = "districts, schools, assessments, demographics, enrollments, results"
    assert refusal(tmp_path) == (
        f"{tmp_path} holds no file of {needed}; write <kind>.ndjson, .csv or .parquet (docs/records.md)"
    )
    assert refusal(tmp_path / "none") == f"there is no folder {tmp_path / 'none'}"
    folder = record_files.write(record_files.write(tmp_path, small_state()), small_state(), "csv")
    assert refusal(folder) == f"{folder} holds both actions.csv and actions.ndjson; keep one"


WORDS = ["", "x", "2023-24", "2023-25", "2023-08-07", "2023-13-01", "true", "reading", "05", "12", "a\0"]
NUMBERS = [0, 1, -1, 100, 101, 1.0, 0.5, True, False, None, 10**9, -(10**9), 10**12]
LISTS = [
    ["KG"],
    ["KG", "12"],
    ["x"],
    [1],
    {},
    [],
    [{"name": "a"}],
    [{"name": "a", "lowest": "1"}],
    [{"x": 1}],
    [{"name": "a\0"}],
]
VALUE = st.sampled_from([*WORDS, *NUMBERS, *LISTS, [{"name": "a", "lowest": 1, "highest": None}]])


def expected_of(kind: str, line: str, record: dict[str, Any]) -> bool:
    """Whether the contract takes the record: the model itself in its strict mode, and what files ask beyond it."""
    try:
        RECORDS[kind].model_validate_json(line, strict=True)
    except ValidationError:
        return False
    if NUL_IN_JSON in line.encode():
        return False
    for column in columns_of(kind):
        value = record.get(column.name)
        if column.form == "school year" and value not in ("2023-24",):
            return False
        if column.form == "whole" and value is not None and abs(value) > 999_999_999:
            return False
        words = value if isinstance(value, list) else [value]
        if column.choices and not all(word is None or word in column.choices for word in words):
            return False
    return True


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_takes_what_the_contract_takes(data: st.DataObject, tmp_path: Path) -> None:
    """Good records in which one or two values are drawn anew: columns and the model must decide alike."""
    kind = data.draw(st.sampled_from(list(GOOD)))
    record: dict[str, Any] = dict(GOOD[kind])
    for name in data.draw(st.lists(st.sampled_from([*RECORDS[kind].model_fields, "other"]), max_size=2)):
        if data.draw(st.booleans()) and name in record:
            del record[name]
        else:
            record[name] = data.draw(VALUE)
    line = json.dumps(record)
    (tmp_path / f"{kind}.ndjson").write_text(line + "\n")
    try:
        taken = [table.height for table in tables(tmp_path / f"{kind}.ndjson", kind)] == [1, 0]
    except Unreadable:
        taken = False
    assert taken == expected_of(kind, line, record)


GOOD: dict[str, dict[str, Any]] = {
    "districts": {"district_id": "A", "name": "n"},
    "schools": {"school_id": "A1", "district_id": "A", "name": "n", "grades": ["KG"], "title_i": True},
    "assessments": {"assessment_id": "x", "program": "p", "subject": "math", "test": "t", "levels": []},
    "students": {"student_id": "01"},
    "demographics": {"student_id": "01", "district_id": "A", "school_year": YEAR},
    "enrollments": {**ENROLLMENT, "student_id": "01"},
    "results": RESULT,
    "attendance": {**{k: ENROLLMENT[k] for k in ("student_id", "school_id", "school_year")}, "day": "2023-09-01"}
    | {"category": "c"},
    **{kind: dict(each_of[0]) for kind, each_of in BESIDE_TESTS.items()},
}
