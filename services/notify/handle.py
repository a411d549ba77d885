"""What notify decides: which notices an edition opens and ends, what a day, a person or a mail changes in them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from services.notify import policy
from services.notify.rules import catalog, lifecycle, mails, reminders
from services.notify.rules.changes import Arriving, Case, Changes, Entry, Head, Restored, Whole
from services.notify.rules.deadlines import local_day
from services.notify.rules.lifecycle import Act, DayBegan, Evidence, EvidenceDecided, EvidenceGiven, NoticeSent
from services.notify.rules.mails import Mail
from services.notify.rules.messages import (
    ClaimMail,
    Decide,
    Dispatch,
    MailFailed,
    MailLeft,
    Report,
    ReportDecision,
    ReportEvidence,
    ReportSent,
    Tick,
)
from services.notify.rules.obligations import CORRECTION, Edition, Law, Obligation, School, after_edition
from services.notify.rules.plain import as_plain, from_plain
from services.notify.rules.reminders import DISTRICT, OPENED, STATE_OFFICE, UNDELIVERABLE, WITHDRAWN_MAIL
from shared.events.designations import DesignationsClosed, DesignationsOpened, Reason, SchoolDesignated
from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable
from shared.events.notices import NOTICES, NoticeLife, NoticeMailed, NoticeMoved, NoticeOpened
from shared.policy.reader import Chapter, PolicyError
from shared.vocabulary.identity import canonical, fact_id

Outcome = tuple[Changes, list[Fact], Any]


def on_designation(event: Event, state: Arriving, now: datetime) -> Outcome:
    """Keeps an edition's messages; on the closing one says whether they are whole. Raises Unusable when not."""
    if isinstance(event, DesignationsOpened):
        if state.head is not None:
            raise Unusable(f"designations of edition {event.edition_id} were opened before")
        head = Head(event.edition_id, event.state, event.school_year, _chapter(event), event.notified_on)
        return Changes(head=head, message=(event.edition_id, state.offset, event.to_bytes())), [], None
    if not isinstance(event, SchoolDesignated | DesignationsClosed):
        raise Unusable(f"{type(event).__name__} is no message of an edition's designations")
    if state.head is None or state.head.is_closed:
        raise Unusable(f"designations of edition {event.edition_id} are not open")
    if isinstance(event, SchoolDesignated):
        return Changes(message=(event.edition_id, state.offset, event.to_bytes())), [], None
    if event.schools != state.schools or event.checksum != state.fingerprint:
        raise Unusable(f"edition {event.edition_id}: {state.schools} of {event.schools} schools or their bytes differ")
    return Changes(closed=(event.edition_id, state.offset)), [], None


def on_notice(event: Event, state: None, now: datetime) -> Outcome:
    """Takes up what was really done and sent, from this service's own log: after a rebuild, nothing happens twice."""
    if isinstance(event, NoticeMailed):
        mail = Mail(
            event.obligation_id, event.purpose, event.recipient or DISTRICT, event.sent_at, mails.SENT, 1, event.sent_at
        )
        return Changes(mails=(mail,), entries=(_entry(event),)), [], None
    if isinstance(event, NoticeMoved):
        lives = {event.obligation_id: from_plain(event.life.model_dump(mode="json"))} if event.life else {}
        return Changes(lives=lives, entries=(_entry(event),)), [], None
    if isinstance(event, NoticeOpened):
        return Changes(entries=(_entry(event),)), [], None
    raise Unusable(f"{type(event).__name__} is no message of the notices")


def on_edition(message: Decide, whole: Whole | None, now: datetime) -> Outcome:
    """Decides a whole edition: notices opened, kept, ended; what the log remembers of one is taken up, not redone."""
    if whole is None:
        return Changes(), [], False
    before = {one.obligation_id: one for one in whole.known}
    after = [one for law in policy.laws(whole.head.chapter).values() for one in _notices_after(whole, law, now)]
    opened = [one for one in after if one.obligation_id not in before]
    moved = [(before[one.obligation_id], one) for one in after if one.obligation_id in before]
    facts = [_opened(one) for one in opened if not whole.restored.get(one.obligation_id, Restored()).was_opened]
    cause = f"edition {whole.head.edition_id}"
    facts += [_moved(old, new, new.starts_on, cause) for old, new in moved if old.life.number != new.life.number]
    changed = tuple(one for one in after if before.get(one.obligation_id) != one)
    planned = tuple(_mails_of_edition(whole, after, moved, now))
    return Changes(None, None, None, whole.head.edition_id, changed, {}, planned, _entries(facts)), facts, True


