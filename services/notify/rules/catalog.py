"""The mails this service writes, one line a purpose: in which states of a notice it makes sense, and how it opens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.notify.rules import letters
from services.notify.rules.letters import Letter, Opening
from services.notify.rules.lifecycle import OPEN, OVERDUE, SENT, STATES, Life
from services.notify.rules.mails import Mail
from services.notify.rules.obligations import Law, Obligation
from services.notify.rules.reminders import (
    ESCALATION,
    EVIDENCE_LATE,
    OPENED,
    REMINDER,
    UNDELIVERABLE,
    WITHDRAWN_MAIL,
)


@dataclass(frozen=True)
class Purpose:
    """One purpose of a mail. A purpose's name may go on after a dot: "reminder.5"."""

    asked_in: tuple[str, ...]
    opening: Callable[[Mail, Obligation, Law, date], Opening]


PURPOSES = {
    OPENED: Purpose((OPEN, OVERDUE), letters.opened),
    REMINDER: Purpose((OPEN,), letters.reminder),
    ESCALATION: Purpose((OVERDUE,), letters.escalation),
    EVIDENCE_LATE: Purpose((SENT,), letters.evidence_late),
    UNDELIVERABLE: Purpose(STATES, letters.undeliverable),
    WITHDRAWN_MAIL: Purpose(STATES, letters.withdrawn),
}


def still_asked(purpose: str, life: Life) -> bool:
    """Whether a planned mail still makes sense: a reminder waiting for a mail server is moot once the notice left."""
    if _head(purpose) == EVIDENCE_LATE and life.evidence is not None:
        return False
    return life.state in PURPOSES[_head(purpose)].asked_in


def letter(mail: Mail, one: Obligation, law: Law, today: date) -> Letter:
    """The letter of a mail, as it reads today."""
    first = PURPOSES[_head(mail.purpose)].opening(mail, one, law, today)
    return letters.letter(mail, first, one, law)


def _head(purpose: str) -> str:
    return purpose.split(".", 1)[0]
