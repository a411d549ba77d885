"""Notify over thirty days: mails to a real server; restarts, rebuilds, refusals; each mail once, for ever."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.notify import handle, store, timer
from services.notify.rules.messages import ReportDecision, ReportEvidence, ReportSent
from shared.events.notices import NOTICES, NoticeMoved, NoticeOpened
from shared.runtime import outbox
from shared.vocabulary.identity import fact_id
from tests.services.notice_world import CSI, LAW, SENDER, STATE_OFFICE, MailServer, World, make_school

DISTRICT = "first@district.example"
OBLIGATION = fact_id("obligation", "identified_school_parents", "S1", "2024-25", CSI)

# 2025-09-18 is a Thursday. 30 calendar days after: 18 + 30 = 48, less 30 = Oct 18, a Saturday, rolled to Monday Oct 20.
# Reminders 15, 5, 1, 0 days before: Oct 5, 15, 19, 20. Escalations 1, 5, 10 days after: Oct 21, 25, 30.
STARTS_ON, DUE_ON = date(2025, 9, 18), date(2025, 10, 20)
ABOUT = "School S1 (S1), 2024-25"
OPENING = f"Parent notice owed by 2025-10-20: {ABOUT}"
WHOLE_STORY = [
    ("2025-09-18", DISTRICT, OPENING),
    ("2025-10-05", DISTRICT, f"Reminder, 15 calendar days left, parent notice owed by 2025-10-20: {ABOUT}"),
    ("2025-10-15", DISTRICT, f"Reminder, 5 calendar days left, parent notice owed by 2025-10-20: {ABOUT}"),
    ("2025-10-19", DISTRICT, f"Reminder, 1 calendar day left, parent notice owed by 2025-10-20: {ABOUT}"),
    ("2025-10-20", DISTRICT, f"Reminder, the last day, parent notice owed by 2025-10-20: {ABOUT}"),
    ("2025-10-21", DISTRICT, f"Overdue parent notice, district superintendent: {ABOUT}"),
    ("2025-10-25", STATE_OFFICE, f"Overdue parent notice, state office: {ABOUT}"),
    ("2025-10-30", STATE_OFFICE, f"Overdue parent notice, compliance finding: {ABOUT}"),
]


@pytest.fixture
def server() -> Iterator[MailServer]:
    listening = MailServer()
    listening.start()
    yield listening
    listening.stop()


def noon(day: date) -> str:
    return f"{day.isoformat()}T17:00:00+00:00"  # 12:00 in Chicago, in summer


def live(world: World, first: date, last: date) -> None:
    """Every day from the first to the last, one after another."""
    for ahead in range((last - first).days + 1):
        world.at(noon(first + timedelta(days=ahead)))


def came(server: MailServer) -> list[tuple[str, str, str]]:
    """Day, address and subject of every mail that came."""
    return [(mail["Date"].datetime.date().isoformat(), str(mail["To"]), str(mail["Subject"])) for mail in server.got]


def identified(world: World, number: int = 1, **other: object) -> None:
    world.edition(number, [make_school("S1", after=(CSI,), **other), make_school("S2")])


def report(world: World, message: object) -> None:
    world.runtime.command(message, load=store.case_of, step=handle.on_report, save=store.keep)
    world.publish()


def state_of(world: World) -> str:
    return world.cases()[0].obligation.life.state


def test_thirty_days_unanswered_remind_the_district_and_then_tell_the_state(
    database_url: str, server: MailServer
) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 11, 10))
    assert came(server) == WHOLE_STORY
    assert state_of(world) == "overdue"
    assert world.cases()[0].obligation.life.finding_on == date(2025, 10, 30)  # ten days after Oct 20
    assert world.rejected == []


def test_the_first_letter_tells_what_is_owed_why_by_when_and_what_to_do(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    world.at(noon(STARTS_ON))
    (mail,) = server.got
    text = mail.get_content()
    for part in (
        "Parents of every student enrolled at School S1 are owed a notice by the end of 2025-10-20.",
        "School S1 (S1)",
        "Comprehensive Support and Improvement (CSI)",
        "30 calendar days from 2025-09-18, start exclusive, no holidays",
        "- Its average is the lowest.",
        "- why the school was identified",
        f"POST /obligations/{OBLIGATION}/sent",
    ):
        assert part in text
    assert mail["From"] == SENDER
    assert mail["Message-ID"] == f"<{fact_id('mail', OBLIGATION, 'opened')}@state.example>"


def test_each_mail_has_an_id_of_its_own_and_the_topic_tells_it(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 10, 30))
    purposes = ["opened", "reminder.15", "reminder.5", "reminder.1", "reminder.0"]
    purposes += [
        "escalation.1.district_superintendent",
        "escalation.5.state_office",
        "escalation.10.compliance_finding",
    ]
    ids = [f"<{fact_id('mail', OBLIGATION, purpose)}@state.example>" for purpose in purposes]
    assert [mail["Message-ID"] for mail in server.got] == ids
    assert [(mailed.message_id, mailed.purpose) for mailed in world.mailed()] == list(zip(ids, purposes, strict=True))
    assert len(set(ids)) == len(ids) == 8


def test_a_notice_sent_ends_the_reminders_and_an_accepted_proof_ends_it_all(
    database_url: str, server: MailServer
) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 10, 6))
    report(world, ReportSent(OBLIGATION, "D1", date(2025, 10, 6), "letter"))
    live(world, date(2025, 10, 7), date(2025, 10, 19))
    report(world, ReportEvidence(OBLIGATION, "D1", "postmark", "receipt 17", date(2025, 10, 6), ()))
    report(world, ReportDecision(OBLIGATION, "state", True, ""))
    live(world, date(2025, 10, 20), date(2025, 11, 10))
    assert came(server) == WHOLE_STORY[:2]
    assert state_of(world) == "evidenced"
    moves = [event for event in map(NOTICES.decode, world.notices) if isinstance(event, NoticeMoved)]
    assert [(move.before, move.after, move.cause) for move in moves] == [
        ("open", "sent", "notice sent by D1"),
        ("sent", "sent", "evidence given by D1"),
        ("sent", "evidenced", "evidence accepted by state"),
    ]


def test_missing_proof_is_asked_for_once_and_told_to_the_state(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    world.at(noon(STARTS_ON))
    report(world, ReportSent(OBLIGATION, "D1", STARTS_ON, "letter"))
    # ten working days after Thursday Sep 18: Thursday Oct 2; the flag comes the day after
    live(world, date(2025, 9, 19), date(2025, 10, 2))
    assert len(server.got) == 1
    live(world, date(2025, 10, 3), date(2025, 10, 30))
    assert came(server)[1:] == [
        ("2025-10-03", DISTRICT, f"Proof of the parent notice is missing: {ABOUT}"),
        ("2025-10-03", STATE_OFFICE, f"Proof of the parent notice is missing: {ABOUT}"),
    ]
    assert state_of(world) == "sent"


def test_a_restart_in_the_middle_changes_nothing(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 10, 15))
    world.engine.dispose()
    after = World(database_url, server)
    after.designations, after.notices = world.designations, world.notices
    live(after, date(2025, 10, 15), date(2025, 11, 10))
    assert came(server) == WHOLE_STORY


def test_a_mail_server_that_is_down_delays_a_mail_and_loses_none(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    server.stop()
    identified(world)
    world.at("2025-09-18T17:00:00+00:00")
    (mail,) = world.cases()[0].mails
    assert (mail.state, mail.attempts) == ("planned", 1)
    assert mail.trouble == "the server does not answer as it should (ConnectionRefusedError)"
    world.at("2025-09-18T17:00:29+00:00")  # the first pause is 30 seconds: below
    assert world.cases()[0].mails[0].attempts == 1
    world.at("2025-09-18T17:00:30+00:00")  # at
    assert world.cases()[0].mails[0].attempts == 2
    assert world.runtime.metrics.errors.labels("mail")._value.get() == 2
    assert world.mailed() == []
    server.start()
    world.at("2025-09-18T17:01:29+00:00")  # the second pause is a minute: below
    assert server.got == []
    world.at("2025-09-18T17:01:30+00:00")
    assert server.subjects() == [OPENING]
    assert [mailed.purpose for mailed in world.mailed()] == ["opened"]


def test_a_reminder_that_waited_for_the_server_is_dropped_once_the_notice_left(
    database_url: str, server: MailServer
) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 10, 4))
    server.stop()
    world.at(noon(date(2025, 10, 5)))
    report(world, ReportSent(OBLIGATION, "D1", date(2025, 10, 5), "letter"))
    server.start()
    world.at("2025-10-05T20:00:00+00:00")
    assert {mail.purpose: mail.state for mail in world.cases()[0].mails} == {"opened": "sent", "reminder.15": "dropped"}
    assert len(server.got) == 1


def test_an_address_refused_for_good_is_flagged_told_to_the_state_and_tried_again_when_it_changes(
    database_url: str, server: MailServer
) -> None:
    world = World(database_url, server)
    server.refuse[DISTRICT] = 550
    identified(world)
    live(world, STARTS_ON, date(2025, 9, 20))
    assert came(server) == [("2025-09-18", STATE_OFFICE, f"The district office cannot be reached by mail: {ABOUT}")]
    assert {mail.purpose: mail.state for mail in world.cases()[0].mails} == {
        "opened": "refused",
        "undeliverable": "sent",
    }
    timer.measure(world.runtime)
    assert world.runtime.metrics.notices.labels("address_refused")._value.get() == 1
    identified(world, 2, notice_email="new@district.example")
    live(world, date(2025, 9, 21), date(2025, 9, 22))
    assert server.subjects("new@district.example") == [OPENING]


def test_an_address_refused_for_the_moment_is_tried_again(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    server.refuse[DISTRICT] = 450
    identified(world)
    world.at("2025-09-18T17:00:00+00:00")
    assert world.cases()[0].mails[0].state == "planned"
    server.refuse.clear()
    world.at("2025-09-18T17:00:30+00:00")
    assert server.subjects(DISTRICT) == [OPENING]


def test_a_refused_state_office_is_never_given_up(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    server.refuse = {DISTRICT: 550, STATE_OFFICE: 550}
    identified(world)
    live(world, STARTS_ON, date(2025, 9, 20))
    assert server.got == []
    server.refuse.clear()
    world.at(noon(date(2025, 9, 21)))
    assert server.subjects(STATE_OFFICE) == [f"The district office cannot be reached by mail: {ABOUT}"]


def test_a_district_without_an_address_is_told_to_the_state(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world, notice_email=None)
    live(world, STARTS_ON, date(2025, 9, 19))
    assert server.subjects() == [f"The district office cannot be reached by mail: {ABOUT}"]


def test_a_name_with_a_line_break_cannot_add_a_header(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world, school_name="Elm\r\nBcc: someone@else.example", notice_email=DISTRICT)
    world.at(noon(STARTS_ON))
    (mail,) = server.got
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Parent notice owed by 2025-10-20: Elm Bcc: someone@else.example (S1), 2024-25"


def test_an_address_that_is_none_is_refused_and_not_retried_for_ever(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world, notice_email="first@district.example\nBcc: x@else.example")
    live(world, STARTS_ON, date(2025, 9, 19))
    assert server.subjects() == [f"The district office cannot be reached by mail: {ABOUT}"]


def rebuilt(url: str, old: World, server: MailServer) -> World:
    """An empty database that reads both topics from their start."""
    new = World(url, server, notices=old.notices)
    new.noticed(old.notices)
    new.designated(old.designations)
    return new


def empty(world: World) -> None:
    """What an operator does who loses the database: the schema is gone."""
    with world.engine.begin() as connection:
        connection.execute(sa.text("drop schema notify cascade"))
    world.engine.dispose()


def test_a_rebuilt_database_mails_nobody_again_and_goes_on_where_it_was(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 10, 21))
    before = world.cases()[0].obligation.life
    empty(world)
    again = rebuilt(database_url, world, server)
    told = len(again.notices)
    live(again, date(2025, 10, 22), date(2025, 11, 10))
    assert came(server) == WHOLE_STORY
    assert before.overdue_since == date(2025, 10, 21)
    assert again.cases()[0].obligation.life.overdue_since == before.overdue_since
    news = [NOTICES.decode(body) for body in again.notices[told:]]
    assert not [event for event in news if isinstance(event, NoticeOpened)]
    assert len({NOTICES.decode(body).event_id for body in again.notices}) == len(again.notices)


def test_a_rebuilt_database_knows_what_people_did_and_what_corrections_ended(
    database_url: str, server: MailServer
) -> None:
    world = World(database_url, server)
    identified(world)
    world.at(noon(STARTS_ON))
    report(world, ReportSent(OBLIGATION, "D1", STARTS_ON, "letter"))
    identified(world, 2)  # a correction that leaves the status standing
    world.at(noon(date(2025, 9, 22)))
    world.edition(3, [make_school("S1"), make_school("S2")], starts_on=date(2025, 9, 25))  # one that takes it back
    world.at(noon(date(2025, 9, 25)))
    identified(world, 4)  # and one that gives it again
    world.at(noon(date(2025, 9, 29)))
    before = [case.obligation for case in world.cases()]
    assert [(one.status, one.sequence, one.life.state) for one in before] == [
        (CSI, 1, "superseded"),
        (CSI, 1, "superseded"),  # the correction notice: moot, the status stands again
        (CSI, 2, "open"),
    ]
    mails = len(server.got)
    empty(world)
    again = rebuilt(database_url, world, server)
    told = len(again.notices)
    again.at(noon(date(2025, 9, 29)))
    after = [case.obligation for case in again.cases()]
    assert [(one.obligation_id, one.due_on, one.life) for one in after] == [
        (one.obligation_id, one.due_on, one.life) for one in before
    ]
    assert (len(server.got), len(again.notices)) == (mails, told)


def test_no_mail_leaves_before_the_log_of_what_was_sent_is_read(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    world.at(noon(STARTS_ON))
    empty(world)
    again = World(database_url, server, notices=world.notices)
    again.designated(world.designations)
    again.at(noon(date(2025, 9, 19)))
    assert (len(server.got), again.cases()) == (1, [])
    again.noticed(world.notices)
    again.at(noon(date(2025, 9, 19)))
    assert (len(server.got), len(again.cases())) == (1, 1)


def test_a_replay_sends_nothing(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    world.runtime.settings = type(world.runtime.settings)(**{**vars(world.runtime.settings), "mail_enabled": False})
    identified(world)
    live(world, STARTS_ON, date(2025, 11, 10))
    assert (server.got, state_of(world)) == ([], "overdue")


def test_a_correction_that_leaves_the_status_keeps_notice_start_and_mails(
    database_url: str, server: MailServer
) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, STARTS_ON, date(2025, 10, 6))
    world.edition(2, [make_school("S1", after=(CSI,)), make_school("S2")], starts_on=date(2025, 10, 6))
    live(world, date(2025, 10, 7), date(2025, 11, 10))
    (case,) = world.cases()
    assert (case.obligation.starts_on, case.obligation.due_on) == (STARTS_ON, DUE_ON)
    assert came(server) == WHOLE_STORY


def test_a_withdrawn_status_tells_the_district_that_was_written_to(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    world.at(noon(STARTS_ON))
    world.edition(2, [make_school("S1"), make_school("S2")])
    live(world, date(2025, 9, 19), date(2025, 11, 10))
    assert came(server)[1:] == [("2025-09-19", DISTRICT, f"Parent notice no longer owed: {ABOUT}")]
    assert state_of(world) == "superseded"


def test_a_withdrawn_status_after_a_notice_owes_parents_a_correction(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    world.at(noon(STARTS_ON))
    report(world, ReportSent(OBLIGATION, "D1", STARTS_ON, "letter"))
    world.edition(2, [make_school("S1"), make_school("S2")], starts_on=date(2025, 9, 22))
    world.at(noon(date(2025, 9, 22)))
    # ten working days after Monday Sep 22: Monday Oct 6
    assert came(server)[1:] == [("2025-09-22", DISTRICT, f"Correction to parents owed by 2025-10-06: {ABOUT}")]
    assert "the earlier notice is taken back" in server.got[1].get_content()


@pytest.mark.parametrize(("owed", "notices"), [("on_identification", 0), ("every_year", 1)])
def test_a_status_that_goes_on_from_last_year_owes_what_the_chapter_says(
    owed: str, notices: int, database_url: str
) -> None:
    law = {**LAW, "identified_school_parents.owed": {**LAW["identified_school_parents.owed"], "value": owed}}
    world = World(database_url)
    world.edition(1, [make_school("S1", before=(CSI,), after=(CSI,))], law)
    world.at(noon(STARTS_ON))
    assert len(world.cases()) == notices


def test_mails_wait_for_the_legal_start(database_url: str, server: MailServer) -> None:
    world = World(database_url, server)
    identified(world)
    live(world, date(2025, 9, 15), date(2025, 9, 17))
    assert (server.got, len(world.cases())) == ([], 1)
    world.at("2025-09-18T04:59:00+00:00")  # 23:59 the day before, in Chicago
    assert server.got == []
    world.at("2025-09-18T05:00:00+00:00")
    assert len(server.got) == 1


def test_two_senders_never_take_the_same_mail(database_url: str, server: MailServer) -> None:
    world, other = World(database_url, server), World(database_url, server)
    world.edition(1, [make_school(f"S{number}", after=(CSI,)) for number in range(4)])
    timer.decide(world.runtime)
    world.at(noon(STARTS_ON))
    other.at(noon(STARTS_ON))
    assert sorted(server.subjects()) == [
        f"Parent notice owed by 2025-10-20: School S{number} (S{number}), 2024-25" for number in range(4)
    ]


def test_a_school_lost_on_the_way_is_a_rejection_and_no_notice(database_url: str) -> None:
    whole = World(database_url)
    identified(whole)
    opened, first, _second, closed = whole.designations
    empty(whole)
    world = World(database_url)
    world.designated([opened, first, closed])
    with world.engine.connect() as connection:
        (row,) = connection.execute(sa.select(outbox.rows)).all()
    assert row.topic == "platform.rejections.v1"
    assert b"1 of 2 schools or their bytes differ" in row.value
    world.at(noon(STARTS_ON))
    assert world.cases() == []


def test_a_chapter_that_cannot_be_read_is_a_rejection_that_names_the_mend(database_url: str) -> None:
    world = World(database_url)
    broken = {name: entry for name, entry in LAW.items() if name != "identified_school_parents.days"}
    world.edition(1, [make_school("S1", after=(CSI,))], broken)
    with world.engine.connect() as connection:
        reasons = connection.execute(sa.select(outbox.rows.c.value).order_by(outbox.rows.c.id)).scalars().all()
    assert b"the chapter has no identified_school_parents.days; add it with value, tag and source" in reasons[0]
    world.at(noon(STARTS_ON))
    assert world.cases() == []
