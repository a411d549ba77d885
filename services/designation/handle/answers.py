"""The answer to an edition, as facts: opened, every school's designation with its reason, closed."""

from services.designation.policy import Law
from services.designation.rules import receipts
from services.designation.rules.catalog import RULES
from services.designation.rules.comprehensive import Case, Verdict
from services.designation.rules.edition import Head, Standing
from services.designation.rules.ranking import Lowest
from shared.events.designations import (
    DESIGNATIONS,
    DesignationsClosed,
    DesignationsOpened,
    Reason,
    SchoolDesignated,
)
from shared.events.fact import Encoded, Fact
from shared.vocabulary.identity import fact_id, fingerprint
from shared.vocabulary.statuses import COMPREHENSIVE


def school_designated(case: Case, head: Head, lowest: Lowest, law: Law) -> tuple[SchoolDesignated, Standing]:
    """A school's designation, and the standing it leaves to later editions."""
    verdict = RULES[COMPREHENSIVE](case, lowest, law.comprehensive)
    before = (COMPREHENSIVE,) if case.since else ()
    after = (COMPREHENSIVE,) if verdict.since else ()
    school = case.school
    event = SchoolDesignated(
        event_id=fact_id("school.designated", head.edition_id, school.school_id),
        edition_id=head.edition_id,
        school_year=head.school_year,
        school_id=school.school_id,
        school_name=school.school_name,
        district_id=school.district_id,
        district_name=school.district_name,
        notice_email=school.notice_email,
        before=before,
        after=after,
        changed=before != after,
        reasons=(_reason(case, verdict, lowest, law),),
        starts_on=head.notified_on,
    )
    return event, {COMPREHENSIVE: verdict.since} if verdict.since else {}


def _reason(case: Case, verdict: Verdict, lowest: Lowest, law: Law) -> Reason:
    numbers = receipts.numbers_of(case, verdict, lowest, law.comprehensive)
    return Reason.model_validate(
        {
            "rule": law.comprehensive.source,
            "status": COMPREHENSIVE,
            "decision": verdict.decision,
            "numbers": numbers,
            "sentence": receipts.sentence_of(verdict, numbers),
        }
    )


def answer_facts(head: Head, schools: list[tuple[SchoolDesignated, bytes]], lowest: Lowest) -> list[Fact]:
    """The whole answer in order, its foot with counts, checksum and warnings. A school's event comes with its bytes."""
    opened = DesignationsOpened(
        event_id=fact_id("designations.opened", head.edition_id),
        edition_id=head.edition_id,
        state=head.state,
        school_year=head.school_year,
        chapters=dict(head.chapters),
        policy_fingerprint=head.policy_fingerprint,
        notified_on=head.notified_on,
    )
    told = [Encoded(opened.event_id, opened.to_bytes()), *(Encoded(event.event_id, body) for event, body in schools)]
    closed = DesignationsClosed(
        event_id=fact_id("designations.closed", head.edition_id),
        edition_id=head.edition_id,
        schools=len(schools),
        changed=sum(school.changed for school, _ in schools),
        checksum=fingerprint(one.value for one in told),
        warnings=(f"{COMPREHENSIVE}: all {lowest.population} ranked schools tie",) if lowest.all_tied else (),
    )
    return [Fact(DESIGNATIONS, head.state, event) for event in [*told, Encoded(closed.event_id, closed.to_bytes())]]
