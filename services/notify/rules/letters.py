"""Writes the mails to the offices: plain text, a clear subject, no student. Source: NOTICE-3."""

from dataclasses import dataclass
from datetime import date

from services.notify.rules.deadlines import days_between
from services.notify.rules.mails import Mail
from services.notify.rules.obligations import Law, Obligation
from services.notify.rules.reminders import STATE_OFFICE, WITHDRAWN_MAIL


@dataclass(frozen=True)
class Letter:
    """A mail's subject, on one line, and its text."""

    subject: str
    text: str


@dataclass(frozen=True)
class Opening:
    """How a letter begins: what its subject says before the school's name, and its first paragraph."""

    subject: str
    text: str


def letter(mail: Mail, first: Opening, one: Obligation, law: Law) -> Letter:
    """A whole letter: its opening, what is owed, why, by when, what to do, and how to tell that it is done.

    The subject names school and year, so that no two mails of an office look alike.
    """
    again = f", notice {one.sequence}" if one.sequence > 1 else ""
    subject = f"{first.subject}: {one.school_name} ({one.school_id}), {one.school_year}{again}"
    parts = [first.text, _facts(one, law)]
    if mail.purpose != WITHDRAWN_MAIL:
        parts += [_reasons(one), _what_to_do(one, law), _how_to_report(one, law)]
    return Letter(_line(subject), _joined(parts))


def opened(mail: Mail, one: Obligation, law: Law, today: date) -> Opening:
    """A notice is owed, or a correction of one."""
    if one.corrects is not None:
        return Opening(
            f"Correction to parents owed by {one.due_on}",
            f"Parents of {one.school_name} were told of a status that a correction has withdrawn. "
            f"They are owed a notice that says so, by the end of {one.due_on}.",
        )
    text = f"Parents of every student enrolled at {one.school_name} are owed a notice by the end of {one.due_on}."
    if one.replaces is not None:
        text += " It replaces an earlier notice of this school year, and must say so if that one went out."
    return Opening(f"Parent notice owed by {one.due_on}", text)


def reminder(mail: Mail, one: Obligation, law: Law, today: date) -> Opening:
    """Days are left, or none."""
    left = days_between(today, one.due_on, law.schedule_of(one).days)
    unit = law.schedule_of(one).days.unit.replace("_", " ")
    when = f"{left} {unit} left" if left > 1 else f"{left} {unit[:-1]} left" if left else "the last day"
    return Opening(
        f"Reminder, {when}, parent notice owed by {one.due_on}",
        f"No parent notice has been reported for {one.school_name}. Time left until the end of {one.due_on}: {when}.",
    )


def escalation(mail: Mail, one: Obligation, law: Law, today: date) -> Opening:
    """The last day has passed; for an office in its role."""
    _, after, role = mail.purpose.split(".", 2)
    unit = law.schedule_of(one).days.unit.replace("_", " ")
    office = law.offices.get(one.status)
    whom = role.replace("_", " ") + (f", {office}" if office and role == STATE_OFFICE else "")
    return Opening(
        f"Overdue parent notice, {role.replace('_', ' ')}",
        f"For the {whom}: the parent notice of {one.school_name} was due by the end of {one.due_on}, "
        f"and timely sending is not proved {after} {unit} later.",
    )


def evidence_late(mail: Mail, one: Obligation, law: Law, today: date) -> Opening:
    """Sending was reported, proof has not come."""
    within = f"{law.terms.evidence_within} {law.terms.follow_up.unit.replace('_', ' ')}"
    return Opening(
        "Proof of the parent notice is missing",
        f"The parent notice of {one.school_name} was reported as sent on {one.life.sent_on}; "
        f"no proof came within {within}.",
    )


def undeliverable(mail: Mail, one: Obligation, law: Law, today: date) -> Opening:
    """The district's office cannot be written to."""
    return Opening(
        "The district office cannot be reached by mail",
        f"A mail on the parent notice of {one.school_name} could not be delivered to {one.district_name}, "
        "because the district has no notice address or its mail server refuses it. "
        "Please reach the office another way, and have the address in the district's directory record mended.",
    )


def withdrawn(mail: Mail, one: Obligation, law: Law, today: date) -> Opening:
    """The duty has fallen away."""
    return Opening(
        "Parent notice no longer owed",
        f"A correction has withdrawn the status of {one.school_name}. The notice to parents that this office "
        "was written to about is no longer owed. If letters have left all the same, please tell the state office.",
    )


def _facts(one: Obligation, law: Law) -> str:
    rows = (
        ("School", f"{one.school_name} ({one.school_id})"),
        ("District", f"{one.district_name} ({one.district_id})"),
        ("School year", one.school_year),
        ("Status", law.labels.get(one.status, one.status.replace("_", " "))),
        ("Clock starts", str(one.starts_on)),
        ("Last day", f"{one.due_on} ({one.method}; ends at midnight, {law.clock.zone})"),
        ("Obligation", str(one.obligation_id)),
    )
    return "\n".join(f"{name + ':':<14}{' '.join(text.split())}" for name, text in rows)


def _reasons(one: Obligation) -> str:
    lines = "\n".join(f"- {' '.join(sentence.split())}" for sentence in one.reasons)
    return f"Why:\n{lines}" if lines else ""


def _what_to_do(one: Obligation, law: Law) -> str:
    if one.corrects is not None:
        return "What must be done:\n- write to every enrolled household that the earlier notice is taken back, and why"
    lines = "\n".join(f"- {item}" for item in law.checklist)
    return f"What the notice should tell and how:\n{lines}" if lines else ""


def _how_to_report(one: Obligation, law: Law) -> str:
    within = f"{law.terms.evidence_within} {law.terms.follow_up.unit.replace('_', ' ')}"
    return (
        "How to report:\n"
        f"- the day the notice left: POST /obligations/{one.obligation_id}/sent\n"
        f"- proof of it, within {within} after: POST /obligations/{one.obligation_id}/evidence\n"
        "Lateness is judged by the day of sending, not by the day of reporting. Send no student's data here."
    )


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())
