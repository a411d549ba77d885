"""The answer to an edition, as facts: opened, every school's designation with its reasons, closed."""

from services.designation.handle.deciding import Decided
from services.designation.rules import catalog, standing
from services.designation.rules.edition import Head
from services.designation.rules.verdicts import Judged
from shared.events.designations import (
    DESIGNATIONS,
    DesignationsClosed,
    DesignationsOpened,
    Reason,
    SchoolDesignated,
)
from shared.events.fact import Encoded, Fact
from shared.vocabulary.identity import fact_id, fingerprint


def school_designated(decided: Decided, head: Head) -> SchoolDesignated:
    """A school's designation."""
    school = decided.case.school
    before, after = standing.statuses_of(decided.case.standing), standing.statuses_of(decided.standing)
    return SchoolDesignated(
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
        reasons=tuple(_reason(one) for one in decided.judged),
        starts_on=head.notified_on,
    )


def _reason(one: Judged) -> Reason:
    return Reason.model_validate(
        {
            "rule": one.source,
            "status": catalog.STATUS_OF[one.rule],
            "subgroup": one.subgroup,
            "decision": one.verdict.decision,
            "numbers": one.numbers,
            "numbers_are_public": one.are_public,
            "sentence": one.sentence,
        }
    )


def answer_facts(head: Head, schools: list[tuple[SchoolDesignated, bytes]], warnings: tuple[str, ...]) -> list[Fact]:
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
        warnings=warnings,
    )
    return [Fact(DESIGNATIONS, head.state, event) for event in [*told, Encoded(closed.event_id, closed.to_bytes())]]
