"""The messages a notice can get besides events: a whole edition, a tick of time, a person's act, word of a mail."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.notify.rules.letters import Letter
from services.notify.rules.mails import Mail


@dataclass(frozen=True)
class Decide:
    """An edition's designations are whole: decide on their notices."""

    edition_id: UUID


@dataclass(frozen=True)
class Tick:
    """Time has come to a moment."""

    now: datetime


@dataclass(frozen=True)
class Report:
    """A person's act on a notice, on the day the clock says. `by`: the client."""

    obligation_id: UUID
    by: str


@dataclass(frozen=True)
class ReportSent(Report):
    """The letters left."""

    sent_on: date
    channel: str


@dataclass(frozen=True)
class ReportEvidence(Report):
    """Proof of sending."""

    kind: str
    reference: str
    sent_on: date
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportDecision(Report):
    """The state's word on the proof."""

    accepted: bool
    reason: str


@dataclass(frozen=True)
class ClaimMail:
    """The mail door asks for the next mail that may leave; it knows the sender and the state office's address."""

    now: datetime
    sender: str
    state_office: str


@dataclass(frozen=True)
class MailLeft:
    """The mail server took a mail."""

    obligation_id: UUID
    purpose: str
    message_id: str


@dataclass(frozen=True)
class MailFailed:
    """The mail server did not take a mail; `for_good` when it refuses the address."""

    obligation_id: UUID
    purpose: str
    trouble: str
    for_good: bool


@dataclass(frozen=True)
class Dispatch:
    """A claimed mail, written: what the door sends. `letter` None: nothing to send, ask for the next."""

    mail: Mail
    to: str | None = None
    message_id: str | None = None
    letter: Letter | None = None
