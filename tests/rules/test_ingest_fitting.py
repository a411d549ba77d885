"""Whether a result can be one of its test, case by case: tests/cases/ingest/fitting.yaml."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.ingest.policy import intake_in_force
from services.ingest.rules.fitting import form_of, misfit, misfits

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/ingest/fitting.yaml").read_text())
NOTHING = {"scale_score": None, "grade": None, "school_year": "2024-25"}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_result_fits_its_test_as_the_case_says(case: dict[str, Any]) -> None:
    levels = [{"name": "a level", "lowest": lowest, "highest": highest} for lowest, highest in case["test"]["levels"]]
    form = form_of({**case["test"], "levels": levels}, intake_in_force("ms").tests)
    result = {**NOTHING, **case["result"]}
    assert misfit(result, form) == case["reasons"]
    assert misfits([result, result], [None, form]) == ([1] if case["reasons"] else [])
