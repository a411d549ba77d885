"""The receipt of a status whose rule or subgroup the law no longer names: it goes on, and a person must look."""

from services.designation.rules.receipts import text
from services.designation.rules.verdicts import CONTINUED, Judged, Verdict

FINDING = "identified in {since} by a rule that the law of {school_year} no longer holds; a person has to decide."


def told(rule: str, subgroup: str | None, since: str, school_year: str, source: str) -> Judged:
    """The status as it stands."""
    verdict = Verdict(CONTINUED, since, "not_in_force")
    numbers = {"finding": verdict.finding, "school_year": school_year, "since": since, "identified_by": rule}
    words = text.sentence(rule, verdict.decision, FINDING, numbers, [subgroup] if subgroup else [])
    return Judged(rule, verdict, source, words, numbers, subgroup)
