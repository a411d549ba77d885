"""A small world for notify: a real database, a real mail server, the service's own doors, and time handed in."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notify import mail, store, stream, timer
from services.notify.rules.changes import Case
from shared.events.designations import DESIGNATIONS, DesignationsClosed, DesignationsOpened, Reason, SchoolDesignated
from shared.events.envelope import Event
from shared.events.notices import NOTICES, NoticeMailed
from shared.policy.reader import Chapter, chapter
from shared.runtime import outbox
from shared.runtime.database import prepare
from shared.runtime.observe import Metrics
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.runtime.transaction import Message, Transactions
from shared.vocabulary.identity import fact_id, fingerprint

SENDER = "accountability@state.example"
STATE_OFFICE = "office@state.example"
LAW_2012 = chapter("ms", "notify", "2011-12")
LAW = chapter("ms", "notify", "2024-25")
CSI = "comprehensive_support"


@dataclass
class MailServer:
    """A real SMTP server; `refuse` names addresses that it answers with a code."""

    got: list[EmailMessage] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    port: int = 0
    _controller: Controller | None = None

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return f"{self.refuse[address]} no"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        return "250 OK"

    def start(self) -> None:
        """Listens; after a stop, on the port it had."""
        self.port = self.port or free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Listens no more."""
        if self._controller:
            self._controller.stop()
        self._controller = None

    def subjects(self, to: str | None = None) -> list[str]:
        """The subjects of what came, in order."""
        return [str(message["Subject"]) for message in self.got if to is None or message["To"] == to]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


def make_school(school_id: str = "S1", **other: Any) -> SchoolDesignated:
    """A school of an edition; event id, edition and reasons are filled in by `World.edition`."""
    values = {
        "event_id": UUID(int=0),
        "edition_id": UUID(int=0),
        "school_year": "2024-25",
        "school_id": school_id,
        "school_name": f"School {school_id}",
        "district_id": "D1",
        "district_name": "First District",
        "notice_email": "first@district.example",
        "before": (),
        "after": (),
        "changed": False,
        "reasons": (),
        "starts_on": date(2025, 9, 18),
    }
    return SchoolDesignated.model_validate({**values, **other})


def reason(status: str) -> Reason:
    return Reason(rule="CSI-2", status=status, decision="identified", numbers={}, sentence="Its average is the lowest.")


class World:
    """The service in one hand: `edition` puts designations on its topic, `at` lets time come to a moment."""

    def __init__(self, url: str, server: MailServer | None = None, notices: Sequence[bytes] = ()) -> None:
        settings = Settings("notify", "unused:0", url, "ms", "notify-0", mail_from=SENDER, state_office=STATE_OFFICE)
        smtp = f"127.0.0.1:{server.port}" if server else None
        self.moment = datetime(2012, 8, 1, tzinfo=UTC)
        self.logged: list[str] = []
        self.engine = prepare(url, "notify")
        self.runtime = Runtime(replace(settings, smtp=smtp), self.engine, Metrics(), self._log, now=lambda: self.moment)
        self.runtime.high_water = {(NOTICES.name, 0): len(notices)}
        self.runtime.high_water_known.set()
        self.transactions = Transactions(self.engine, "notify", stream.ROUTES, lambda: self.moment)
        self.designations: list[bytes] = []
        self.notices: list[bytes] = []
        self.rejected: list[Event] = []

    def _log(self, event: str, **fields: Any) -> None:
        self.logged.append(event)

    def edition(
        self,
        number: int,
        schools: Sequence[SchoolDesignated],
        law: Chapter = LAW,
        school_year: str = "2024-25",
        starts_on: date = date(2025, 9, 18),
    ) -> UUID:
        """Puts a whole edition on the topic; the same number and content is the same edition."""
        edition_id = fact_id("test edition", school_year, number)
        events: list[Event] = [
            DesignationsOpened(
                event_id=fact_id("opened", edition_id),
                edition_id=edition_id,
                state="ms",
                school_year=school_year,
                chapters={"notify": law},
                policy_fingerprint="0" * 64,
                notified_on=starts_on,
            )
        ]
        for school in schools:
            filled = {
                "event_id": fact_id("school", edition_id, school.school_id),
                "edition_id": edition_id,
                "school_year": school_year,
                "starts_on": starts_on,
                "changed": school.before != school.after,
                "reasons": tuple(reason(status) for status in school.after),
            }
            events.append(school.model_copy(update=filled))
        checksum = fingerprint(event.to_bytes() for event in events)
        events.append(
            DesignationsClosed(
                event_id=fact_id("closed", edition_id),
                edition_id=edition_id,
                schools=len(schools),
                changed=0,
                checksum=checksum,
            )
        )
        self.designated(event.to_bytes() for event in events)
        return edition_id

    def designated(self, bodies: Any) -> None:
        """Puts messages on the designations topic and hands them to the service."""
        first = len(self.designations)
        self.designations += list(bodies)
        self._handle(DESIGNATIONS.name, first, self.designations[first:])

    def noticed(self, bodies: Sequence[bytes]) -> None:
        """Puts messages on the service's own topic and hands them to it."""
        first = len(self.notices)
        self.notices += bodies
        self._handle(NOTICES.name, first, list(bodies))

    def _handle(self, topic: str, first: int, bodies: Sequence[bytes]) -> None:
        batch = [Message(topic, 0, first + index, b"key", body) for index, body in enumerate(bodies)]
        if batch:
            self.transactions.handle(batch)

    def publish(self) -> None:
        """What the relay does: takes the outbox to the topics, from where the service reads its own notices again."""
        with self.engine.begin() as connection:
            rows = connection.execute(sa.select(outbox.rows).order_by(outbox.rows.c.id)).all()
            connection.execute(sa.delete(outbox.rows))
        self.rejected += [row for row in rows if row.topic != NOTICES.name]
        self.noticed([row.value for row in rows if row.topic == NOTICES.name])

    def at(self, moment: str) -> None:
        """Time comes to a moment: editions are decided, the day begins, mails leave, facts are published."""
        self.moment = datetime.fromisoformat(moment)
        timer.decide(self.runtime)
        timer.tick(self.runtime)
        mail.send_planned(self.runtime)
        self.publish()

    def cases(self) -> list[Case]:
        """Every notice, in the order they were opened."""
        with self.engine.connect() as connection:
            found = store.obligations_for(connection, None, None, None)
        events = [NOTICES.decode(body) for body in self.notices]
        order = [event.obligation_id for event in events if event.type == "notice.opened"]  # type: ignore[attr-defined]
        return sorted(found, key=lambda case: order.index(case.obligation.obligation_id))

    def mailed(self) -> list[NoticeMailed]:
        """The mails that the topic tells of."""
        events = [NOTICES.decode(body) for body in self.notices]
        return [event for event in events if isinstance(event, NoticeMailed)]