def on_tick(message: Tick, cases: Sequence[Case], now: datetime) -> Outcome:
    """Lets a day begin for every running notice: overdue days, flags, findings, and the mails that fall due."""
    facts: list[Fact] = []
    changed: list[Obligation] = []
    planned: list[Mail] = []
    for case in cases:
        one, law = case.obligation, law_of(case)
        today = local_day(message.now, law.clock.zone)
        life = lifecycle.moved(one.life, DayBegan(today), one.starts_on, one.due_on, law.terms_of(one))
        if life != one.life:
            changed.append(replace(one, life=life))
            facts.append(_moved(one, changed[-1], today, "day began"))
        asked = reminders.mails_due(life, one.starts_on, one.due_on, one.known_on, law.schedule_of(one), today)
        known = {mail.purpose for mail in case.mails if mail.state != mails.DROPPED}
        planned += [Mail(one.obligation_id, p.name, p.to, message.now) for p in asked if p.name not in known]
    return Changes(obligations=tuple(changed), mails=tuple(planned), entries=_entries(facts)), facts, len(planned)


def on_report(message: Report, case: Case, now: datetime) -> Outcome:
    """A person's act on a notice. Raises lifecycle.NotAllowed when the notice's state forbids it."""
    one, law = case.obligation, law_of(case)
    today = local_day(now, law.clock.zone)
    act = _act(message, today)
    life = lifecycle.moved(one.life, act, one.starts_on, one.due_on, law.terms_of(one))
    if life == one.life:
        return Changes(), [], one
    after = replace(one, life=life)
    facts = [_moved(one, after, today, f"{_cause(message)} by {message.by}")]
    return Changes(obligations=(after,), entries=_entries(facts)), facts, after


def on_claim(message: ClaimMail, case: Case | None, now: datetime) -> Outcome:
    """Takes one planned mail in hand and writes it; dropped when moot, given up when the district has no address."""
    if case is None:
        return Changes(), [], None
    mail, one, law = case.mails[0], case.obligation, law_of(case)
    if not catalog.still_asked(mail.purpose, one.life):
        return Changes(mails=(mails.dropped(mail),)), [], Dispatch(mail)
    address = message.state_office if mail.recipient == STATE_OFFICE else one.notice_email
    if not address:
        return Changes(mails=_given_up(case, now, "the district has no notice address", True)), [], Dispatch(mail)
    mine = mails.claimed(mail, now)
    written = catalog.letter(mail, one, law, local_day(now, law.clock.zone))
    return Changes(mails=(mine,)), [], Dispatch(mine, address, mails.message_id(mail, message.sender), written)


def on_mail_left(message: MailLeft, case: Case, now: datetime) -> Outcome:
    """The mail is out: kept and told, in one transaction, so that it never leaves again."""
    mail = mails.sent(case.mails[0], now)
    event = NoticeMailed(
        event_id=fact_id("notice.mailed", mail.obligation_id, mail.purpose, now),
        obligation_id=mail.obligation_id,
        message_id=message.message_id,
        purpose=mail.purpose,
        sent_at=now,
        recipient=mail.recipient,
    )
    facts = [Fact(NOTICES, case.obligation.school_id, event)]
    return Changes(mails=(mail,), entries=_entries(facts)), facts, None


def on_mail_failed(message: MailFailed, case: Case, now: datetime) -> Outcome:
    """The mail is not out: tried again later or, when the address is refused for good, told to the state office."""
    return Changes(mails=_given_up(case, now, message.trouble, message.for_good)), [], None


def law_of(case: Case) -> Law:
    """The law of a notice: its kind in the chapter of the edition that last gave its status."""
    return policy.laws(case.chapter)[case.obligation.kind.removesuffix(f".{CORRECTION}")]


def _chapter(event: DesignationsOpened) -> Chapter:
    try:
        chapter: Chapter = event.chapters["notify"]
        policy.laws(chapter)
    except (KeyError, PolicyError) as error:
        raise Unusable(f"edition {event.edition_id}: its notify chapter: {error}") from error
    return chapter


def _notices_after(whole: Whole, law: Law, now: datetime) -> list[Obligation]:
    head = whole.head
    edition = Edition(head.edition_id, head.school_year, whole.decided, local_day(now, law.clock.zone))
    kinds = (law.kind, f"{law.kind}.{CORRECTION}")
    known: dict[str, list[Obligation]] = {}
    for one in whole.known:
        if one.kind in kinds:
            known.setdefault(one.school_id, []).append(one)
    schools = {school.school_id: school for school in map(_school, whole.messages[1:])}
    for school_id in sorted(known.keys() - schools.keys()):
        schools[school_id] = _absent(known[school_id][-1], head)
    notices: list[Obligation] = []
    for school_id, school in schools.items():
        for one in after_edition(school, known.get(school_id, ()), law, edition):
            remembered = whole.restored.get(one.obligation_id)
            notices.append(replace(one, life=remembered.life) if remembered and remembered.life else one)
    return notices


