"""The kinds of client, and what each rule of access answers to each of them. Worked out from the rule, in words here:

A token that is missing or no good is 401 and nothing else is. The state may see everything. A district may see and
report what is its own; what is another's is 403, or 404 where even its being there is nobody's business. What the
chapter lets only one kind of client write is 403 for the other kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BAD = ("no token", "a spent token", "a token signed by another key", "a token of another state")
OWN, OTHER, STATE = "a district with its own ids", "a district with another's ids", "the state"
KINDS = (*BAD, OWN, OTHER, STATE)

OK = 0  # the route's own success


@dataclass(frozen=True)
class Rule:
    """What each kind of client gets."""

    name: str
    answers: Mapping[str, int]

    @property
    def refused(self) -> tuple[str, ...]:
        """The kinds that are refused."""
        return tuple(kind for kind in KINDS if self.answers[kind] != OK)

    @property
    def twin(self) -> str:
        """The kind whose same request succeeds."""
        return next(kind for kind in (STATE, OWN) if self.answers[kind] == OK)


def _rule(name: str, bad: int, own: int, other: int, state: int) -> Rule:
    return Rule(name, {**dict.fromkeys(BAD, bad), OWN: own, OTHER: other, STATE: state})


PUBLIC = _rule("everyone", OK, OK, OK, OK)
READERS = Rule(  # a reader needs no token, but one that is sent must be good
    "everyone, with a good token or none", {**dict.fromkeys(BAD, 401), BAD[0]: OK, OWN: OK, OTHER: OK, STATE: OK}
)
CLIENTS = _rule("any client", 401, OK, OK, OK)
ITS_OWN = _rule("the state, and a district its own", 401, OK, 403, OK)
HIDDEN = _rule("the state, and a district its own; that another's is there is not told", 401, OK, 404, OK)
STATE_ONLY = _rule("the state", 401, 403, 403, OK)
STATE_SEES = _rule("the state; that it is there is not told", 401, 404, 404, OK)
REPORTED = _rule("a district its own, not the state", 401, OK, 403, 403)
ENDED = _rule("a district its own, not the state; that another's is there is not told", 401, OK, 404, 403)
DISTRICTS = _rule("any district, not the state", 401, OK, OK, 403)
