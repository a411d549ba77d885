"""What stands in a card's sections: goals, samples, money, subgroups, years; what measures of like students hide."""

import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.reportcard.handle import Whole, build
from services.reportcard.policy import law_of
from services.reportcard.policy.naep import administrations_of
from services.reportcard.rules import goals
from services.reportcard.rules.amounts import Amount, amount_cell
from services.reportcard.rules.cells import rate_cell
from services.reportcard.rules.data_map import longest_run, on_the_map
from services.reportcard.rules.explanations import explanation
from services.reportcard.rules.masks import BARE, CODED, SHOWN, SMALL, STARRED, half_up
from services.reportcard.rules.naep import name_of, told
from services.reportcard.rules.suppression import decide, own_verdicts
from services.reportcard.rules.tables import Place, Table
from shared.events.editions import Amount as TellAmount
from shared.events.editions import Finding
from shared.policy import reader
from shared.vocabulary.measures import unit_of
from shared.vocabulary.subgroups import ALL, SUBGROUPS
from tests.rules.test_suppression import verdict
from tests.services.reportcard_builders import CHAPTERS, YEAR, School, make_edition

CASES = Path(__file__).parents[1] / "cases" / "reportcard"
LAW = law_of(CHAPTERS)
SHOWN_BY_LAW, MASKING = LAW.shown, LAW.protection.masking
GOALS = {goal.measure: goal for goal in SHOWN_BY_LAW.goals}


