"""Offline: designation decides in memory as it does on its database; a what-if moves what it says; history counts."""

import random
from pathlib import Path
from typing import Any

import pytest

from deploy import offline, whatif
from deploy.offline import History
from services.scoring import chapter_of, read_folder, score
from services.scoring.files import Unreadable
from shared.events.envelope import Event
from shared.policy import reader
from shared.policy.reader import PolicyError
from shared.runtime.database import prepare
from shared.vocabulary.identity import canonical
from tests.services import record_files
from tests.services.designation_log import Log, edition_id_of, make_edition, make_school
from tests.services.record_files import STATE, YEARS, trial_records

CSI = "comprehensive_support"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return record_files.write(tmp_path / "records", trial_records())


def scored(folder: Path, *settings: str, compare: bool = False, year: str = YEARS[-1], first: str | None = None) -> Any:
    return whatif.scored(folder, STATE, year, settings, compare, first)


def schools(found: dict[str, Any]) -> dict[str, Any]:
    return {each["entity_id"]: each for each in found["entities"] if each["level"] == "school"}


@pytest.mark.parametrize("seed", range(3))
def test_designation_in_memory_is_designation_on_its_database_byte_for_byte(seed: int, database_url: str) -> None:
    """Seven years of thirty schools that come, go and move; two of the years are years of identification."""
    dice, history, told = random.Random(seed), History(), []
    engine = prepare(database_url, "designation")
    log, ids = Log(engine), {}
    for end in range(18, 25):
        year, letter = f"20{end}-{end + 1}", dice.choice("CDF")
        made = [
            make_school(f"S{n:02d}", dice.choice([None, *range(60, 440, 7)]), letter, title_i=dice.random() < 0.8)
            for n in range(30)
            if dice.random() < 0.9
        ]
        edition: list[Event] = make_edition(year, made, dict(ids))
        answer, history = offline.designated(edition, year, history)
        told += [event.to_bytes() for event in answer]
        ids[year] = edition_id_of(edition)
        log.send(edition)
    engine.dispose()
    assert log.rejections() == []
    assert told == log.published_bytes()
    assert any(b'"decision":"continued"' in each for each in told)


def test_a_trial_year_scores_by_its_own_chapter_with_statuses_from_the_years_before(records: Path) -> None:
    found = scored(records)
    told = schools(found)
    # 1-1 stays Proficient: 100 for each proficiency, and held Proficient earns 100 hundredths: 6 x 100 = 600 of 600
    assert (told["1-1"]["rating"]["points"], told["1-1"]["rating"]["letter"]) == ("600", "A")
    # 1-2 rises one level, to a level below Proficient: 4 growth components of 100, no proficiency
    assert (told["1-2"]["rating"]["points"], told["1-2"]["rating"]["letter"]) == ("400", "A")
    # 1-3 falls: nothing
    assert (told["1-3"]["rating"]["points"], told["1-3"]["rating"]["letter"]) == ("0", "F")
    # 2021-22: 600, 0 and 0, averages need two years with a score: nobody is judged. Growth needs a year before, so
    # 2020-21 (200 of 600 available, less than half) has none. 2022-23: 1-3 is lowest of three, one place.
    assert list(found["history"]) == ["2020-21", "2021-22"]
    assert {school: each["support"]["after"] for school, each in told.items()} == {"1-1": [], "1-2": [], "1-3": [CSI]}
    numbers = told["1-3"]["support"]["reasons"][0]["numbers"]
    assert (numbers["years_used"], numbers["rank"], numbers["ranked"]) == ("2021-22, 2022-23", "1", "3")
    assert found["policy_fingerprint"] == reader.fingerprint_of(reader.chapters(STATE, YEARS[-1]))


def test_years_before_the_first_that_was_certified_do_not_count(records: Path) -> None:
    found = scored(records, first=YEARS[-1])
    assert found["history"] == {}
    findings = {each["support"]["reasons"][0]["numbers"]["finding"] for each in schools(found).values()}
    assert findings == {"too_few_years"}
    assert (
        schools(found)["1-2"]["rating"] == schools(scored(records))["1-2"]["rating"]
    )  # growth is measured all the same


def test_the_library_says_what_the_file_says(records: Path) -> None:
    found, told = score(read_folder(records), STATE, YEARS[-1]), scored(records)
    assert found.entities["points"].to_list() == [each["rating"]["points"] for each in told["entities"]]
    assert found.counts.height == sum(len(each["counts"]) for each in told["entities"])
    chapter = chapter_of(STATE, YEARS[-1])
    chapter["growth_weights"]["value"]["one_level"] = "50"
    assert score(read_folder(records), STATE, YEARS[-1], chapter).entities.filter(entity_id="1-2")[
        "points"
    ].to_list() == [
        "200"  # four growth components of 100 x 1/2
    ]


