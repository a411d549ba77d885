"""Who is told what of a designation: a card no hidden number, a notice only what its status stands on."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from services.notify import handle as notify
from services.reportcard.rules import cards
from services.reportcard.rules.entities import Designation
from services.reportcard.rules.entities import Reason as CardReason
from shared.events.designations import Reason, SchoolDesignated

CSI, TSI = "comprehensive_support", "targeted_support"
EDITION = UUID(int=1)


def reason(rule: str, status: str, decision: Any, subgroup: str | None = None, is_public: bool = False) -> Reason:
    return Reason(
        rule=f"essa-report-card {rule}",
        status=status,
        subgroup=subgroup,
        decision=decision,
        numbers={"rate": "1/3"},
        numbers_are_public=is_public,
        sentence=f"{rule} {decision}.",
    )


REASONS = (
    reason("CSI-2", CSI, "identified", is_public=True),
    reason("TSI-1", TSI, "identified", "english_learners"),
    reason("CSI-1", CSI, "not_identified"),
    reason("TSI-1", TSI, "not_identified", "black"),
    reason("TSI-1", TSI, "not_evaluated"),
)


def shown(is_withheld: bool = False) -> list[dict[str, Any]]:
    """The reasons of a card on which comprehensive support's numbers are open."""
    told = tuple(
        CardReason(one.rule, one.status, one.decision, one.numbers, one.sentence, one.subgroup, one.numbers_are_public)
        for one in REASONS
    )
    sheet: Any = SimpleNamespace(
        shown=SimpleNamespace(open_statuses={CSI}, numbers_rest_on={}, support_link=None),
        verdicts=SimpleNamespace(totals_withheld={"S"} if is_withheld else set(), by_table={}),
    )
    school: Any = SimpleNamespace(key="S", designation=Designation((), (CSI, TSI), told, "2025-09-15"))
    card = cards._designation(school, 0, sheet)
    assert card
    reasons: list[dict[str, Any]] = card["reasons"]
    return reasons


def test_a_card_has_numbers_only_where_they_are_public_and_sentences_that_hold_no_others() -> None:
    told = [(row["rule"][-5:], row.get("group"), row.get("numbers"), row.get("sentence")) for row in shown()]
    assert told == [
        ("CSI-2", None, {"rate": "1/3"}, "CSI-2 identified."),
        ("TSI-1", "English learners", None, "TSI-1 identified."),
        ("CSI-1", None, None, "CSI-1 not_identified."),
        ("TSI-1", None, None, "TSI-1 not_evaluated."),  # of all subgroups; a single one's only where its status stands
    ]


def test_a_card_whose_totals_are_withheld_has_no_number_and_no_sentence() -> None:
    assert all("numbers" not in row and "sentence" not in row for row in shown(is_withheld=True))


def test_a_notice_tells_what_its_status_stands_on_and_not_what_else_was_judged() -> None:
    event = SchoolDesignated(
        event_id=EDITION, edition_id=EDITION, school_year="2024-25", school_id="S", school_name="School",
        district_id="D", district_name="District", notice_email=None, before=(), after=(CSI, TSI), changed=True,
        reasons=REASONS,
        starts_on=date(2025, 9, 15),
    )  # fmt: skip
    told = notify._school(event.to_bytes())
    assert told.reasons == ((CSI, "CSI-2 identified."), (TSI, "TSI-1 identified."))
    exited = event.model_copy(update={"after": (), "reasons": (reason("CSI-2", CSI, "exited"),)})
    assert notify._school(exited.to_bytes()).reasons == ((CSI, "CSI-2 exited."),)
