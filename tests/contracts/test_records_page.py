"""docs/records.md says what the records' contracts say, and its examples are records; the analyst's notebook runs."""

import json
import re
from pathlib import Path

import pytest

from services.scoring.files import KEYS, RECORDS, read_folder, score
from services.scoring.files.contract import NEEDED, columns_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "records.md").read_text("utf-8")


def section(kind: str) -> str:
    return PAGE.partition(f"### {kind}\n")[2].partition("\n#")[0]


def examples(kind: str) -> list[str]:
    return [line for block in re.findall(r"```json\n(.*?)```", section(kind), re.DOTALL) for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's own examples as a folder of records."""
    (tmp_path / "records").mkdir()
    for kind in RECORDS:
        (tmp_path / "records" / f"{kind}.ndjson").write_text("\n".join(examples(kind)), "utf-8")
    return tmp_path / "records"


@pytest.mark.parametrize("kind", RECORDS)
def test_the_page_shows_each_field_as_the_contract_has_it(kind: str) -> None:
    told = re.findall(r"^\| `(\w+)` \| (.*?) \|", section(kind), re.MULTILINE)
    defaults = {c.name: f"; {json.dumps(c.default)} when left out" for c in columns_of(kind) if c.default is not None}
    assert told == [(column.name, column.expected() + defaults.get(column.name, "")) for column in columns_of(kind)]
    assert f"Key: {', '.join(f'`{name}`' for name in KEYS[kind])}." in section(kind)


@pytest.mark.parametrize("kind", RECORDS)
def test_every_example_is_a_record(kind: str) -> None:
    assert examples(kind)
    for line in examples(kind):
        RECORDS[kind].model_validate_json(line, strict=True)


def test_the_examples_together_can_be_scored(folder: Path) -> None:
    frames = read_folder(folder)
    assert {kind: getattr(frames, kind).height for kind in NEEDED} == {kind: len(examples(kind)) for kind in NEEDED}
    (proficient,) = (
        score(frames, "ms", "2024-25")
        .counts.filter(level="school", measure="reading.proficiency", subgroup="english_learners")
        .to_dicts()
    )
    assert (proficient["numerator"], proficient["denominator"]) == (0, 1)  # the one student is at Basic


def test_the_notebook_of_the_analysts_page_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "analyst.md").read_text("utf-8"), re.DOTALL)
    exec(compile(code, "analyst.md", "exec"), {})
    assert "Alder" not in capsys.readouterr().out  # its one school is not rated, before and then: nothing moved