def test_a_what_if_names_the_schools_that_move_with_points_before_and_after(records: Path) -> None:
    found = scored(records, "growth_weights.one_level=50", "columns.all_entities.cuts.A=600", compare=True)
    compared = found["compared"]
    assert compared["schools"] == 3
    assert [(m["school_id"], m["before"]["points"], m["after"]["points"]) for m in compared["moves"]] == [
        ("1-2", "400", "200")  # A to F; 1-1 is an A at 600, "or more", and 1-3 stays where it was
    ]
    assert (compared["letters"], compared["support"]) == ({"A to F": 1}, {})
    assert compared["policy_fingerprint_before"] == scored(records)["policy_fingerprint"] != found["policy_fingerprint"]
    assert {**found, "compared": None} == {**scored(records, *compared["set"]), "compared": None}


def test_a_what_if_of_support_moves_statuses_alone(records: Path) -> None:
    # 0.4 x 3 = 1.2, up to 2 places: 1-2, too
    compared = scored(records, "designation.lowest_share=0.4", compare=True)["compared"]
    assert [move["school_id"] for move in compared["moves"]] == ["1-2"]
    assert (compared["letters"], compared["support"]) == ({}, {f"none to {CSI}": 1})


def test_a_changed_value_says_that_it_is_one_and_leaves_the_chapters_as_they_are() -> None:
    chapters = reader.chapters("ms", "2024-25")
    before = canonical(chapters)
    made = whatif.changed(chapters, ["scales.elementary_middle.components.reading.growth=100", "tested_grades=03, 04"])
    assert made["scoring"]["scales"]["value"]["elementary_middle"]["components"]["reading.growth"] == "100"
    assert made["scoring"]["tested_grades"]["value"] == ["03", "04"]
    assert (made["scoring"]["tested_grades"]["tag"], made["scoring"]["tested_grades"]["source"]) == (
        "TRIAL",
        "what if: tested_grades=03, 04",
    )
    assert canonical(chapters) == before


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            "growth.weight.one_level=110",
            "no chapter holds growth.weight.one_level; near it: scoring.growth_weights.one_",
        ),
        ("minimum=10", "no chapter holds minimum; near it: scoring.minimum_n"),
        ("zzz=1", "no chapter holds zzz; docs/policy.md tells how to read a chapter"),
        ("lowest_share=0.1", "lowest_share stands in several chapters; write scoring.lowest_share or designation.low"),
        ("growth_weights=1", "growth_weights holds several values; name one: growth_weights.one_level, "),
        ("minimum_n", "'minimum_n' sets nothing; write KEY=VALUE"),
        ("reportcard.minimum_n=1", "no chapter holds reportcard.minimum_n; near it: "),
    ],
)
def test_a_value_that_no_chapter_holds_is_refused_with_those_near_it(setting: str, sentence: str) -> None:
    with pytest.raises(whatif.NoSuchValue) as refused:
        whatif.changed(reader.chapters("ms", "2024-25"), [setting])
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("minimum_n=ten", "scoring chapter, 2022-23, minimum_n: "),
        (
            "scales.six_components.full=700",
            "scoring chapter, 2022-23, scales: components sum to 600, not to the full 700",
        ),
        ("score_rounding=up", "scoring chapter, 2022-23, score_rounding: 'up' is none of integer_half_up, none"),
        ("designation.lowest_share=2", "designation lowest_share: 2 is no share"),
        ("average_years=0", "designation average_years: '0' is no whole number of 1 or more"),
    ],
)
def test_a_value_is_read_as_strictly_as_a_chapter(setting: str, sentence: str, records: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        scored(records, setting)
    assert str(refused.value).startswith(sentence)


def test_years_without_a_chapter_or_without_records_are_refused(records: Path) -> None:
    with pytest.raises(PolicyError, match="no version covers this year"):
        scored(records, year="2025-26")
    with pytest.raises(Unreadable, match=r"nobody is enrolled in 2023-24 in .*; it holds 2020-21, 2021-22, 2022-23"):
        scored(records, year="2023-24")
    with pytest.raises(whatif.NoSuchValue, match="nothing to compare"):
        scored(records, compare=True)