def _school(body: bytes) -> School:
    event = SchoolDesignated.model_validate_json(body)
    return School(
        school_id=event.school_id,
        name=event.school_name,
        district_id=event.district_id,
        district_name=event.district_name,
        notice_email=event.notice_email,
        before=event.before,
        after=event.after,
        starts_on=event.starts_on,
        reasons=tuple((reason.status, reason.sentence) for reason in event.reasons if _speaks(reason, event.after)),
    )


def _speaks(reason: Reason, after: Sequence[str]) -> bool:
    """Of a status that stands only what it stands on: other rules that could give it were judged, too."""
    return reason.status not in after or reason.decision in ("identified", "continued")


def _absent(one: Obligation, head: Head) -> School:
    """A school that a later edition of the year no longer lists has no status any more."""
    return School(
        one.school_id, one.school_name, one.district_id, one.district_name, one.notice_email, (), (), head.notified_on
    )


def _mails_of_edition(
    whole: Whole, after: Iterable[Obligation], moved: Iterable[tuple[Obligation, Obligation]], now: datetime
) -> Iterable[Mail]:
    """A word to a district that was told of a duty now withdrawn; and refused mails again, to a new address."""
    sent = {(mail.obligation_id, mail.purpose) for mail in whole.mails if mail.state == mails.SENT}
    laws = policy.laws(whole.head.chapter)
    for one in after:
        is_withdrawn = one.life.ended == lifecycle.WITHDRAWN and one.life.ended_by == whole.head.edition_id
        told = (one.obligation_id, OPENED) in sent and (one.obligation_id, WITHDRAWN_MAIL) not in sent
        wants = laws[one.kind.removesuffix(f".{CORRECTION}")].tell_when_withdrawn
        if wants and is_withdrawn and told and not lifecycle.had_gone_out(one.life):
            yield Mail(one.obligation_id, WITHDRAWN_MAIL, DISTRICT, now)
    readdressed = {old.obligation_id for old, new in moved if old.notice_email != new.notice_email and new.notice_email}
    for mail in whole.mails:
        if mail.state == mails.REFUSED and mail.obligation_id in readdressed:
            yield mails.again(mail, now)


def _act(message: Report, today: date) -> Act:
    match message:
        case ReportSent():
            return NoticeSent(today, message.sent_on, message.channel)
        case ReportEvidence():
            proof = Evidence(message.kind, message.reference, message.sent_on, today, message.details)
            return EvidenceGiven(today, proof)
        case ReportDecision():
            return EvidenceDecided(today, message.accepted, message.reason)
    raise TypeError(f"{type(message).__name__} is no act on a notice")


def _cause(message: Report) -> str:
    if isinstance(message, ReportDecision):
        return "evidence accepted" if message.accepted else "evidence rejected"
    return "notice sent" if isinstance(message, ReportSent) else "evidence given"


def _given_up(case: Case, now: datetime, trouble: str, for_good: bool) -> tuple[Mail, ...]:
    """The first mail after a failure; when its address is refused, the state office hears of it, once per notice."""
    mail = mails.failed(case.mails[0], now, trouble, for_good)
    if mail.state != mails.REFUSED or any(one.purpose == UNDELIVERABLE for one in case.mails):
        return (mail,)
    return (mail, Mail(mail.obligation_id, UNDELIVERABLE, STATE_OFFICE, now))


def _opened(one: Obligation) -> Fact:
    event = NoticeOpened(
        event_id=fact_id("notice.opened", one.obligation_id),
        obligation_id=one.obligation_id,
        kind=one.kind,
        school_id=one.school_id,
        district_id=one.district_id,
        school_year=one.school_year,
        status=one.status,
        starts_on=one.starts_on,
        due_on=one.due_on,
        method=one.method,
    )
    return Fact(NOTICES, one.school_id, event)


def _moved(old: Obligation, new: Obligation, on: date, cause: str) -> Fact:
    life = as_plain(new.life)
    event = NoticeMoved(
        event_id=fact_id("notice.moved", new.obligation_id, old.life.state, on, cause, canonical(life)),
        obligation_id=new.obligation_id,
        school_id=new.school_id,
        before=old.life.state,
        after=new.life.state,
        on=on,
        cause=cause,
        life=NoticeLife.model_validate(life),
    )
    return Fact(NOTICES, new.school_id, event)


def _entries(facts: Iterable[Fact]) -> tuple[Entry, ...]:
    return tuple(_entry(fact.event) for fact in facts)


def _entry(event: Any) -> Entry:
    return Entry(event.event_id, event.obligation_id, event.type, event.model_dump(mode="json"))
