"""What a rule says of a school, or of one of its subgroups: the decision, since when a status stands, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

IDENTIFIED, CONTINUED, EXITED = "identified", "continued", "exited"
NOT_IDENTIFIED, NOT_EVALUATED = "not_identified", "not_evaluated"


@dataclass(frozen=True)
class Verdict:
    """The decision, the year that the status now stands since (None: no status), and the finding that decided it."""

    decision: str
    since: str | None
    finding: str


@dataclass(frozen=True)
class Judged:
    """A rule's verdict on a school or on one of its subgroups, as it is told.

    `are_public`: the numbers rest on published totals; otherwise the sentence holds none of them.
    """

    rule: str
    verdict: Verdict
    source: str
    sentence: str
    numbers: Mapping[str, str]
    subgroup: str | None = None
    are_public: bool = False


def unjudged(since: str | None, finding: str) -> Verdict:
    """What cannot be judged keeps what it has; without a status it is not evaluated, and the finding says why."""
    return Verdict(CONTINUED if since else NOT_EVALUATED, since, finding)
