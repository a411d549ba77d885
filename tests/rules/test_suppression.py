"""The cases of suppression that a state official can read, and what no case says: coupling, points, corrections."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.reportcard.rules import cells
from services.reportcard.rules.corrections import former_of
from services.reportcard.rules.masks import BARE, CODED, SHOWN, SMALL, STARRED, half_up
from services.reportcard.rules.suppression import Earned, Verdicts, decide
from services.reportcard.rules.tables import Place
from shared.vocabulary.measures import unit_of
from shared.vocabulary.subgroups import ALL
from tests.services.reportcard_builders import School, counts_of, ms_law, places_of

CASES = Path(__file__).parents[1] / "cases" / "reportcard"
PROFICIENT = "reading.proficiency"
LAW = ms_law().protection
NEIGHBOURS = [School(f"N{place}", "D1").add(100, ["female"], reading__proficiency=0.5) for place in range(3)]


def cases(name: str) -> list[Any]:
    document = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [pytest.param(case, id=case["name"]) for case in document["cases"]]


def display(verdicts: Verdicts, level: str, entity_id: str, subgroup: str, name: str = PROFICIENT) -> Any:
    table = next(one for one in verdicts.tables if one.name == name)
    cell = verdicts.frame.cell(level, entity_id, subgroup)
    verdict, students, numerators = verdicts.by_table[name][cell], table.students[cell], table.numerators[cell]
    if len(numerators) > 1:
        return [one["display"] for one in cells.series_cells(verdict, numerators, students, LAW.masking)]
    return cells.rate_cell(verdict, numerators[0], students, table.unit, LAW.masking)["display"]


def verdict(verdicts: Verdicts, entity_id: str, subgroup: str, name: str, level: str = "school") -> int:
    return verdicts.by_table[name][verdicts.frame.cell(level, entity_id, subgroup)]


def one_place(counts: dict[tuple[str, str], tuple[int, int]]) -> list[Place]:
    return [Place("school", "S1", "D1", counts)]


@pytest.mark.parametrize("case", [*cases("small_numbers"), *cases("extremes")])
def test_a_rate_by_itself(case: Any) -> None:
    found = decide(one_place({(PROFICIENT, ALL): (case["numerator"], case["denominator"])}), [], LAW)
    assert display(found, "school", "S1", ALL) == case["display"]


@pytest.mark.parametrize("case", cases("series"))
def test_a_series_by_itself(case: Any) -> None:
    students = sum(case["levels"])
    counts = {(f"reading.level.{rank}", ALL): (n, students) for rank, n in enumerate(case["levels"], 1)}
    assert display(decide(one_place(counts), [], LAW), "school", "S1", ALL, "reading.level") == case["display"]


@pytest.mark.parametrize("case", cases("cover"))
def test_cover_within_a_school(case: Any) -> None:
    counts = {(PROFICIENT, group): (n["proficient"], n["students"]) for group, n in case["groups"].items() if group}
    everyone = case["groups"].values()
    counts[PROFICIENT, ALL] = (sum(n["proficient"] for n in everyone), sum(n["students"] for n in everyone))
    found = decide(one_place(counts), [], LAW)
    assert {group: display(found, "school", "S1", group) for group in case["shown"]} == case["shown"]


@pytest.mark.parametrize("case", cases("levels"))
def test_cover_between_levels(case: Any) -> None:
    places, total = [], [0, 0]
    for district, schools in case["districts"].items():
        own = [sum(pair[side] for pair in schools.values()) for side in (1, 0)]
        total = [total[0] + own[0], total[1] + own[1]]
        places.append(Place("district", district, district, {(PROFICIENT, ALL): (own[0], own[1])}))
        for name, (students, proficient) in schools.items():
            places.append(Place("school", name, district, {(PROFICIENT, ALL): (proficient, students)}))
    places.append(Place("state", "ms", None, {(PROFICIENT, ALL): (total[0], total[1])}))
    found = decide(places, [], LAW)
    level = {name: "district" if name in case["districts"] else "school" for name in case["shown"]}
    assert {name: display(found, level[name], name, ALL) for name in case["shown"]} == case["shown"]


def test_counts_beside_a_ranged_series_are_withheld() -> None:
    """1 of 40 at level 1 is 2.5 percent: the series is ranged, and 23 proficient of 40 would narrow it down."""
    levels = {(f"reading.level.{rank}", ALL): (n, 40) for rank, n in enumerate([1, 6, 10, 14, 9], 1)}
    found = decide(one_place({**levels, (PROFICIENT, ALL): (23, 40)}), [], LAW)
    assert verdict(found, "S1", ALL, PROFICIENT) == BARE
    cell = cells.rate_cell(BARE, 23, 40, 1, LAW.masking)
    assert cell == {"display": "57.5%", "percent": "57.5"}  # 23 / 40; no numerator, no denominator


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (0, SHOWN),  # 40 - 40: nobody took another test
        (9, BARE),  # 49 - 40 = 9 students of the alternate test would follow
        (10, SHOWN),  # 50 - 40 = 10 are enough
    ],
)
def test_a_few_students_of_another_test_do_not_follow_from_two_tables(others: int, expected: int) -> None:
    levels = {(f"reading.level.{rank}", ALL): (8, 40) for rank in range(1, 6)}  # 20 percent each: not extreme
    found = decide(one_place({**levels, (PROFICIENT, ALL): (20, 40 + others)}), [], LAW)
    assert verdict(found, "S1", ALL, "reading.level") == expected
    assert verdict(found, "S1", ALL, PROFICIENT) == SHOWN


def test_participation_is_a_rate_without_counts() -> None:
    found = decide(one_place({("reading.participation", ALL): (45, 50)}), [], LAW)
    assert verdict(found, "S1", ALL, "reading.participation") == BARE


POINTS = Earned("school", "S1", (PROFICIENT, "math.proficiency", "math.growth"))


def test_one_withheld_component_takes_the_smallest_other_with_it() -> None:
    """Reading is coded (1 of 40). From the total and two others its points would follow: growth (30) goes too."""
    counts = {(PROFICIENT, ALL): (1, 40), ("math.proficiency", ALL): (20, 40), ("math.growth", ALL): (1500, 30)}
    found = decide(one_place(counts), [POINTS], LAW)
    assert verdict(found, "S1", ALL, PROFICIENT) == CODED
    assert verdict(found, "S1", ALL, "math.growth") == STARRED
    assert verdict(found, "S1", ALL, "math.proficiency") == SHOWN
    assert found.totals_withheld == frozenset()


def test_two_withheld_components_need_no_third() -> None:
    counts = {(PROFICIENT, ALL): (1, 40), ("math.proficiency", ALL): (39, 40), ("math.growth", ALL): (1500, 30)}
    found = decide(one_place(counts), [POINTS], LAW)  # 2.5 and 97.5 percent: both coded
    assert verdict(found, "S1", ALL, "math.growth") == SHOWN


def test_a_total_of_one_withheld_component_is_withheld() -> None:
    found = decide(one_place({(PROFICIENT, ALL): (1, 40)}), [Earned("school", "S1", (PROFICIENT,))], LAW)
    assert found.totals_withheld == {("school", "S1")}


def test_points_follow_the_rate() -> None:
    """Points of 95 at 43.4 percent would give the rate back."""
    law = LAW.masking
    shown = {kind: cells.points_cell(kind, "2061/50", law)["display"] for kind in (SHOWN, BARE, CODED, SMALL, STARRED)}
    assert shown == {SHOWN: "41.2", BARE: "41.2", CODED: "*", SMALL: "*", STARRED: "*"}  # 41.22


def test_a_hidden_cell_has_a_mask_and_nothing_else() -> None:
    for kind, mask in ((SMALL, "<10"), (STARRED, "*"), (CODED, "<5%")):
        assert cells.rate_cell(kind, 0, 12, 1, LAW.masking) == {"display": mask}


def test_growth_credit_is_told_in_students() -> None:
    """1,250 hundredths are 12.5 students' credit of 20: 62.5 percent."""
    unit = unit_of("reading.growth")
    cell = cells.rate_cell(SHOWN, 1250, 20, unit, LAW.masking)
    assert cell == {"display": "62.5%", "percent": "62.5", "numerator": "12.50", "denominator": 20}


