"""Every rule stands in the law, a module and worked cases, as docs/rules.md says; docs/conformance.md lists where."""

from collections import Counter
from pathlib import Path

import pytest

from deploy.policy.conformance import (
    KINDS,
    PAGE,
    RULES,
    ids_in,
    missing,
    page,
    rules_of,
    trace,
)
from shared.policy.reader import SERVICES, default_state
from tests.architecture.sources import REPOSITORY, plant

# how many rules each family has
FAMILIES = {
    "GEN": 5, "GRADE": 10, "COMP": 10, "GOAL": 5, "SUBG": 10, "SUPP": 5, "TEACH": 6, "EQ": 2, "ASSESS": 6, "NAEP": 1,
    "ACGR": 5, "EL": 2, "PPE": 6, "CSI": 3, "IMP": 1, "TSI": 2, "ATSI": 2, "OTH": 9, "META": 4,
}  # fmt: skip


def test_every_rule_is_told_once_with_its_source_and_what_it_needs() -> None:
    text = (REPOSITORY / RULES).read_text("utf-8")
    rules = list(rules_of(text))
    expected = {f"{family}-{number}" for family, count in FAMILIES.items() for number in range(1, count + 1)}
    assert Counter(rule.id for rule in rules) == Counter({*expected, "SI-STATUS"})
    assert all(rule.needs and rule.needs <= set(KINDS) for rule in rules)
    assert text.count("\nSource: `003_53e2718eb3148580.txt`") == len(rules)


def test_no_rule_is_missing_where_it_must_stand() -> None:
    assert missing(trace(default_state())) == []


def test_the_page_is_what_the_tree_gives() -> None:
    told = (REPOSITORY / PAGE).read_text("utf-8")
    assert told == page(trace(default_state())), "run `schoolmark policy conformance`"


IDS = [
    *(f"GRADE-{n}" for n in range(1, 11)),
    "OTH-6",
    "OTH-7",
    "EQ-1",
    "EQ-2",
    "TSI-1",
    "ATSI-1",
    "ATSI-2",
    "SI-STATUS",
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("essa-report-card GRADE-1", {"GRADE-1"}),
        ("GRADE-1, GRADE-3", {"GRADE-1", "GRADE-3"}),
        ("GRADE-1 to GRADE-3", {"GRADE-1", "GRADE-2", "GRADE-3"}),
        ("(GRADE-9…10)", {"GRADE-9", "GRADE-10"}),
        ("GRADE-1 to 3; GRADE-5..6", {"GRADE-1", "GRADE-2", "GRADE-3", "GRADE-5", "GRADE-6"}),
        ("OTH-6,7 and EQ-1/2", {"OTH-6", "OTH-7", "EQ-1", "EQ-2"}),
        ("GRADE-1, 3 years", {"GRADE-1"}),  # a number after a comma and a blank is no rule
        ("ATSI-1", {"ATSI-1"}),  # and not TSI-1
        ("GRADE-10", {"GRADE-10"}),  # and not GRADE-1
        ("GRADE-11, NOTICE-1", set()),  # none of these
        ("SI-STATUS (its X11)", {"SI-STATUS"}),
    ],
)
def test_ids_are_read_with_ranges_and_lists_written_out(text: str, found: set[str]) -> None:
    assert ids_in(text, IDS) == found


SMALL = {
    RULES.as_posix(): "### GRADE-2 Letter\nSettings: `scoring.cuts`\nNeeds: policy, rule, case\n"
    "### GRADE-9 Districts\nNeeds: rule\n",
    "services/scoring/rules/letters.py": '"""Which letter (GRADE-2)."""\n'
    '\ndef pooled():\n    """All students (GRADE-9)."""\n',
    "tests/cases/scoring/letters.yaml": "# essa-report-card GRADE-2: at the cut.\ncases: []\n",
    **{f"shared/policy/states/xx/{service}.yaml": "versions: []\n" for service in SERVICES},
    "shared/policy/states/xx/scoring.yaml": "versions:\n  - from: 2023-24\n    to: 2024-25\n    values:\n"
    '      cuts: {value: {A: 1}, tag: SEED, source: "essa-report-card GRADE-2"}\n',
}


def test_a_small_tree_that_conforms_passes_and_is_listed(tmp_path: Path) -> None:
    traced = trace("xx", plant(tmp_path, SMALL))
    assert missing(traced) == []
    module, case = "services/scoring/rules/letters.py", "tests/cases/scoring/letters.yaml"
    assert page(traced).splitlines()[-2:] == [
        f"| GRADE-2 Letter | scoring.cuts | {module} | {case} |",
        f"| GRADE-9 Districts | none needed | {module} | none needed |",
    ]


@pytest.mark.parametrize(
    ("path", "old", "new", "lack"),
    [
        ("shared/policy/states/xx/scoring.yaml", "GRADE-2", "GRADE-1", "GRADE-2: no policy names it"),
        ("shared/policy/states/xx/scoring.yaml", "cuts:", "cut:", "GRADE-2: no chapter holds scoring.cuts"),
        ("services/scoring/rules/letters.py", "GRADE-2", "GRADE-1", "GRADE-2: no rule names it"),
        ("services/scoring/rules/letters.py", "def pooled", "def _pooled", "GRADE-9: no rule names it"),
        ("services/scoring/rules/letters.py", '    """All', '    ...\n    """All', "GRADE-9: no rule names it"),
        ("tests/cases/scoring/letters.yaml", "# essa", "\n# essa", "GRADE-2: no case names it"),
    ],
)
def test_each_gap_of_a_small_tree_is_caught(path: str, old: str, new: str, lack: str, tmp_path: Path) -> None:
    assert old in SMALL[path]
    root = plant(tmp_path, {**SMALL, path: SMALL[path].replace(old, new)})
    assert missing(trace("xx", root)) == [lack]
