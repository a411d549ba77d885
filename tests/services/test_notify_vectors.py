"""The twelve vectors of NOTICE-5 and its edge cases, told day by day to the service on a real database."""

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notify import handle, store
from services.notify.rules.changes import Case
from services.notify.rules.messages import ReportDecision, ReportEvidence, ReportSent
from shared.policy.reader import read
from tests.services.notice_world import LAW_2012, World, make_school

VECTORS = read(Path(__file__).parents[1] / "cases" / "notify" / "vectors.yaml")
TWO_HOURS_INTO_THE_DAY = time(7, 0, tzinfo=UTC)  # 02:00 in Chicago, in summer


def moment(day: str | date) -> str:
    on = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(on, TWO_HOURS_INTO_THE_DAY).isoformat()


def law(vector: dict[str, Any]) -> dict[str, Any]:
    chapter = deepcopy(LAW_2012)
    if "late_identified_due" in vector:
        chapter["differentiated_2012_parents.late_identified_due"]["value"] = vector["late_identified_due"]
    return chapter


def report(world: World, message: Any) -> None:
    world.runtime.command(message, load=store.case_of, step=handle.on_report, save=store.keep)
    world.publish()


def tell(world: World, step: dict[str, Any], number: int, chapter: dict[str, Any]) -> None:
    on = date.fromisoformat(step["on"])
    if "told" in step:
        schools = [make_school("other")]
        if step["told"] != "absent":
            schools.append(make_school("S1", after=tuple(step["told"])))
        for _ in range(int(step.get("times", "1"))):
            world.edition(number, schools, chapter, "2011-12", on)
    world.at(moment(on))
    cases = world.cases()
    if "sent" in step:
        message = ReportSent(cases[-1].obligation.obligation_id, "D1", date.fromisoformat(step["sent"]), "letter")
        report(world, message)
    if "proof" in step:
        proved = date.fromisoformat(step["proof"])
        report(world, ReportEvidence(cases[-1].obligation.obligation_id, "D1", "postmark", "receipt 17", proved, ()))
    if "accepted" in step:
        report(world, ReportDecision(cases[-1].obligation.obligation_id, "state", step["accepted"] == "yes", ""))


def escalations(case: Case) -> list[str]:
    return [mail.purpose.split(".")[1] for mail in case.mails if mail.purpose.startswith("escalation.")]


@pytest.mark.parametrize("name", VECTORS)
def test_a_story_ends_as_its_vector_says(name: str, database_url: str) -> None:
    world, chapter = World(database_url), law(VECTORS[name])
    yesterday = None
    for number, step in enumerate(VECTORS[name]["story"]):
        today = date.fromisoformat(step["on"])
        while yesterday and (yesterday := yesterday + timedelta(days=1)) < today:
            world.at(moment(yesterday))
        tell(world, step, number, chapter)
        yesterday = today
        if "now" in step:
            assert world.cases()[-1].obligation.life.state == step["now"], step
        if "escalated" in step:
            assert escalations(world.cases()[-1]) == step["escalated"], step
    assert world.rejected == []
    found = world.cases()
    assert len(found) == len(VECTORS[name]["notices"])
    for case, expected in zip(found, VECTORS[name]["notices"], strict=True):
        assert {key: told(case, key, found) for key in expected} == expected


def told(case: Case, key: str, found: list[Case]) -> str:
    """What a vector may say of a notice, as text; notices that it points to by their place in the list."""
    one = case.obligation
    value = getattr(one.life if hasattr(one.life, key) else one, key)
    if key in ("replaces", "corrects"):
        return str([other.obligation.obligation_id for other in found].index(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