def test_a_district_total_of_a_pooled_group_is_no_sum() -> None:
    """The lowest quarter is drawn anew for a district (GRADE-9): 8, 30 and 40 at schools do not make its 75."""
    measure = "reading.growth_lowest"
    counts = {"A": (400, 8), "B": (1500, 30), "C": (2000, 40)}
    places = [Place("school", name, "D1", {(measure, ALL): pair}) for name, pair in counts.items()]
    found = decide([*places, Place("district", "D1", "D1", {(measure, ALL): (3800, 75)})], [], LAW)
    shown = [verdict(found, name, ALL, measure) for name in "ABC"]
    assert shown == [SMALL, SHOWN, SHOWN]


def test_students_of_no_single_school_are_a_group_too() -> None:
    """District 104 = 50 + 50 + 4 who moved between its schools: the 4 would follow, so one school covers them."""
    places = [
        Place("school", "A", "D1", {(PROFICIENT, ALL): (20, 50)}),
        Place("school", "B", "D1", {(PROFICIENT, ALL): (25, 50)}),
        Place("district", "D1", "D1", {(PROFICIENT, ALL): (48, 104)}),
    ]
    found = decide(places, [], LAW)
    shown = sorted(verdict(found, name, ALL, PROFICIENT) for name in "AB")
    assert shown == [SHOWN, STARRED]  # 104 - 50 = 54 students of the starred school and the 4 together


