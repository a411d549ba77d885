"""The law is data: no state, policy number or school year in Python; every value with tag and source."""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.policy import reader
from tests.architecture.sources import REPOSITORY, constants, plant, sources

STATE_NAMES = (
    r"Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|"
    r"Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|"
    r"Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New.Hampshire|New.Jersey|"
    r"New.Mexico|New.York|North.Carolina|North.Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|"
    r"Rhode.Island|South.Carolina|South.Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|"
    r"West.Virginia|Wisconsin|Wyoming"
)
NAMES = re.compile(rf"(?<![a-z])({STATE_NAMES})(?![a-z])".replace(".", "[ _-]"), re.IGNORECASE)
# Small and round numbers mean many things; what the chapters hold beside them is recognisably law.
ROUND = 100


def state_names(root: Path) -> list[str]:
    """States named anywhere in a module, words included, and codes of states as literals."""
    found = []
    codes = {folder.name for folder in (root / "shared/policy/states").glob("*") if folder.is_dir()}
    for source in sources(root):
        for number, line in enumerate(source.text.splitlines(), start=1):
            found += [f"{source.path}:{number}: names {match[0]}" for match in NAMES.finditer(line)]
        for node in constants(source):
            if isinstance(node.value, str) and node.value in codes:
                found.append(f"{source.path}:{node.lineno}: names the state {node.value}")
    return found


def law_numbers(root: Path) -> set[str]:
    """The numbers of all chapters that can be nothing but law: above 100 and not round."""
    found = set()
    chapters = [f"*/{service}.yaml" for service in reader.SERVICES]
    for path in [path for name in chapters for path in (root / "shared/policy/states").glob(name)]:
        for part in reader.read(path)["versions"]:
            for entry in part["values"].values():
                found |= {text for text in _scalars(entry["value"]) if _is_law(text)}
    return found


def numbers_in_code(root: Path) -> list[str]:
    """Literals in modules that are numbers of the law, and school years written out."""
    law, found = law_numbers(root), []
    for source in sources(root):
        for node in constants(source):
            text = node.value if isinstance(node.value, str) else str(node.value)
            if text in law:
                found.append(f"{source.path}:{node.lineno}: {text} stands in a chapter")
            if isinstance(node.value, str) and re.fullmatch(r"20\d\d-\d\d", node.value):
                found.append(f"{source.path}:{node.lineno}: {text} is a school year")
    return found


def chapters_of(state: str, service: str, folder: Path) -> Iterator[tuple[str, reader.Chapter]]:
    """Every school year of a chapter file and the chapter then in force, read strictly."""
    yield from reader.every_year(state, service, folder).items()


