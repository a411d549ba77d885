"""A mail on its way: its one Message-ID, its states, and when to try again after a failure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.reminders import STATE_OFFICE
from shared.vocabulary.identity import fact_id

PLANNED, SENT, REFUSED, DROPPED = "planned", "sent", "refused", "dropped"
# how long a claimed mail is nobody else's; longer than the mail door waits for a server
_CLAIM = timedelta(minutes=3)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)


@dataclass(frozen=True)
class Mail:
    """One mail of a notice; (obligation, purpose) is its identity. `not_before`: when it may be tried (again)."""

    obligation_id: UUID
    purpose: str
    recipient: str
    not_before: datetime
    state: str = PLANNED
    attempts: int = 0
    sent_at: datetime | None = None
    trouble: str | None = None


def message_id(mail: Mail, sender: str) -> str:
    """The Message-ID: the same for the same notice and purpose, in every run; the domain is the sender's."""
    return f"<{fact_id('mail', mail.obligation_id, mail.purpose)}@{sender.rpartition('@')[2]}>"


def claimed(mail: Mail, now: datetime) -> Mail:
    """The mail in one sender's hands: another may try only when that one has died."""
    return replace(mail, attempts=mail.attempts + 1, not_before=now + _CLAIM)


def sent(mail: Mail, now: datetime) -> Mail:
    """The mail, gone."""
    return replace(mail, state=SENT, sent_at=now, trouble=None)


def failed(mail: Mail, now: datetime, trouble: str, for_good: bool) -> Mail:
    """The mail after a failure: refused when its district address is, else tried again after a doubling pause.

    A mail to the state office is never given up: nobody else is left to hear of it.
    """
    if for_good and mail.recipient != STATE_OFFICE:
        return replace(mail, state=REFUSED, trouble=trouble)
    pause = min(_FIRST_PAUSE * 2 ** min(max(mail.attempts - 1, 0), 10), _LONGEST_PAUSE)
    return replace(mail, not_before=now + pause, trouble=trouble)


def dropped(mail: Mail) -> Mail:
    """The mail, moot before it could leave."""
    return replace(mail, state=DROPPED)


def again(mail: Mail, now: datetime) -> Mail:
    """A refused mail, once the district has another address."""
    return replace(mail, state=PLANNED, not_before=now, attempts=0, trouble=None)
