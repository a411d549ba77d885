"""What a mapping makes of a source's rows; settlement case by case: tests/cases/ingest/settlement.yaml."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from services.ingest.rules.columns import ROW, prepared
from services.ingest.rules.mapping import records_of, resources_of
from services.ingest.rules.settlement import settled
from services.ingest.rules.templates import MappingError, expression

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/ingest/settlement.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_rows_that_disagree_are_settled_and_counted(case: dict[str, Any]) -> None:
    frame = pl.DataFrame(case["rows"], schema=dict.fromkeys(case["rows"][0], pl.String)).with_row_index(ROW, 1)
    columns = [column for column in case["rows"][0] if column not in case["one_per"]]
    if "refused" in case:
        with pytest.raises(MappingError, match=case["refused"]):
            settled(frame, case["one_per"], columns, case["settle"], "students")
        return
    table, counted = settled(frame, case["one_per"], columns, case["settle"], "students")
    assert table.drop(ROW).select(case["one_per"] + columns).to_dicts() == case["expected"]
    assert counted == case["counted"]


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{A}", "470"),
        ("{A}{B:0>5}", "47000012"),  # 12 filled with 0 to five characters
        ("{Y[5:9]}", "2025"),
        ("{Y[0:4]}-07-01", "2024-07-01"),
        ("grade {B}", "grade 12"),
        ("constant", "constant"),
        ("{A}-{EMPTY}", None),  # an empty part leaves the whole empty
    ],
)
def test_templates(template: str, made: str | None) -> None:
    row = pl.DataFrame(
        {"A": ["470"], "B": ["12"], "Y": ["2024_2025"], "EMPTY": [None]}, schema_overrides={"EMPTY": pl.String}
    )
    assert row.select(expression(template, "here")).item() == made


def test_numbers_codes_ranges_and_rows_that_do_not_count() -> None:
    frame = pl.DataFrame(
        {
            "OK": ["YES", "YES", "NO", "YES"],
            "SCORE": ["595.0", "601", "1", None],
            "LEVEL": ["Low", "Low", "Low", "No Score"],
        }
    )
    mapping = {
        "where": {"OK": ["YES"]},
        "columns": {
            "WHOLE": {"from": "SCORE", "whole": "yes"},
            "NAME": {"from": "LEVEL", "codes": {"No Score": ""}},
            "TESTED": {"from": "LEVEL", "codes": {"No Score": "no"}, "otherwise": "yes"},
            "FLOOR": {"from": "SCORE", "lowest": "yes", "per": ["LEVEL"]},
            "TOP": {"from": "SCORE", "highest": "yes", "per": ["LEVEL"]},
        },
    }
    rows, left_out = prepared(frame, mapping)
    assert rows[ROW].to_list() == [1, 2, 4]
    assert rows["WHOLE"].to_list() == ["595", "601", None]
    assert rows["NAME"].to_list() == ["Low", "Low", None]
    assert rows["TESTED"].to_list() == ["yes", "yes", "no"]
    assert rows["FLOOR"].to_list() == ["595", "595", None]  # the row left out, with its score of 1, does not count
    assert rows["TOP"].to_list() == ["601", "601", None]
    assert left_out == {"rows left out: OK is not YES": 1}


MAPPING = {
    "records": [
        {
            "resource": "schools",
            "one_per": "SCHOOL",
            "body": {
                "schoolId": "{SCHOOL}",
                "gradeLevels": [{"each": "GRADE", "item": {"gradeLevelDescriptor": "g#{GRADE}"}}],
            },
        },
        {
            "resource": "students",
            "one_per": ["ID"],
            "settle": {"LUNCH": {"any": "Yes"}},
            "body": {
                "studentUniqueId": "{ID}",
                "traits": [{"when": {"LUNCH": ["Yes"]}, "item": {"trait": "poor"}}],
                "empty": {"nothing": "{NONE}"},
            },
        },
    ]
}


def test_one_row_becomes_several_records_parents_first_with_their_first_row() -> None:
    frame = pl.DataFrame(
        {
            "SCHOOL": ["7", "7", "8"],
            "GRADE": ["4", "3", "5"],
            "ID": ["b", "a", "b"],
            "LUNCH": ["No", "No", "Yes"],
            "NONE": [None, None, None],
        },
        schema_overrides={"NONE": pl.String},
    )
    records, counted = records_of(frame, MAPPING)
    made = [(each.resource, each.row, each.body) for each in records]
    assert made == [
        (
            "schools",
            1,
            {"schoolId": "7", "gradeLevels": [{"gradeLevelDescriptor": "g#3"}, {"gradeLevelDescriptor": "g#4"}]},
        ),
        ("schools", 3, {"schoolId": "8", "gradeLevels": [{"gradeLevelDescriptor": "g#5"}]}),
        ("students", 1, {"studentUniqueId": "b", "traits": [{"trait": "poor"}]}),
        ("students", 2, {"studentUniqueId": "a"}),
    ]
    assert counted == {"students: LUNCH differed (any: Yes)": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": "x"}, "and nothing else"),
        ({"records": []}, "a list of records"),
        ({"records": [{"resource": "students", "body": {"a": "b"}}]}, "no one_per"),
        ({"records": [{"resource": "students", "one_per": "ID", "body": {"a": "{GONE}"}}]}, "no column GONE"),
        ({"records": [{"resource": "students", "one_per": "ID", "body": {"a": "{ID"}}]}, "a brace stands alone"),
        ({"columns": {"X": {"from": "GONE", "whole": "yes"}}}, "the file has no column GONE"),
        ({"columns": {"X": {"from": "ID"}}}, "say which"),
        ({"where": {"GONE": ["x"]}}, "the file has no column GONE"),
    ],
)
def test_a_mapping_that_cannot_be_used_names_the_place_and_the_mend(change: dict[str, Any], message: str) -> None:
    frame = pl.DataFrame({"ID": ["1"]})
    good = {"records": [{"resource": "students", "one_per": "ID", "body": {"studentUniqueId": "{ID}"}}]}
    assert resources_of(good) == ["students"]
    with pytest.raises(MappingError, match=message):
        list(records_of(frame, {**good, **change})[0])
