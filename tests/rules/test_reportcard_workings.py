"""Every receipt of a card can be done again, says nothing that the card and the law do not, and tells of any change."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from services.reportcard.rules.explanations import explanation
from shared.vocabulary.workings import differences
from tests.rules.receipts_by_hand import AMOUNTS, CHAPTERS, cards, rated, receipt_at
from tests.services.reportcard_builders import make_edition, random_state

CARD_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?")


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    """Cards of a state of believable students, of which many cells are masked, and one school told whole."""
    return [*cards(make_edition(random_state(5, 3, 16), amounts=AMOUNTS)), *rated()]


def links(value: Any) -> Iterator[str]:
    """Every address of a receipt on a card."""
    if isinstance(value, dict):
        if "explain" in value:
            yield value["explain"]
        for part in value.values():
            yield from links(part)
    elif isinstance(value, list):
        for part in value:
            yield from links(part)


def flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a chapter under its dotted name."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from flat(part, f"{path}.{name}")
    elif isinstance(value, str):
        yield path, value


LAW = {
    name: text
    for service, chapter in CHAPTERS.items()
    for entry, told in chapter.items()
    for name, text in flat(told["value"], f"{service}.{entry}")
}


def test_every_address_of_every_card_gives_a_receipt_that_can_be_done_again(everything: list[dict[str, Any]]) -> None:
    done = 0
    for card in everything:
        for address in links(card):
            receipt = receipt_at(card, address)
            if receipt["workings"]:
                assert differences(receipt["workings"]) == [], address
                done += 1
            else:
                assert receipt["sentences"] or receipt["display"], address
    assert done > 1000


def test_every_input_stands_on_the_card_or_in_the_law_that_the_receipt_cites(everything: list[dict[str, Any]]) -> None:
    for card in everything:
        shown = {text.replace(",", "") for text in CARD_NUMBER.findall(json.dumps(card))}
        for address in links(card):
            receipt = receipt_at(card, address)
            cited = {entry["name"] for entry in receipt["law"]}
            for name, value in (receipt["workings"] or {"inputs": {}})["inputs"].items():
                if name.split(".")[0] in CHAPTERS:
                    assert LAW[name] == value, (address, name)
                    assert ".".join(name.split(".")[:2]) in cited, (address, name)
                else:
                    assert value in shown, (address, name)


def test_what_is_withheld_has_no_workings_and_its_sentence_says_so(everything: list[dict[str, Any]]) -> None:
    withheld = 0
    for card in everything:
        for block in (*card["measures"], *card["participation"], *card["levels"]):
            for row in block["rows"]:
                cells = row.get("cells") or [row["cell"]]
                receipt = receipt_at(card, row["explain"])
                assert (receipt["workings"] is None) == any("denominator" not in cell for cell in cells)
                withheld += receipt["workings"] is None
                assert receipt["sentences"]
                assert any(entry["name"] == "reportcard.minimum_n" for entry in receipt["law"])
    assert withheld > 50


def test_any_number_that_is_changed_is_found(everything: list[dict[str, Any]]) -> None:
    card = everything[-1]
    for address in ("reading.proficiency", "points", "status", "spending.essa"):
        workings = receipt_at(card, f"/explain/x/school/S1/{address}")["workings"]
        for step in range(len(workings["steps"])):
            planted = deepcopy(workings)
            planted["steps"][step]["result"] = "7/9"
            assert differences(planted), (address, step)
        for shown in range(len(workings["shown"])):
            planted = deepcopy(workings)
            planted["shown"][shown]["display"] = "12.3"
            assert differences(planted), (address, shown)


def test_a_total_is_told_to_the_letter_and_to_the_next() -> None:
    """420 of 700: B is 377 or more, A 442 or more, so 22 points are left; 95 ÷ 0.95 = 100 without English learners."""
    receipt = receipt_at(rated()[-1], "/explain/x/school/S1/points")
    results = {step["what"]: step["result"] for step in receipt["workings"]["steps"]}
    assert receipt["workings"]["result"] == "420"
    assert results["Reading: proficiency: maximum, another component being scaled away"] == "100"
    assert results["Reading: proficiency: points"] == "50"
    assert (results["reaches letter B"], results["reaches letter A"]) == ("yes", "no")
    assert receipt["thresholds"] == [
        {"what": "letter B", "of": "$scoring.columns.elementary_middle.cuts.B", "value": "377", "boundary": "or more"},
        {"what": "letter A", "of": "$scoring.columns.elementary_middle.cuts.A", "value": "442", "boundary": "or more"},
    ]
    assert [(each["to"], each["by"], each["unit"]) for each in receipt["distances"]] == [("letter A", "22", "points")]
    assert [row["label"] for row in receipt["not_counted"]] == ["English learners: progress"]


@pytest.mark.parametrize("asked", ["status", "comprehensive_support", "CSI-2"])
def test_a_status_is_told_to_its_exit(asked: str) -> None:
    """The average is the cut itself: "or less" holds it. The midpoint of B is (377 + 442) ÷ 2 = 409.5, below 420."""
    receipt = receipt_at(rated()[-1], f"/explain/x/school/S1/{asked}")
    results = {step["what"]: step["result"] for step in receipt["workings"]["steps"]}
    assert receipt["rule"] == "CSI-2"
    assert results["average of the years"] == "11/20"
    assert results["in the lowest share"] == "yes"
    assert results["places: the share rounded up"] == "yes"  # 21 ÷ 20 = 1.05, so 2
    assert (results["one place fewer"], results["not a place more"]) == ("1", "yes")
    assert results["midpoint of the letter"] == "819/2"
    assert results["at the midpoint (or more)"] == "yes"
    assert [(each["to"], each["by"]) for each in receipt["distances"]] == [
        ("the cut, above which a school can leave", "0"),
        ("the midpoint", "-21/2"),
        ("letter A", "22"),
    ]
    assert ("average of the last of the lowest schools", "or less") in [
        (each["what"], each["boundary"]) for each in receipt["thresholds"]
    ]
    assert "designation.lowest_share" in [entry["name"] for entry in receipt["law"]]


def test_a_decision_without_public_numbers_has_no_steps_of_its_own() -> None:
    card = rated()[-1]
    card["designation"]["statuses"] = []
    card["designation"]["reasons"] = [
        {"rule": "essa-report-card TSI-1, GEN-5", "status": "targeted_support", "decision": "not_evaluated",
         "label": "Targeted", "sentence": "Not evaluated."}
    ]  # fmt: skip
    receipt = receipt_at(card, "/explain/x/school/S1/targeted_support")
    assert (receipt["workings"], receipt["display"], receipt["rule"]) == (None, "not evaluated", "TSI-1")
    assert receipt["sentences"][-1] == "Decisions on results that are not published as numbers are told without steps."
    assert explanation(card, CHAPTERS, "additional_targeted_support", "all") is None


def test_money_and_gaps_are_told_from_their_parts() -> None:
    """12,018,013.40 ÷ 1,222 = 9,834.71; of effectiveness less is worse: 3.5 less 3.39 is 0.11; 20% less 10% is 10."""
    card = rated()[-1]
    spending = receipt_at(card, "/explain/x/school/S1/spending.essa")
    assert spending["workings"]["shown"][0]["display"] == "$9,834.71"
    results = {step["what"]: step["result"] for step in spending["workings"]["steps"]}
    assert results["less the total: nothing is left"] == "0"
    gaps = [
        receipt_at(card, f"/explain/x/school/S1/equity.low_income.{name}")["workings"]["shown"][0]["display"]
        for name in ("effectiveness.gap", "effectiveness.signed_gap", "inexperienced.gap")
    ]
    assert gaps == ["0.11", "0.11", "10.00 points"]
    share = receipt_at(card, "/explain/x/school/S1/teachers.inexperienced")
    assert share["workings"]["shown"][0]["display"] == "5.63%"  # 2.25 ÷ 40 = 0.05625, half-up
