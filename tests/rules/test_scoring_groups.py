"""Of which groups a student is, when several districts tell of one (SUBG-10)."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.scoring.rules.groups import BITS, MASK, with_groups
from shared.policy import reader
from shared.vocabulary.subgroups import ALL, RACES
from tests.rules.frames_by_hand import YEAR, rows

CASES = reader.read(Path(__file__).parents[1] / "cases" / "scoring" / "groups.yaml")["cases"]
RACE_OF = dict(zip("ABC", RACES, strict=False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_record_of_one_district_tells_a_students_groups(case: dict[str, Any]) -> None:
    """Each district's record names another race, so the race tells whose record it was."""
    told = [
        {"student_id": "1", "district_id": district, "school_year": YEAR, "race": RACE_OF[district]}
        for district in case["records"]
    ]
    places = [[None if place == "none" else place for place in result] for result in case["results"]]
    results = pl.DataFrame(
        [{"student_id": "1", "district": counts, "at_district": reported} for counts, reported in places],
        schema={"student_id": pl.String, "district": pl.String, "at_district": pl.String},
    ).cast({"student_id": pl.Categorical})
    for order in (told, told[::-1]):
        found = with_groups(results, rows("demographics", order))[MASK].unique().to_list()
        assert found == [BITS[ALL] | BITS[RACE_OF[case["counts"]]]]
