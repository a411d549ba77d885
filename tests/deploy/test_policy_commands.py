"""`schoolmark policy` as policy staff run it: a year shown whole, two years compared, every chapter checked."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.policy import commands
from deploy.policy.check import READERS, check
from deploy.policy.diff import differences
from services.__main__ import main
from shared.policy import reader
from shared.policy.watched import Watched
from tests.architecture.sources import plant

Policy = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Policy:
    """Runs a command; exit code and what was said."""
    monkeypatch.setattr(commands.console, "width", 200)  # whoever imported it first may have had another

    def run(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["schoolmark", "policy", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, [*said.out.splitlines(), *said.err.splitlines()]

    return run


def test_a_year_is_shown_whole_with_value_tag_source_and_note(policy: Policy) -> None:
    code, said = policy("show", "ms", "2024-25")
    text = "\n".join(said)
    assert code == 0
    assert [line.strip() for line in said if line.strip().endswith(".yaml")] == [
        f"{service}.yaml" for service in reader.SERVICES
    ]
    shown = {line.split("│")[1].strip() for line in said if line.startswith("│")}
    for chapter in reader.chapters("ms", "2024-25").values():
        assert {name for name in chapter if len(name) < 30} <= shown
    assert "cuts:" in text and "A: 442" in text  # a nested value, line by line
    assert "PROPOSED" in text and "essa-report-card GEN-4" in text and "the guide gives 10 for reporting" in text
    assert said[-1].strip() == reader.fingerprint_of(reader.chapters("ms", "2024-25"))


def test_one_chapter_is_shown_alone(policy: Policy) -> None:
    code, said = policy("show", "ms", "2011-12", "--chapter", "notify")  # a year that only this chapter covers
    assert code == 0
    assert [line.strip() for line in said if line.strip().endswith(".yaml")] == ["notify.yaml"]
    assert not [line for line in said if "fingerprint" in line]


def test_what_changed_is_told_by_dotted_path_with_tag_and_source(policy: Policy) -> None:
    code, said = policy("diff", "ms", "2017-18", "2018-19", "--chapter", "scoring")
    assert code == 0
    # without English learners' progress every maximum is that over 0.95: 95 / 0.95 = 100, 47.5 / 0.95 = 50
    assert "scoring.scales.elementary_middle.components.reading.proficiency: 100 → 95" in said
    assert "scoring.scales.with_grade_12.components.history.proficiency: 50 → 47.5" in said
    assert "scoring.scales.elementary_middle.components.english_learners.progress: — → 35" in said
    assert "scoring.scales, tag: OUTSIDE → SEED" in said
    assert [line for line in said if line.startswith("scoring.scales, source: essa-report-card GRADE-5")]
    assert not [line for line in said if line.startswith("scoring.columns")]  # the cuts are the same
    assert said[-1] == f"2017-18 to 2018-19: {len(said) - 1} changed"


def test_certificates_of_work_come_with_their_first_year(policy: Policy) -> None:
    code, said = policy("diff", "ms", "2020-21", "2021-22", "--chapter", "scoring")
    assert code == 0
    assert said[:2] == [
        "scoring.work_certificates.alone: (empty) → Gold, Platinum",
        "scoring.work_certificates.with_credential: (empty) → Silver",
    ]
    assert {line.split(",")[0].split(":")[0] for line in said[2:-1]} == {"scoring.work_certificates"}


def test_where_nothing_changed_it_says_so(policy: Policy) -> None:
    assert policy("diff", "ms", "2023-24", "2024-25") == (0, ["2023-24 to 2024-25: nothing changed"])
    assert policy("diff", "ms", "2023-24", "2023-24") == (0, ["2023-24 to 2023-24: nothing changed"])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"value": {"A": "457", "D": "1"}}, ["scoring.cuts.A: 442 → 457"]),
        ({"value": {"A": "442"}}, ["scoring.cuts.D: 1 → —"]),
        ({"value": {"A": "442", "D": "1", "F": "0"}}, ["scoring.cuts.F: — → 0"]),
        ({"tag": "SEED"}, ["scoring.cuts, tag: PROPOSED → SEED"]),
        ({"source": "the board"}, ["scoring.cuts, source: none → the board"]),
        ({"note": "new"}, ["scoring.cuts, note: — → new"]),
        ({"value": {"A": "442", "D": "1"}}, []),
    ],
)
def test_each_part_of_an_entry_is_compared(changed: dict[str, object], told: list[str]) -> None:
    entry = {"value": {"A": "442", "D": "1"}, "tag": "PROPOSED", "source": "none"}
    found = differences({"scoring": {"cuts": entry}}, {"scoring": {"cuts": {**entry, **changed}}})
    assert [str(each) for each in found] == told


def test_an_entry_that_comes_is_told_whole() -> None:
    entry = {"value": [{"after_days": "1"}, {"after_days": "5"}], "tag": "SEED", "source": "NOTICE-5"}
    assert [str(each) for each in differences({"notify": {}}, {"notify": {"rungs": entry}})] == [
        "notify.rungs.1.after_days: — → 1",
        "notify.rungs.2.after_days: — → 5",
        "notify.rungs, tag: — → SEED",
        "notify.rungs, source: — → NOTICE-5",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("show", "ms", "2025-26"), 1, "scoring.yaml, ms, 2025-26: no version covers this year (there are: "),
        (("diff", "ms", "2024-25", "2025-26"), 1, "scoring.yaml, ms, 2025-26: no version covers this year"),
        (("show", "xx", "2024-25"), 1, "ingest.yaml, xx: no such chapter; add states/xx/ingest.yaml"),
        (("show", "ms", "2024/25"), 2, "'2024/25' is no school year; write it like 2024-25"),
        (("show", "ms", "2024-25", "--chapter", "grading"), 2, "'grading' is no chapter; there are ingest, scoring, "),
        ((), 2, "Missing command; see `schoolmark policy --help`"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    arguments: tuple[str, ...], code: int, sentence: str, policy: Policy
) -> None:
    ended, said = policy(*arguments)
    assert (ended, len(said)) == (code, 1), said
    assert said[0].startswith(f"schoolmark: {sentence}")


def test_the_chapters_of_every_state_are_sound(policy: Policy) -> None:
    code, said = policy("check")
    assert (code, len(said)) == (0, len(reader.states())), said
    assert all(line.endswith("entries; sound") for line in said)


def test_the_names_that_a_chapter_may_hold_are_those_that_the_services_read() -> None:
    read: dict[str, set[str]] = {service: set() for service in reader.SERVICES}
    for state in reader.states():
        for year in reader.every_year(state, "scoring"):
            chapters = {name: Watched(chapter) for name, chapter in reader.chapters(state, year).items()}
            for _, law in READERS:
                law(chapters, year)
            for service, chapter in chapters.items():
                read[service] |= {re.sub(r"^\w+\.", "*.", name) for name in chapter.looked_up}
    assert {service: sorted(read[service]) for service in read} == {
        service: sorted(reader.names(service)) for service in read
    }


@pytest.fixture
def chapters(tmp_path: Path) -> Path:
    """A copy of a sound state, to be spoiled."""
    return plant(
        tmp_path, {f"xx/{path.name}": path.read_text("utf-8") for path in (reader.STATES / "ms").glob("*.yaml")}
    )


@pytest.mark.parametrize(
    ("service", "old", "new", "slip"),
    [
        # a name that nobody reads; a name inside a value; one inside the items of a list
        (
            "reportcard",
            "      support_link:\n",
            "      suport_link:\n",
            "no service reads suport_link; near it: support_link; ",
        ),
        ("scoring", "{method: enrolled_share,", "{way: x, method: enrolled_share,", "full_academic_year.way; "),
        ("notify", "{after_days: 5,", "{why: x, after_days: 5,", "escalations.why; "),
        (
            "scoring",
            "          2023-24:\n",
            "          2033-34:\n",
            "school_calendars: has no 2023-24",
        ),
        (
            "designation",
            "lowest_share:\n        value: 0.05",
            "lowest_share:\n        value: 5",
            "designation lowest_share: 5 is no share",
        ),
        ("designation", "      lowest_share:\n", "      population:\n", "population stands twice; keep one"),
        (
            "designation",
            '        source: "essa-report-card CSI-2, GEN-5"\n',
            "",
            "lowest_share: no source; ",
        ),
        (
            "ingest",
            "to: 2024-25",
            "until: 2024-25",
            "from, to, like and values; until is",
        ),
    ],
)
def test_each_slip_is_found_and_told(service: str, old: str, new: str, slip: str, chapters: Path) -> None:
    path = chapters / "xx" / f"{service}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    head, _, tail = text.rpartition(old)
    path.write_text(f"{head}{new}{tail}", "utf-8")
    found = check("xx", chapters).slips
    assert found and any(slip in told for told in found), found
