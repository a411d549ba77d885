"""A chapter file's versions: one a year, one like another, a year that is awaited, and everything else refused."""

from pathlib import Path

import pytest

from shared.policy import reader
from tests.architecture.sources import plant

FILE = """\
awaited:
  2025-26: {columns: "the cuts of B to D were not given", window: "its days"}
versions:
  - from: 2017-18
    to: 2017-18
    like: 2018-19
    values:
      scale: {value: 7, tag: OUTSIDE, source: "GRADE-5", note: "before 2018-19"}
  - from: 2018-19
    to: 2020-21
    like: 2021-22
    values:
      readiness: {value: act, tag: SEED, source: "COMP-7"}
  - from: 2021-22
    to: 2024-25
    values:
      scale: {value: 8, tag: SEED, source: "GRADE-3"}
      readiness: {value: act_or_workkeys, tag: SEED, source: "COMP-7"}
      minimum_n: {value: 10, tag: PROPOSED, source: "GEN-4"}
"""


def _planted(root: Path, text: str = FILE) -> Path:
    return plant(root, {f"xx/{service}.yaml": text for service in reader.SERVICES})


def _read(root: Path, year: str) -> dict[str, str]:
    return {name: entry["value"] for name, entry in reader.chapter("xx", "scoring", year, root).items()}


@pytest.mark.parametrize(
    ("year", "values"),
    [
        ("2017-18", {"scale": "7", "readiness": "act", "minimum_n": "10"}),  # like 2018-19, which is like 2021-22
        ("2018-19", {"scale": "8", "readiness": "act", "minimum_n": "10"}),
        ("2020-21", {"scale": "8", "readiness": "act", "minimum_n": "10"}),  # the last year of its version
        ("2021-22", {"scale": "8", "readiness": "act_or_workkeys", "minimum_n": "10"}),
    ],
)
def test_a_version_like_another_holds_everything_of_it_but_what_it_writes_out(
    year: str, values: dict[str, str], tmp_path: Path
) -> None:
    assert _read(_planted(tmp_path), year) == values


def test_a_value_taken_over_keeps_its_tag_and_source_and_one_written_out_brings_its_own(tmp_path: Path) -> None:
    chapter = reader.chapter("xx", "scoring", "2017-18", _planted(tmp_path))
    assert chapter["minimum_n"] == {"value": "10", "tag": "PROPOSED", "source": "GEN-4"}
    assert chapter["scale"] == {"value": "7", "tag": "OUTSIDE", "source": "GRADE-5", "note": "before 2018-19"}


def test_the_years_of_a_file_are_those_of_its_versions(tmp_path: Path) -> None:
    years = list(reader.every_year("xx", "scoring", _planted(tmp_path)))
    assert (years[0], years[-1], len(years)) == ("2017-18", "2024-25", 8)


def test_an_awaited_year_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    root = _planted(tmp_path, FILE.replace("2025-26", "2026-27"))
    (root / "xx/scoring.yaml").write_text(FILE)
    with pytest.raises(reader.PolicyError) as refused:
        reader.chapters("xx", "2025-26", root)  # ingest, the first chapter, lacks the year too, but knows nothing of it
    assert str(refused.value) == (
        "scoring.yaml, xx, 2025-26: no version covers this year (there are: 2017-18 to 2024-25); still missing are "
        "columns: the cuts of B to D were not given; window: its days; add a version that holds them"
    )


def test_the_year_after_the_known_cuts_is_refused_and_not_scored_by_the_year_before() -> None:
    with pytest.raises(reader.Awaited, match=r"^scoring\.yaml, ms, 2025-26: .*457 .*769 .*the cuts of B, C and D"):
        reader.chapters("ms", "2025-26")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("like: 2018-19", "like: 2019-20", "like 2019-20 is no other version"),  # no version begins with it
        ("like: 2018-19", "like: 2017-18", "like 2017-18 is no other version"),  # itself
        ("like: 2021-22", "like: 2017-18", "like 2017-18 is no other version"),  # round in a circle
        (
            "    to: 2020-21\n",
            "    to: 2020-21\n    until: 2020-21\n",
            "from, to, like and values; until",
        ),
        ("awaited:", "expected:", "write a list of versions (and what is awaited if need be), nothing else"),
        ("to: 2017-18", "to: 2018-19", "two versions cover this year"),
    ],
)
def test_what_stands_beside_the_form_is_refused(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert FILE.count(old) == 1
    root = _planted(tmp_path, FILE.replace(old, new))
    with pytest.raises(reader.PolicyError) as refused:
        for year in ("2017-18", "2018-19"):
            reader.chapter("xx", "scoring", year, root)
    assert sentence in str(refused.value)


def test_a_name_that_no_service_reads_is_refused_where_an_edition_would_take_it_in(tmp_path: Path) -> None:
    texts = {path.name: path.read_text("utf-8") for path in (reader.STATES / "ms").glob("*.yaml")}
    root = plant(tmp_path, {f"xx/{name}": text for name, text in texts.items()})
    assert reader.chapters("xx", "2024-25", root)
    slip = texts["reportcard.yaml"].replace("      support_link:", "      suport_link:")
    (root / "xx/reportcard.yaml").write_text(slip, "utf-8")
    with pytest.raises(reader.PolicyError) as refused:
        reader.chapters("xx", "2024-25", root)
    sentence = "reportcard.yaml, xx, 2024-25: no service reads suport_link; near it: support_link; "
    assert str(refused.value).startswith(sentence)