def case_file(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def named(cases: list[Any]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


def section(card: Any, name: str) -> Any:
    return next((part for part in card["sections"] if part["section"] == name), None)


def cards(
    schools: list[School], chapters: Any = CHAPTERS, year: str = YEAR, **changed: Any
) -> dict[tuple[str, str], Any]:
    """Every card of an edition; `changed`: fields of each score event."""
    edition = make_edition(schools, year=year)
    opened = edition.scores[0].model_copy(update={"chapters": chapters})
    scores = [event.model_copy(update=changed) for event in edition.scores[1:-1]]
    whole = Whole(opened, 0, tuple(scores), tuple(edition.designations[1:-1]), (), ())  # type: ignore[arg-type]
    made = [json.loads(card.body) for card in build(whole).cards]
    return {(card["level"], card["entity_id"]): card for card in made}


@pytest.mark.parametrize("name", ["goal_1", "goal_2", "goal_3"])
def test_a_goal_table_stands_as_printed(name: str) -> None:
    case = case_file(name)
    goal = GOALS[case["measure"]]
    assert list(goal.years) == case["years"]
    assert {group: list(row) for group, row in goal.percents.items()} == case["table"]


@pytest.mark.parametrize("name", ["goal_1", "goal_2"])
def test_the_cells_off_the_line_are_those_that_the_case_names(name: str) -> None:
    """Baseline + 1/3 and 2/3 of what is missing to 70, half-up: the two odd cells are stored, not recomputed."""
    case, off = case_file(name), set()
    for group, (base, *interim, goal) in case["table"].items():
        missing = Fraction(goal) - Fraction(base)
        line = [half_up(Fraction(base) + missing * third / 3, 1) for third in (1, 2)]
        off |= {group} if line != interim else set()
    assert sorted(off) == case["off_the_line"]


def test_the_goal_list_is_the_guides() -> None:
    case = case_file("goal_4")
    assert CHAPTERS["reportcard"]["goal_list"]["value"] == case["goals"]
    for entry in case["goals"]:
        assert entry["goal"] in GOALS[entry["measure"]].names
        assert GOALS[entry["measure"]].percent == entry["percent"]
    assert sorted(name for name, goal in GOALS.items() if not goal.years) == sorted(case["without_interim"])


@pytest.mark.parametrize("case", named(case_file("goal_5")["cases"]))
def test_a_result_meets_its_measure_or_not(case: Any) -> None:
    numerator, students = int(case["numerator"]), int(case["students"])
    table = Table(case["measure"], (case["measure"],), unit_of(case["measure"]), [students], [(numerator,)])
    (own,) = own_verdicts(table, MASKING)
    step = goals.step_of(GOALS[case["measure"]], case["subgroup"], case["year"])
    assert goals.status(own, (numerator, students, table.unit), step, MASKING) == case["status"]
    public = rate_cell(own, numerator, students, table.unit, MASKING)
    shown = goals.gap(public["percent"], GOALS[case["measure"]].percent, 1) if "percent" in public else "null"
    assert shown == case["gap"]


def test_a_status_of_a_withheld_result_is_withheld() -> None:
    """57 of 100 would be met or not; a rate that is hidden for others' sake has no status, one without counts has."""
    step = goals.Step("2018-19", "45.1")
    found = {kind: goals.status(kind, (57, 100, 1), step, MASKING) for kind in (SHOWN, BARE, STARRED, SMALL)}
    assert found == {SHOWN: "MET", BARE: "MET", STARRED: "SUPPRESSED", SMALL: "SUPPRESSED"}


def test_a_code_decides_only_what_it_decides_by_itself() -> None:
    """2.5 percent is "<5%": below a measure of 5 or more, but against one of 4 it would tell more than the code."""
    against = {text: goals.status(CODED, (1, 40, 1), goals.Step("2018-19", text), MASKING) for text in ("4", "5", "6")}
    assert against == {"4": "SUPPRESSED", "5": "NOT_MET", "6": "NOT_MET"}
    above = {
        text: goals.status(CODED, (39, 40, 1), goals.Step("2018-19", text), MASKING) for text in ("94", "95", "96")
    }
    assert above == {"94": "MET", "95": "MET", "96": "SUPPRESSED"}  # 97.5 percent is ">95%"


def test_a_card_tells_goals_for_eleven_rows_and_each_as_its_cell_allows() -> None:
    """60 girls of whom 30 are proficient and 8 others: 30 + 4 of 68 is exactly 50.0; 45.1 was due in 2018-19."""
    schools = [
        School("S1", "D1").add(60, ["white"], reading__proficiency=0.5).add(8, ["asian"], reading__proficiency=0.5)
    ]
    card = cards(schools, year="2018-19")["school", "S1"]
    goal = section(card, "goals")["goals"][0]
    rows = {row["subgroup"]: row for row in goal["rows"]}
    assert list(rows) == case_file("subg_10")["goals"]
    everyone = rows["all"]
    assert (everyone["baseline"], everyone["interim"], everyone["interim_year"]) == ("32.6", "45.1", "2018-19")
    assert rows["asian"] | {"baseline": "", "interim": ""} == {
        "subgroup": "asian", "label": "Asian", "baseline": "", "interim": "", "interim_year": "2018-19",
        "cell": {"display": "<10"}, "status": "SUPPRESSED", "gap": None,
    }  # fmt: skip
    shown = next(row["cell"] for row in card["measures"][0]["rows"] if row["subgroup"] == "white")
    assert rows["white"]["cell"] == shown
    assert (rows["white"]["status"], rows["white"]["gap"]) == (
        ("NOT_MET", "-20.0") if "percent" in shown else ("SUPPRESSED", None)  # 50.0 against 55.0
    )


def test_a_section_reports_only_its_subgroups_and_the_others_leave_in_no_field() -> None:
    """Graduation is not reported for foster care and military connected students: no row, no receipt."""
    groups = ["male", "white", "foster_care", "military_connected"]
    schools = [School("S1", "D1").add(60, groups, reading__proficiency=0.5, graduation__rate=0.5)]
    card = cards(schools)["school", "S1"]
    blocks = {block["measure"]: [row["subgroup"] for row in block["rows"]] for block in card["measures"]}
    case = case_file("subg_10")
    assert blocks == {"reading.proficiency": case["assessments"], "graduation.rate": case["graduation"]}
    assert section(card, "graduation")["measures"] == ["graduation.rate"]
    for measure, is_there in (("graduation.rate", False), ("reading.proficiency", True)):
        assert (explanation(card, CHAPTERS, measure, "foster_care") is not None) == is_there
    text = json.dumps([block for block in card["measures"] if block["measure"] == "graduation.rate"])
    assert "foster" not in text
    assert "military" not in text


@pytest.mark.parametrize("case", case_file("meta_3")["cases"], ids=lambda case: f"{case['section']} {case['year']}")
def test_a_section_says_which_year_it_tells_of(case: Any) -> None:
    law = law_of(reader.chapters("ms", case["year"]))
    found = next(one for one in law.shown.sections if one.name == case["section"])
    assert found.year.text(case["year"]) == case["label"]


@pytest.mark.parametrize("case", named(case_file("meta_2")["cases"]))
def test_a_measure_is_on_the_map_after_enough_consecutive_years(case: Any) -> None:
    least = int(case_file("meta_2")["least"])
    assert least == LAW.map_years
    assert longest_run(case["years"]) == int(case["run"])
    assert on_the_map({"m": case["years"]}, least) == (["m"] if case["on_map"] == "yes" else [])


def test_an_administration_is_told_by_later_reports_and_labelled() -> None:
    case = case_file("naep_1")
    found = administrations_of({"administrations": case["administrations"]})
    for year, labels in case["told"].items():
        assert [name_of(each, year) for each in told(found, year)] == labels


@pytest.mark.parametrize("case", named(case_file("naep_1")["refused"]))
def test_a_sample_that_is_none_is_refused(case: Any) -> None:
    administrations = copy.deepcopy(case_file("naep_1")["administrations"])
    administrations_of({"administrations": administrations})
    administrations[0]["rows"][0] |= case.get("row", {})
    administrations[0] |= case.get("administration", {})
    with pytest.raises(ValueError, match=r"naep|school year"):
        administrations_of({"administrations": administrations})


def test_samples_stand_on_the_states_card_only_and_an_empty_file_is_told() -> None:
    schools = [School("S1", "D1").add(60, ["male"], reading__proficiency=0.5)]
    without = cards(schools)
    assert section(without["state", "ms"], "naep")["administrations"] == []
    loaded = copy.deepcopy(CHAPTERS)
    loaded["reportcard"]["naep"]["value"] = {"administrations": case_file("naep_1")["administrations"]}
    found = cards(schools, chapters=loaded)
    assert [section(found[key], "naep") for key in (("school", "S1"), ("district", "D1"))] == [None, None]
    first = section(found["state", "ms"], "naep")["administrations"][0]
    assert (first["school_year"], first["source"]) == ("2021-22", "made up for this case")
    levels = {"below_basic": "46.5", "basic": "32.2", "proficient": "16.1", "advanced": "5.2"}
    assert first["rows"][0]["levels"] == levels


def test_spending_stands_in_its_order_with_the_caution_and_the_parts_make_the_total() -> None:
    case = case_file("ppe_1")["amounts"]
    amounts = tuple(
        TellAmount(measure=one["measure"], numerator=one["numerator"], denominator=one["denominator"], unit="dollars")
        for one in reversed(case)
    )
    schools = [School("S1", "D1").add(6, ["male"], reading__proficiency=0.5)]
    shared = Finding(code="CENTRAL_COSTS_SHARED", measure="spending.essa", number="10")
    card = cards(schools, amounts=amounts, findings=(shared,))["school", "S1"]
    spending = section(card, "spending")
    assert [(row["measure"], row["cell"]["display"]) for row in spending["amounts"]] == [
        (one["measure"], one["display"]) for one in case
    ]
    assert spending["year"] == "fiscal year 2024-25"
    assert [text for text in spending["texts"] if text.startswith("Compare with care")]
    assert [text for text in spending["texts"] if "its share, by membership" in text]
    federal, state_local, total = (Fraction(one["numerator"]) for one in case[:3])
    assert federal + state_local == total
    receipt = explanation(card, CHAPTERS, "spending.essa", ALL)
    assert receipt is not None
    assert receipt["sentences"][0] == "12018013.4 ÷ 1222 = $9,834.71, rounded half-up."
    assert receipt["rule"] == "PPE-1 to PPE-6"


@pytest.mark.parametrize("case", named(case_file("ppe_1")["other"]))
def test_an_amount_is_written_as_its_unit_is(case: Any) -> None:
    denominator = None if case["denominator"] == "null" else case["denominator"]
    amount = Amount(case["measure"], case["numerator"], denominator, case["unit"])
    assert amount_cell(amount, SHOWN_BY_LAW.forms)["display"] == case["display"]


def test_every_measure_of_the_law_has_its_own_receipt() -> None:
    """No measure that a section names falls back to the words about masks, and every entry named is in a chapter."""
    receipts = CHAPTERS["reportcard"]["receipts"]["value"]
    for one in SHOWN_BY_LAW.sections:
        for measure in (*one.measures, *one.amounts):
            area, _, kind = measure.partition(".")
            assert not kind or measure in receipts or kind in receipts or area in receipts, measure
    chapters = reader.chapters("ms", YEAR)
    for receipt in receipts.values():
        for entry in receipt["entries"]:
            service, _, name = entry.partition(".")
            assert name in chapters[service], entry


def test_participation_in_courses_is_no_participation_in_tests() -> None:
    """40 of 100 in an accelerated course: told with counts among the results, not among who took the tests."""
    schools = [School("S1", "D1").add(100, [], acceleration__participation=0.4, reading__participation=0.9)]
    card = cards(schools)["school", "S1"]
    assert [block["measure"] for block in card["participation"]] == ["reading.participation"]
    (block,) = card["measures"]
    assert block["rows"][0]["cell"]["numerator"] == 40


def test_half_credit_is_told_whole() -> None:
    """Readiness counts halves: 25 halves of 40 students are 12.5 students, 31.3 percent (31.25, half-up)."""
    found = decide([Place("school", "S1", "D1", {("readiness.rate", ALL): (25, 40)})], [], LAW.protection)
    shown = rate_cell(verdict(found, "S1", ALL, "readiness.rate"), 25, 40, unit_of("readiness.rate"), MASKING)
    assert shown == {"display": "31.3%", "percent": "31.3", "numerator": "12.5", "denominator": 40}


SUSPENDED, EXPELLED = "discipline.in_school_suspension", "discipline.expulsion"


def of_groups(rates: dict[str, dict[str, tuple[int, int]]]) -> list[Place]:
    """One school: measure -> subgroup -> numerator, students."""
    return [
        Place(
            "school",
            "S1",
            "D1",
            {(name, group): pair for name, groups in rates.items() for group, pair in groups.items()},
        )
    ]


def test_measures_of_the_same_students_hide_the_same_small_group() -> None:
    """8, 80, 30 and 60 students. Suspensions are coded for black (1 of 80), which covers the 8; of expulsions the
    30 are hidden for them. Read together, 178 - 80 - 30 - 60 = 8: so the 30 are hidden in both."""
    sizes = {"asian": 8, "black": 80, "hispanic": 30, "white": 60}
    suspended, expelled = (2, 1, 9, 17), (2, 20, 9, 18)
    rates = {
        name: dict(zip(sizes, zip(counts, sizes.values(), strict=True), strict=True)) | {ALL: (sum(counts), 178)}
        for name, counts in ((SUSPENDED, suspended), (EXPELLED, expelled))
    }
    alone = {name: decide(of_groups({name: rates[name]}), [], LAW.protection) for name in rates}
    assert [verdict(alone[SUSPENDED], "S1", group, SUSPENDED) for group in sizes] == [SMALL, CODED, SHOWN, SHOWN]
    assert [verdict(alone[EXPELLED], "S1", group, EXPELLED) for group in sizes] == [SMALL, SHOWN, STARRED, SHOWN]
    found = decide(of_groups(rates), [], LAW.protection)
    assert [verdict(found, "S1", group, SUSPENDED) for group in sizes] == [SMALL, CODED, STARRED, SHOWN]
    assert [verdict(found, "S1", group, EXPELLED) for group in sizes] == [SMALL, SHOWN, STARRED, SHOWN]


@pytest.mark.parametrize(
    ("students", "expected"),
    [
        (40, BARE),  # less than 5 percent of 40 is 0 or 1: fewer than three possible numbers
        (41, SHOWN),  # of 41 it is 0, 1 or 2
    ],
)
def test_a_code_stands_beside_no_size_that_would_undo_it(students: int, expected: int) -> None:
    rates = {SUSPENDED: {ALL: (20, students)}, EXPELLED: {ALL: (0, students)}}
    found = decide(of_groups(rates), [], LAW.protection)
    assert verdict(found, "S1", ALL, EXPELLED) == CODED
    assert verdict(found, "S1", ALL, SUSPENDED) == expected


def test_who_took_part_and_of_whom_it_is_told_hold_to_each_other() -> None:
    """8 of 100 took part: of 8 the performance is masked, so the 8 leave with no other number either."""
    rates = {"acceleration.participation": {ALL: (8, 100)}, "acceleration.performance": {ALL: (3, 8)}}
    found = decide(of_groups(rates), [], LAW.protection)
    assert verdict(found, "S1", ALL, "acceleration.performance") == SMALL
    assert verdict(found, "S1", ALL, "acceleration.participation") == BARE
    enough = {"acceleration.participation": {ALL: (10, 100)}, "acceleration.performance": {ALL: (3, 10)}}
    assert verdict(decide(of_groups(enough), [], LAW.protection), "S1", ALL, "acceleration.participation") == SHOWN


def test_every_kind_that_counts_students_is_coded_when_extreme() -> None:
    """1 of 100 in every measure of students: coded, but for growth credit above, which is none of them."""
    measures = {
        "reading.alternate", "english_learners.on_track", "attendance.chronic_absence", SUSPENDED, EXPELLED,
        "discipline.out_of_school_suspension", "discipline.referral", "discipline.arrest", "advanced.any",
        "advanced.aice", "advanced.ap", "advanced.ib", "advanced.dual", "advanced.industry", "preschool.rate",
        "readiness.rate",
        "outcomes.enrollment", "outcomes.two_year", "outcomes.four_year", "outcomes.employed", "graduation.rate",
        "acceleration.participation", "acceleration.performance", "english_learners.proficiency",
    }  # fmt: skip
    found = decide(of_groups({name: {ALL: (1, 100)} for name in measures}), [], LAW.protection)
    assert {name for name in measures if verdict(found, "S1", ALL, name) != CODED} == set()


def test_a_chapter_without_sections_still_makes_cards() -> None:
    plain = copy.deepcopy(CHAPTERS)
    for name in (
        "sections",
        "measure_labels",
        "measure_words",
        "amount_forms",
        "goal_list",
        "goal_tables",
        "goal_year",
        "naep",
    ):
        del plain["reportcard"][name]
    schools = [School("S1", "D1").add(60, ["male"], reading__proficiency=0.5, graduation__rate=0.5)]
    card = cards(schools, chapters=plain)["school", "S1"]
    assert section(card, "results")["measures"] == ["reading.proficiency", "graduation.rate"]
    assert [len(block["rows"]) for block in card["measures"]] == [len(SUBGROUPS)] * 2


def test_a_measure_that_no_section_names_is_not_lost() -> None:
    fewer = copy.deepcopy(CHAPTERS)
    sections = fewer["reportcard"]["sections"]["value"]
    fewer["reportcard"]["sections"]["value"] = [one for one in sections if one["section"] != "graduation"]
    card = cards([School("S1", "D1").add(60, [], graduation__rate=0.5)], chapters=fewer)["school", "S1"]
    assert section(card, "other")["measures"] == ["graduation.rate"]


def test_a_reason_names_its_subgroup_and_no_number_that_is_not_public() -> None:
    edition = make_edition([School("S1", "D1").add(60, [], reading__proficiency=0.5, graduation__rate=0.5)])
    event: Any = edition.designations[1]
    of_subgroup = event.reasons[0].model_copy(update={"subgroup": "black", "numbers_are_public": False})
    of_school = event.reasons[0].model_copy(update={"rule": "essa-report-card CSI-1"})
    changed = event.model_copy(update={"reasons": (of_subgroup, of_school)})
    whole = Whole(edition.scores[0], 0, tuple(edition.scores[1:-1]), (changed,), (), ())  # type: ignore[arg-type]
    card = next(json.loads(one.body) for one in build(whole).cards if one.level == "school")
    first, second = card["designation"]["reasons"]
    assert (first["group"], "numbers" in first) == ("Black or African American", False)
    assert ("group" in second, second["numbers"]) == (False, {"index": "31/50"})  # 30 of 60 graduated: shown


def test_a_reason_that_rests_on_a_withheld_rate_tells_no_numbers() -> None:
    """A cohort of 9: the rate is masked, so the reason that would tell it is told without numbers."""
    schools = [School("S1", "D1").add(9, [], graduation__rate=0.5).add(60, [], reading__proficiency=0.5)]
    edition = make_edition(schools)
    event: Any = edition.designations[1]
    reason = event.reasons[0].model_copy(update={"rule": "essa-report-card CSI-1"})
    changed = event.model_copy(update={"reasons": (reason,)})
    whole = Whole(edition.scores[0], 0, tuple(edition.scores[1:-1]), (changed,), (), ())  # type: ignore[arg-type]
    card = next(json.loads(one.body) for one in build(whole).cards if one.level == "school")
    assert "numbers" not in card["designation"]["reasons"][0]
