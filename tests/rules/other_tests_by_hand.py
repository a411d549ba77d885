"""Results of tests that are not academic: English learners', college entrance, work readiness."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from services.scoring.rules.frames import OTHER_RESULTS, Frames
from tests.rules.frames_by_hand import YEAR, rows

KINDS = ("academic", "english_language", "college_entrance", "work_readiness")


def with_other_results(frames: Frames, results: Sequence[Mapping[str, Any]]) -> Frames:
    """The facts with results whose `assessment_id` is their test's kind; of the year unless they tell another."""
    tests = [{"assessment_id": kind, "program": kind, "kind": kind, "test": kind, "levels": "[]"} for kind in KINDS]
    told = [{"result_id": f"{n:05}", "school_year": YEAR, **result} for n, result in enumerate(results)]
    full = [{name: result.get(name) for name in OTHER_RESULTS} for result in told]
    found = pl.DataFrame(full, schema=dict(OTHER_RESULTS))
    return replace(frames, assessments=rows("assessments", tests), other_results=found)


def parts(scores: Mapping[str, int | None]) -> str:
    """Sub-scores as a record holds them."""
    return json.dumps([{"name": name, "score": score} for name, score in scores.items() if score is not None])
