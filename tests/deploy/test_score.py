"""`schoolmark score` as a person runs it: what it says, what it writes, and one sentence where it cannot."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.__main__ import main
from shared.vocabulary.identity import canonical
from tests.services import record_files
from tests.services.record_files import STATE, trial_records

Score = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Score:
    """Runs the command in an empty folder on its `records`; exit code and what was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*more: str, year: str = "2022-23") -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["schoolmark", "score", "records", "--state", STATE, "--year", year, *more])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, [*said.out.splitlines(), *said.err.splitlines()]

    return run


def test_a_folder_is_scored_into_one_canonical_text(score: Score, tmp_path: Path) -> None:
    record_files.write(tmp_path / "records", trial_records(), "csv.gz")
    code, said = score()
    assert code == 0, said
    assert said[0] == "2022-23: 3 schools; A 2, F 1; identified for support: 1"
    assert said[1] == "earlier years scored for averages and prior status: 2020-21, 2021-22"
    assert said[-1] == "written to results.json; its counts are not suppressed: never publish it"
    text = (tmp_path / "results.json").read_text()
    found = json.loads(text)
    assert text == canonical(found) + "\n"  # which refuses floats
    assert found["handling"].startswith("Counts are not suppressed.")
    assert [each["entity_id"] for each in found["entities"]] == ["1-1", "1-2", "1-3", "1", STATE]
    assert score("--out", "again.json")[0] == 0
    assert (tmp_path / "again.json").read_text() == text


def test_a_comparison_shows_who_moves(score: Score, tmp_path: Path) -> None:
    record_files.write(tmp_path / "records", trial_records())
    code, said = score("--set", "growth_weights.one_level=50", "--compare")
    assert code == 0, said
    assert said[0] == "2022-23: 3 schools; A 1, F 2; identified for support: 1"
    assert said[3:6] == ["1 of 3 schools would move", "    letters: A to F 1", "    support: no change"]
    (row,) = [line for line in said if "│ 1-2" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["1-2", "1-2", "A → F", "400 → 200", "none"]
    assert json.loads((tmp_path / "results.json").read_text())["compared"]["set"] == ["growth_weights.one_level=50"]


@pytest.mark.parametrize(
    ("arguments", "year", "code", "sentence"),
    [
        ((), "2025-26", 1, "ingest.yaml, trial, 2025-26: no version covers this year (there are: "),
        (
            ("--set", "growth.weights=1"),
            "2022-23",
            2,
            "no chapter holds growth.weights; near it: scoring.growth_weights",
        ),
        (("--compare",), "2022-23", 2, "nothing to compare: --set KEY=VALUE says what would change"),
        (("--set", "minimum_n=x"), "2022-23", 1, "scoring chapter, 2022-23, minimum_n: "),
        ((), "2022-23", 1, "records holds no file of districts, schools, assessments, demographics, "),
    ],
)
def test_what_cannot_be_scored_is_one_sentence(
    arguments: tuple[str, ...], year: str, code: int, sentence: str, score: Score, tmp_path: Path
) -> None:
    (tmp_path / "records").mkdir()
    if "minimum_n=x" in arguments:
        record_files.write(tmp_path / "records", trial_records())
    ended, said = score(*arguments, year=year)
    assert (ended, len(said)) == (code, 1), said
    assert said[0].startswith(f"schoolmark: {sentence}")
    assert not (tmp_path / "results.json").exists()
