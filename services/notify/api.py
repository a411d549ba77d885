"""HTTP door of notify: the parent notices a district owes, word of sending, proof, and the state's decision on it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.notify import handle, store
from services.notify.rules.changes import Case
from services.notify.rules.lifecycle import NotAllowed, finding_is_open
from services.notify.rules.mails import REFUSED
from services.notify.rules.messages import Report, ReportDecision, ReportEvidence, ReportSent
from services.notify.rules.plain import as_plain
from shared.events.envelope import Text
from shared.events.notices import NoticeEvent, NoticeLife
from shared.runtime.http import Client, Problem, client_of, forbidden, not_found, only_state, runtime_of
from shared.runtime.runtime import Runtime

router = APIRouter(tags=["notices"])

State = Literal["open", "sent", "evidenced", "overdue", "cured", "superseded"]
Short = Annotated[Text, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0)]


class MailView(BaseModel):
    """A mail to an office: planned, sent, refused (the address takes none) or dropped (moot before it left)."""

    purpose: str
    recipient: str
    state: str
    attempts: int
    sent_at: datetime | None
    trouble: str | None


class Notice(BaseModel):
    """A notice that a school owes its parents, and where it stands."""

    obligation_id: UUID
    kind: str
    school_id: str
    school_name: str
    district_id: str
    district_name: str
    school_year: str
    status: str
    sequence: int
    state: State
    starts_on: date
    due_on: date
    method: str
    edition_id: UUID
    reasons: list[str]
    corrects: UUID | None
    replaces: UUID | None
    life: NoticeLife
    finding_is_open: bool
    address_refused: bool
    mails: list[MailView]


class NoticeWithHistory(Notice):
    """A notice and every fact of its life, in order."""

    history: list[NoticeEvent]


class Body(BaseModel):
    """A request's body: keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid")


class SentBody(Body):
    """The letters left on a day, by a channel such as "letter" or "e-mail"."""

    sent_on: date
    channel: Short


class EvidenceBody(Body):
    """Proof of sending, without any student's data. Source: NOTICE-4."""

    kind: Short
    reference: Short
    sent_on: date
    languages: list[Short] = []
    enrollment_snapshot_on: date | None = None
    enrolled: Count | None = None
    households_addressed: Count | None = None
    households_delivered: Count | None = None
    households_returned: Count | None = None
    website_copy: Short | None = None
    signed_by_principal: bool | None = None
    signed_by_superintendent: bool | None = None


class DecisionBody(Body):
    """The state's word on the proof; a rejection says why."""

    accepted: bool
    reason: Annotated[Text, Field(max_length=1000)] = ""


@router.get("/obligations")
def obligations(
    state: State | None = None,
    school_id: Text | None = None,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> list[Notice]:
    """Notices by last day: every district's to the state, its own to a district."""
    district_id = None if client.kind == "state" else client.district_id or ""
    with runtime.engine.connect() as connection:
        return [Notice(**_view(case)) for case in store.obligations_for(connection, district_id, state, school_id)]


@router.get("/obligations/{obligation_id}")
def obligation(
    obligation_id: UUID, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> NoticeWithHistory:
    """A notice with its history."""
    case = _allowed(obligation_id, client, runtime)
    with runtime.engine.connect() as connection:
        return NoticeWithHistory(**_view(case), history=store.history(connection, obligation_id))


@router.post("/obligations/{obligation_id}/sent")
def sent(
    obligation_id: UUID, body: SentBody, client: Client = Depends(client_of), runtime: Runtime = Depends(runtime_of)
) -> Notice:
    """Reports the day the letters left. Telling the same day again changes nothing."""
    _allowed(obligation_id, client, runtime)
    return _reported(runtime, ReportSent(obligation_id, client.id, body.sent_on, body.channel))


@router.post("/obligations/{obligation_id}/evidence")
def evidence(
    obligation_id: UUID,
    body: EvidenceBody,
    client: Client = Depends(client_of),
    runtime: Runtime = Depends(runtime_of),
) -> Notice:
    """Hands in proof of sending; the state then accepts or rejects it."""
    _allowed(obligation_id, client, runtime)
    given = body.model_dump(mode="json", exclude={"kind", "reference", "sent_on"}, exclude_none=True)
    details = tuple(sorted((name, _as_text(value)) for name, value in given.items() if value != []))
    return _reported(
        runtime, ReportEvidence(obligation_id, client.id, body.kind, body.reference, body.sent_on, details)
    )


@router.post("/obligations/{obligation_id}/evidence/decision")
def decision(
    obligation_id: UUID,
    body: DecisionBody,
    client: Client = Depends(only_state),
    runtime: Runtime = Depends(runtime_of),
) -> Notice:
    """Accepts or rejects the proof; rejecting one accepted before reopens the notice."""
    _allowed(obligation_id, client, runtime)
    if not body.accepted and not body.reason.strip():
        text = "A rejection needs a reason."
        raise Problem(
            400, "bad-request:data-validation-failed", "Data Validation Failed", text, (), {"$.reason": [text]}
        )
    return _reported(runtime, ReportDecision(obligation_id, client.id, body.accepted, body.reason))


def _allowed(obligation_id: UUID, client: Client, runtime: Runtime) -> Case:
    with runtime.engine.connect() as connection:
        case = store.obligation(connection, obligation_id)
    if case is None and client.kind == "state":
        raise not_found("No notice has this id.")
    if case is None or not client.may_see_district(case.obligation.district_id):
        raise forbidden("A district may see and report its own schools' notices only.")
    return case


def _reported(runtime: Runtime, report: Report) -> Notice:
    try:
        runtime.command(report, load=store.case_of, step=handle.on_report, save=store.keep)
    except NotAllowed as error:
        raise Problem(409, "conflict", "Conflict", f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    runtime.wake("measure")
    with runtime.engine.connect() as connection:
        case = store.obligation(connection, report.obligation_id)
    if case is None:
        raise not_found("No notice has this id.")
    return Notice(**_view(case))


def _view(case: Case) -> dict[str, Any]:
    one = case.obligation
    known = {name: getattr(one, name) for name in Notice.model_fields if hasattr(one, name)}
    return {
        **known,
        "state": one.life.state,
        "reasons": list(one.reasons),
        "life": as_plain(one.life),
        "finding_is_open": finding_is_open(one.life),
        "address_refused": any(mail.state == REFUSED for mail in case.mails),
        "mails": [{name: getattr(mail, name) for name in MailView.model_fields} for mail in case.mails],
    }


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
