"""Mail door of notify: hands planned mails to a real mail server, one by one, and tells what became of each."""

import smtplib
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from services.notify import handle, store
from services.notify.rules.messages import ClaimMail, Dispatch, MailFailed, MailLeft
from shared.events.notices import NOTICES
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.runtime.timers import Timer

_SERVER_SECONDS = 20.0
_FOR_GOOD = 500
# a subject stays on one line: SMTP allows 998 signs, and folding would put a blank before it
_WIDE = policy.SMTP.clone(max_line_length=900)


def send_planned(runtime: Runtime) -> None:
    """Sends every mail that may leave now; stops at the first trouble with the server, the next round goes on.

    Nothing leaves in a replay, without a mail server's address, or before this service has read from its own log
    what had been sent before it started. A mail is claimed, sent, and told as sent: a death between the last two
    sends it again, under the same Message-ID, once the claim has run out.
    """
    settings = runtime.settings
    if not settings.mail_enabled or not settings.smtp or not runtime.caught_up(NOTICES.name):
        return
    while True:
        claim = ClaimMail(runtime.now(), settings.mail_from, settings.state_office)
        dispatch = runtime.command(claim, load=store.next_mail, step=handle.on_claim, save=store.keep)
        if dispatch is None:
            return
        if dispatch.letter is not None and not _sent(runtime, dispatch):
            return


def _sent(runtime: Runtime, dispatch: Dispatch) -> bool:
    mail = dispatch.mail
    trouble, for_good = _trouble(runtime, dispatch)
    if trouble is None:
        left = MailLeft(mail.obligation_id, mail.purpose, dispatch.message_id or "")
        runtime.command(left, load=store.case_of, step=handle.on_mail_left, save=store.keep)
        return True
    runtime.metrics.errors.labels("mail").inc()
    runtime.log("mail.failed", obligation=str(mail.obligation_id), purpose=mail.purpose, error=trouble)
    failed = MailFailed(mail.obligation_id, mail.purpose, trouble, for_good)
    runtime.command(failed, load=store.case_of, step=handle.on_mail_failed, save=store.keep)
    return for_good


def _trouble(runtime: Runtime, dispatch: Dispatch) -> tuple[str | None, bool]:
    """What kept the mail from leaving, None when nothing did; and whether it would fail for ever at this address."""
    try:
        _hand_over(runtime.settings, _message(runtime, dispatch), dispatch.to or "")
    except smtplib.SMTPRecipientsRefused as refused:
        code = max(code for code, _ in refused.recipients.values())
        return f"the server refuses the address ({code})", code >= _FOR_GOOD
    except smtplib.SMTPDataError as refused:
        return f"the server refuses the mail ({refused.smtp_code})", refused.smtp_code >= _FOR_GOOD
    except (smtplib.SMTPNotSupportedError, ValueError) as error:
        return f"the address cannot be written to ({type(error).__name__})", True
    except (smtplib.SMTPException, OSError) as error:
        return f"the server does not answer as it should ({type(error).__name__})", False
    return None, False


def _message(runtime: Runtime, dispatch: Dispatch) -> EmailMessage:
    if dispatch.letter is None:
        raise ValueError("a mail without a letter")
    message = EmailMessage(_WIDE)
    message["From"] = runtime.settings.mail_from
    message["To"] = dispatch.to
    message["Subject"] = dispatch.letter.subject
    message["Date"] = format_datetime(runtime.now())
    message["Message-ID"] = dispatch.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(dispatch.letter.text)
    return message


def _hand_over(settings: Settings, message: EmailMessage, to: str) -> None:
    host, _, port = (settings.smtp or "").rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=_SERVER_SECONDS) as server:
        server.send_message(message, from_addr=settings.mail_from, to_addrs=[to])


TIMERS = (Timer("mail", 2.0, send_planned),)
