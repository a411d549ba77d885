"""`schoolmark verify` as a person runs it: same, what differs, or no receipt at all; and a receipt as it is shown."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy import receipts
from services.__main__ import main
from shared.policy.reader import fingerprint_of
from tests.rules.receipts_by_hand import CHAPTERS, rated, receipt_at

Verify = Callable[[Any], tuple[int, list[str]]]


def receipt(address: str) -> dict[str, Any]:
    """A receipt as the site gives it."""
    told = receipt_at(rated()[-1], f"/explain/x/school/S1/{address}")
    found: dict[str, Any] = json.loads(json.dumps({**told, "policy_fingerprint": fingerprint_of(CHAPTERS)}))
    return found


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs the command on a file of this content, in a folder where no line ever ran; exit code and what was said."""
    monkeypatch.chdir(tmp_path)

    def run(content: Any) -> tuple[int, list[str]]:
        path = tmp_path / "receipt.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        monkeypatch.setattr(sys, "argv", ["schoolmark", "verify", str(path)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, [*said.out.splitlines(), *said.err.splitlines()]

    return run


@pytest.mark.parametrize(
    ("address", "display"),
    [
        ("reading.proficiency", "50.0%"),
        ("points", "420"),
        ("spending.essa", "$9,834.71"),
        ("equity.low_income.inexperienced.gap", "10.00 points"),
        ("status", "Comprehensive Support and Improvement (CSI)"),
    ],
)
def test_a_receipt_that_comes_out_again_is_the_same(address: str, display: str, verify: Verify) -> None:
    told = receipt(address)
    code, said = verify(told)
    assert (code, said) == (0, [f"same: {len(told['workings']['steps'])} steps give {display}"])


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (
            ("workings", "inputs", "reading.proficiency.numerator"),
            "51",
            "different: step 0, Reading: ",
        ),
        (("workings", "steps", 0, "result"), "2/3", "different: step 0, Reading: "),
        (("workings", "result"), "421", "different: result: 421 is told, 420 comes out"),
        (("workings", "shown", 0, "display"), "421", "different: display: 421 is shown, 420 comes out"),
        (("display",), "421", "different: display: 421 is told, 420 comes out"),
        (("thresholds", 0, "value"), "400", "different: thresholds, letter B: 400 is told, 377 comes out"),
        (("distances", 0, "by"), "1", "different: distances, letter A: 1 is told, 22 comes out"),
        (
            ("workings", "inputs", "scoring.columns.elementary_middle.cuts.A"),
            "421",
            "different: law, scoring.columns.elementary_middle.cuts.A: 421 is taken, 442 is cited",
        ),
    ],
)
def test_whatever_is_changed_is_told(place: tuple[Any, ...], value: str, sentence: str, verify: Verify) -> None:
    told = receipt("points")
    holder: Any = told
    for part in place[:-1]:
        holder = holder[part]
    assert place[-1] in holder or isinstance(place[-1], int)
    holder[place[-1]] = value
    code, said = verify(told)
    assert code == 1
    assert any(line.startswith(sentence) for line in said), said
    assert said[-1] == "schoolmark: the receipt does not come out again from its own inputs"


def test_a_withheld_number_has_nothing_to_do_again(verify: Verify) -> None:
    code, said = verify({**receipt("points"), "workings": None})
    assert code == 0
    assert said[0].startswith("nothing to do again")


@pytest.mark.parametrize("content", ["", "[]", "{}", "no JSON", {"workings": {}, "display": "", "rule": "", "law": []}])
def test_what_is_no_receipt_is_said_to_be_none(content: Any, verify: Verify) -> None:
    code, said = verify(content)
    assert (code, len(said)) == (2, 1)
    assert "no receipt" in said[0]


def test_a_receipt_is_shown_in_steps() -> None:
    console = Console(record=True, width=140, color_system=None)
    receipts.show(console, receipt("points"))
    text = console.export_text()
    for told in ("420", "rule GRADE-1 to GRADE-7", "reaches letter B", "420 ≥ 377", "distance to letter A: 22 points",
                 "held against: letter A, 442 or more", "not counted: English learners: progress",
                 "law: scoring.columns, SEED, essa-report-card GRADE-2", fingerprint_of(CHAPTERS)):  # fmt: skip
        assert told in text, told