def test_a_few_students_of_no_single_school_do_not_cover_a_masked_school() -> None:
    """District 62 = 50 + 8 masked + 4 who moved: 12 are left, so the masked 8 lie within 4 of it; the 50 go as well."""
    places = [
        Place("school", "A", "D1", {(PROFICIENT, ALL): (20, 50)}),
        Place("school", "B", "D1", {(PROFICIENT, ALL): (3, 8)}),
        Place("district", "D1", "D1", {(PROFICIENT, ALL): (25, 62)}),
    ]
    found = decide(places, [], LAW)
    assert [verdict(found, name, ALL, PROFICIENT) for name in "AB"] == [STARRED, SMALL]


def test_the_same_facts_in_another_order_give_the_same_verdicts() -> None:
    places = places_of([*NEIGHBOURS, School("T", "D1").add(7, ["male"], reading__proficiency=1)])
    assert decide(places, [], LAW).by_table == decide(places[::-1], [], LAW).by_table


def test_a_correction_does_not_hide_behind_what_was_told_before() -> None:
    """First 10 girls, 31 boys, all 41 shown. Corrected to 9 girls: the boys' 31 are known, so all 40 must go."""
    before = one_place({(PROFICIENT, ALL): (15, 41), (PROFICIENT, "female"): (3, 10), (PROFICIENT, "male"): (12, 31)})
    after = one_place({(PROFICIENT, ALL): (14, 40), (PROFICIENT, "female"): (2, 9), (PROFICIENT, "male"): (12, 31)})
    first = decide(before, [], LAW)
    assert verdict(first, "S1", "female", PROFICIENT) == SHOWN
    second = decide(after, [], LAW, former_of(after, [first]))
    shown = {group: verdict(second, "S1", group, PROFICIENT) for group in (ALL, "female", "male")}
    assert shown == {ALL: STARRED, "female": SMALL, "male": SHOWN}


def test_a_correction_shows_nothing_that_stood_hidden_and_has_not_changed() -> None:
    """9 girls hid 31 boys. Corrected to 10 girls: the boys' 31 stay hidden, else the old 40 - 31 = 9 would follow."""
    before = one_place({(PROFICIENT, ALL): (15, 40), (PROFICIENT, "female"): (3, 9), (PROFICIENT, "male"): (12, 31)})
    after = one_place({(PROFICIENT, ALL): (16, 41), (PROFICIENT, "female"): (4, 10), (PROFICIENT, "male"): (12, 31)})
    first = decide(before, [], LAW)
    second = decide(after, [], LAW, former_of(after, [first]))
    assert verdict(second, "S1", "male", PROFICIENT) == STARRED


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        ("449/20", 0, "22"),
        ("45/2", 0, "23"),
        ("1/3", 1, "0.3"),
        ("1/20", 1, "0.1"),
        ("-1/2", 0, "-1"),
        ("7", 2, "7.00"),
    ],
)
def test_half_up(number: str, decimals: int, text: str) -> None:
    """22.45 -> 22; 22.5 -> 23; 0.05 -> 0.1."""
    from fractions import Fraction

    assert half_up(Fraction(number), decimals) == text


def test_builders_add_up() -> None:
    """The cases' own builder: 3 x 100 students, half of them proficient."""
    assert counts_of(NEIGHBOURS)[PROFICIENT, ALL] == (150, 300)


TOLD = {SHOWN: "shown", BARE: "ranged", STARRED: "starred", SMALL: "small"}


def by_test(case: Any) -> dict[tuple[str, str], tuple[int, int]]:
    """The counts of a school's tests, and of the subject that they add up to."""
    counts = {}
    main, beside = case["tests"].values(), case.get("alternate", {}).values()
    levels = [sum(each) for each in zip(*main, strict=True)]
    tests = [(f"reading:maap:{name}", told) for name, told in case["tests"].items()]
    tests += [(f"reading:maap-a:{name}", told) for name, told in case.get("alternate", {}).items()]
    for area, told in [("reading", levels), *tests]:
        counts |= {(f"{area}.level.{rank}", ALL): (students, sum(told)) for rank, students in enumerate(told, 1)}
    everyone = sum(levels) + sum(map(sum, beside))
    counts[PROFICIENT, ALL] = (levels[3] + levels[4] + sum(told[2] for told in beside), everyone)
    return counts


@pytest.mark.parametrize("case", cases("assess_3"))
def test_tests_beside_their_subject(case: Any) -> None:
    found = decide(one_place(by_test(case)), [], LAW)
    names = {"subject": "reading.level", "proficiency": PROFICIENT}
    names |= {test: f"reading:maap:{test}.level" for test in case["tests"]}
    names |= {f"alternate {test}": f"reading:maap-a:{test}.level" for test in case.get("alternate", {})}
    assert {told: TOLD[verdict(found, "S1", ALL, names[told])] for told in case["told"]} == case["told"]
