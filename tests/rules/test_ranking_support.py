"""Low graduation, subgroups, statuses: the cases csi_1, csi_3, atsi, tsi_1, tsi_2, si_status of cases/designation."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.designation.rules import additional, graduation, groups, long_additional, standing, statewide, targeted
from services.designation.rules.cases import Case
from services.designation.rules.catalog import ADDITIONAL, LONG_ADDITIONAL, LOW_GRADUATION, TARGETED_GROUPS
from services.designation.rules.edition import Earned, SchoolYear
from services.designation.rules.groups import GRADUATION_RATE
from services.designation.rules.long_additional import Bar
from services.designation.rules.ranking import Lowest, lowest
from services.designation.rules.targeted import FILTER, QUOTA, Ranks
from shared.policy.reader import read
from tests.rules.support_by_hand import (
    GROUP,
    HUNDRED,
    YEARS,
    group,
    in_population,
    is_told,
    law,
    number,
    school_case,
)

FOLDER = Path(__file__).parents[1] / "cases" / "designation"
CSI_1, CSI_3, ATSI, TSI_1, TSI_2, SI_STATUS = (
    read(FOLDER / f"{name}.yaml") for name in ("csi_1", "csi_3", "atsi", "tsi_1", "tsi_2", "si_status")
)
LAW = law()
LOWEST = Lowest(20, 1, Fraction(2, 5), {}, frozenset(), all_tied=False)
BAR = Bar(YEARS, {"reading": dict.fromkeys(YEARS, Fraction(20, 100)), "math": dict.fromkeys(YEARS, Fraction(10, 100))})


def held(rule: str, case: dict[str, Any], subgroup: str | None = None) -> dict[str, str]:
    return {standing.key(rule, subgroup): case["since"]} if "since" in case else {}


@pytest.mark.parametrize("case", CSI_1["cases"], ids=lambda case: case["name"])
def test_low_graduation(case: dict[str, Any]) -> None:
    assert LAW.graduation
    told = case["cohort"]
    rates = {} if told == "none" else {GRADUATION_RATE: tuple(map(int, told))}
    school = school_case(case, held(LOW_GRADUATION, case), {"all": Earned(None, None, rates)})
    assert is_told(graduation.decide(school, in_population(LAW.graduation, case)), case)


@pytest.mark.parametrize("case", CSI_3["cases"], ids=lambda case: case["name"])
def test_long_in_additional_targeted_support(case: dict[str, Any]) -> None:
    assert LAW.long_additional
    before = held(LONG_ADDITIONAL, case, GROUP)
    if "additional" in case:
        before[standing.key(ADDITIONAL, GROUP)] = case["additional"]
    bar = Bar(YEARS[: int(case.get("run", 3))], BAR.shares)
    one = group(reading=case["reading"], math=case["math"])
    assert is_told(
        long_additional.decide(school_case(case, before), one, bar, LOWEST, LAW.long_additional, LAW.lowest), case
    )


@pytest.mark.parametrize("case", ATSI["cases"], ids=lambda case: case["name"])
def test_additional_targeted_support(case: dict[str, Any]) -> None:
    assert LAW.additional
    one = group(index=case.get("index", "1/2"), average=case["average"])
    school = school_case(case, held(ADDITIONAL, case, GROUP))
    comparison = number(case.get("comparison", "2/5"))
    assert is_told(additional.decide(school, one, comparison, in_population(LAW.additional, case)), case)


@pytest.mark.parametrize("case", ATSI["comparisons"], ids=lambda case: case["method"])
def test_what_a_subgroup_is_compared_with(case: dict[str, str]) -> None:
    averages = [Fraction(3, 10), Fraction(2, 5), Fraction(1, 5)]
    assert statewide.comparison(averages, case["method"]) == Fraction(case["number"])
    assert statewide.comparison([], case["method"]) is None


def points(percent: str) -> str | None:
    return None if percent == "none" else str(Fraction(percent))


def rates(reading: str | None, math: str | None, students: int) -> dict[str, tuple[int, int]]:
    told = {"reading.proficiency": reading, "math.proficiency": math}
    return {
        measure: (int(Fraction(percent) * students / HUNDRED), students) for measure, percent in told.items() if percent
    }


def tried(school_id: str, case: dict[str, Any]) -> Case:
    """A school with one subgroup, through the years that its percents tell of."""
    reading, math = case["reading"], case["math"]
    years = {
        year: SchoolYear(
            school_id, "School", "D", "District", None, False, "NOT_RATED" if case["school"] == "none" else "GRADED",
            subgroups={
                GROUP: Earned(
                    points(case["index"]),
                    "100",
                    rates(*(told[n] if n < len(told) else None for told in (reading, math)), int(case["students"])),
                )
            },
        )
        for n, year in enumerate(YEARS)
    }  # fmt: skip
    assert LAW.grouping
    one = groups.group_of(GROUP, years, YEARS, YEARS[0], LAW.grouping, LAW.lowest.averaging)
    year = case.get("year", YEARS[0])
    index = None if case["school"] == "none" else Fraction(case["school"]) / HUNDRED
    return Case(years[YEARS[0]], year, {}, years, index, {}, None, {}, {GROUP: one})


def world(case: dict[str, Any]) -> list[Case]:
    """S and three others, as the head of tsi_1.yaml tells."""
    usual = {"index": "35", "reading": ["30"] * 3, "math": ["90"] * 3, "school": "30", "students": "10000"}
    moves = {"40": ["41.5", "40", "38.5"], "50": ["53", "50", "47"], "60": ["64.5", "60", "55.5"]}
    others = [
        tried(
            f"O{middle}", {**usual, "index": index, "reading": moves[middle], "math": moves[middle], "school": school}
        )
        for middle, index, school in (("40", "30", "45"), ("50", "40", "55"), ("60", "60", "65"))
    ]
    return [tried("S", {**usual, **case}), *others]


@pytest.mark.parametrize("backwards", [False, True], ids=["", "backwards"])
@pytest.mark.parametrize("case", TSI_1["cases"], ids=lambda case: case["name"])
def test_the_four_conditions_of_targeted_support(case: dict[str, Any], backwards: bool) -> None:
    own, grouping, cases = LAW.targeted, LAW.grouping, world(case)
    assert own and grouping
    ordered = cases[::-1] if backwards else cases
    ranks = statewide.ranks_of(ordered, YEARS, own, grouping)
    schools = statewide.selection(ordered, ranks, frozenset(), own).lowest
    school, one = cases[0], cases[0].groups[GROUP]
    finding = targeted.whole_school(school, schools, False, own) or targeted.met(school, one, ranks[GROUP], own)
    verdict = targeted.decide(school, one, finding, schools, own, {})
    assert (verdict.decision, verdict.finding) == (case["decision"], case["finding"])


def test_the_gap_and_its_move_are_the_ledgers_example() -> None:
    assert LAW.targeted
    one = group(reading=["21", "22", "20"])
    assert targeted.gap(one, "reading", YEARS, LAW.targeted) == Fraction(-49, 100)  # -49, -48, -50
    assert targeted.improvement(one, "reading", YEARS, LAW.targeted) == Fraction(1, 100)


@pytest.mark.parametrize("mode", [FILTER, QUOTA])
@pytest.mark.parametrize("case", TSI_1["modes"], ids=lambda case: case["name"])
def test_a_filter_or_a_quota_of_schools(case: dict[str, Any], mode: str) -> None:
    assert LAW.targeted
    own = replace(LAW.targeted, mode=mode)
    usual = {"index": "30", "reading": [], "math": ["30"] * 3, "students": "100"}
    cases = [tried(str(n), {**usual, "school": str(n)}) for n in range(1, 22)]
    members = frozenset(case["candidates"])
    all_in = Lowest(21, 21, Fraction(1), {str(n): n for n in range(1, 22)}, members, all_tied=False)
    ranks = {GROUP: Ranks(all_in, {"reading": lowest({}, Fraction(1)), "math": all_in}, {"math": all_in})}
    aside = frozenset(case.get("aside", ()))
    schools = statewide.selection(cases, ranks, aside, own).lowest
    found = [
        each.school.school_id
        for each in cases
        if targeted.decide(
            each,
            each.groups[GROUP],
            targeted.whole_school(each, schools, each.school.school_id in aside, own)
            or targeted.met(each, each.groups[GROUP], ranks[GROUP], own),
            schools,
            own,
            {},
        ).since
    ]
    assert found == case[mode]


@pytest.mark.parametrize("case", TSI_2["cases"], ids=lambda case: case["name"])
def test_leaving_targeted_support(case: dict[str, Any]) -> None:
    assert LAW.targeted
    students, years = int(case.get("students", 10000)), {}
    for n, year in enumerate(YEARS):
        grown = {
            f"{subject}.growth": (int(Fraction(case[subject][n]) * students), students)  # hundredths of a student
            for subject in ("reading", "math")
            if n < len(case[subject])
        }
        years[year] = replace(school_case(case, {}).school, subgroups={GROUP: Earned(None, None, grown)})
    school = replace(school_case(case, held(TARGETED_GROUPS, case, GROUP)), years=years)
    growth = targeted.growth_of(school, GROUP, case["since"], LAW.targeted, LAW.lowest.averaging, 10)
    verdict = targeted.decide(school, group(), case.get("met", "index_above"), replace(LOWEST, members=frozenset("S")),
                              LAW.targeted, growth)  # fmt: skip
    assert (verdict.decision, verdict.finding) == (case["decision"], case["finding"])
    assert verdict.since == (None if case["decision"] == "exited" else case["since"])


@pytest.mark.parametrize("case", SI_STATUS["cases"], ids=lambda case: case["name"])
def test_the_statuses_of_a_standing(case: dict[str, Any]) -> None:
    assert list(standing.statuses_of(case["standing"])) == case["statuses"]


TESTED = {"2021-22": True, "2022-23": True, "2023-24": True, "2024-25": True}


@pytest.mark.parametrize(
    ("tested", "run"),
    [
        (TESTED, ["2024-25", "2023-24", "2022-23", "2021-22"]),
        ({**TESTED, "2023-24": False}, ["2024-25", "2022-23", "2021-22"]),  # nobody was tested: passed over
        ({year: was for year, was in TESTED.items() if year != "2023-24"}, ["2024-25"]),  # not known: the run ends
        ({**TESTED, "2024-25": False}, ["2023-24", "2022-23", "2021-22"]),
    ],
    ids=["all", "a year without tests", "a year that was never certified", "this year without tests"],
)
def test_a_run_of_tested_years(tested: dict[str, bool], run: list[str]) -> None:
    assert list(groups.tested_years(tested, "2024-25")) == run