def _scalars(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from _scalars(item)
    elif value is not None:
        yield str(value)


def _is_law(text: str) -> bool:
    try:
        return Decimal(text) > ROUND and Decimal(text) % ROUND != 0
    except InvalidOperation:
        return False


def test_no_module_names_a_state() -> None:
    assert state_names(REPOSITORY) == []


def test_no_module_holds_a_number_of_the_law_or_a_school_year() -> None:
    assert {"442", "754", "377"} <= law_numbers(REPOSITORY)  # the check does see the cut scores
    assert numbers_in_code(REPOSITORY) == []


@pytest.mark.parametrize("state", reader.states())
@pytest.mark.parametrize("service", reader.SERVICES)
def test_every_chapter_of_every_year_reads_strictly(state: str, service: str) -> None:
    years = [year for year, _ in chapters_of(state, service, reader.STATES)]
    assert years == sorted(set(years)) and years
    for _, chapter in chapters_of(state, service, reader.STATES):
        assert all(set(entry) >= {"value", "tag", "source"} for entry in chapter.values())


@pytest.mark.parametrize("state", reader.states())
def test_an_edition_of_any_year_finds_the_chapters_of_all_services(state: str) -> None:
    spans = [{year for year, _ in chapters_of(state, service, reader.STATES)} for service in reader.SERVICES]
    everywhere = set.intersection(*spans)
    assert "2024-25" in everywhere
    for year in everywhere:
        assert len(reader.fingerprint_of(reader.chapters(state, year))) == 64


CHAPTER = "versions:\n  - from: 2017-18\n    to: 2024-25\n    values:\n      cut: {value: 442%s}\n"
SOURCED = CHAPTER % ', tag: SEED, source: "GRADE-2"'


@pytest.mark.parametrize(
    "text",
    ["# as in Mississippi", '"""Rules of New York."""', 'STATE = "xx"', "def north_dakota(): ...", 'NAME = "texas"'],
)
def test_a_state_named_in_a_module_is_caught(text: str, tmp_path: Path) -> None:
    root = plant(tmp_path, {"services/scoring/policy.py": text, "shared/policy/states/xx/scoring.yaml": SOURCED})
    assert len(state_names(root)) == 1


@pytest.mark.parametrize("text", ["CUT = 442", 'CUT = "442"', 'if year == "2024-25": ...'])
def test_a_number_of_the_law_in_a_module_is_caught(text: str, tmp_path: Path) -> None:
    root = plant(tmp_path, {"services/scoring/policy.py": text, "shared/policy/states/xx/scoring.yaml": SOURCED})
    assert len(numbers_in_code(root)) == 1


def test_a_number_in_words_for_people_passes(tmp_path: Path) -> None:
    text = '"""A score of 442 in 2024-25 was an A."""\nSECONDS = 44\n'
    root = plant(tmp_path, {"services/scoring/policy.py": text, "shared/policy/states/xx/scoring.yaml": SOURCED})
    assert numbers_in_code(root) == []


@pytest.mark.parametrize(
    "rest", ["", ', source: "GRADE-2"', ", tag: SEED", ', tag: GUESS, source: "x"', ', tag: SEED, source: ""']
)
def test_a_value_without_tag_or_source_is_caught(rest: str, tmp_path: Path) -> None:
    root = plant(tmp_path, {"xx/scoring.yaml": CHAPTER % rest})
    with pytest.raises(reader.PolicyError):
        list(chapters_of("xx", "scoring", root))


def test_a_value_with_both_passes(tmp_path: Path) -> None:
    root = plant(tmp_path, {"xx/scoring.yaml": SOURCED})
    assert len(list(chapters_of("xx", "scoring", root))) == 8  # 2017-18 to 2024-25


def test_numbers_are_read_as_text_and_never_as_floats(tmp_path: Path) -> None:
    root = plant(tmp_path, {"xx/scoring.yaml": SOURCED.replace("442", "0.05")})
    (_, chapter), *_ = chapters_of("xx", "scoring", root)
    assert chapter["cut"]["value"] == "0.05"
    assert not [node for node in ast.walk(ast.parse(repr(chapter))) if isinstance(getattr(node, "value", ""), float)]


def test_the_worked_change_of_the_policy_page_gives_the_new_year_its_law(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs/policy.md").read_text("utf-8")
    (changed,) = re.findall(r"```yaml\n(columns:.*?)```", page, re.DOTALL)
    root = plant(tmp_path, {"changed.yaml": changed})
    document = reader.read(reader.STATES / "ms" / "scoring.yaml")
    with pytest.raises(reader.PolicyError, match="no version covers this year"):
        reader.chapter("ms", "scoring", "2025-26")
    values = reader.read(root / "changed.yaml")
    document["versions"].append({"from": "2025-26", "to": "2025-26", "like": "2021-22", "values": values})
    plant(tmp_path, {"ms/scoring.yaml": yaml.safe_dump(document)})
    cuts = {
        year: reader.chapter("ms", "scoring", year, root)["columns"]["value"]["elementary_middle"]["cuts"]["A"]
        for year in ("2024-25", "2025-26")
    }
    assert cuts == {"2024-25": "442", "2025-26": "457"}
