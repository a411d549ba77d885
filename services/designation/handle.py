"""What designation decides: a whole, verified edition becomes every school's status."""

from collections.abc import Mapping
from datetime import datetime

from services.designation.policy import Law, cuts_of, law_of
from services.designation.rules import averages, ranking, receipts
from services.designation.rules.catalog import RULES
from services.designation.rules.comprehensive import Case, Verdict, is_in_population
from services.designation.rules.edition import (
    Designated,
    EditionChanges,
    EditionState,
    Head,
    SchoolYear,
    Standing,
)
from services.designation.rules.improvement import Cuts, Graded
from services.designation.rules.ranking import Lowest
from shared.events.designations import (
    DESIGNATIONS,
    DesignationsClosed,
    DesignationsOpened,
    Reason,
    SchoolDesignated,
)
from shared.events.editions import EditionClosed, EditionOpened, EntityScored
from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable
from shared.policy.reader import PolicyError
from shared.vocabulary.identity import fact_id, fingerprint
from shared.vocabulary.statuses import COMPREHENSIVE, SCHOOL

Outcome = tuple[EditionChanges, list[Fact], None]


def on_edition_event(event: Event, state: EditionState, now: datetime) -> Outcome:
    """Keeps a message, or decides on the closing one. Raises Unusable on a message that does not fit its edition.

    The clock is not asked: days come with the edition.
    """
    if isinstance(event, EditionOpened):
        return _on_opened(event, state)
    if isinstance(event, EntityScored):
        return _on_scored(event, state)
    if isinstance(event, EditionClosed):
        return _on_closed(event, state)
    raise Unusable(f"{type(event).__name__} is no message of an edition")


def _on_opened(event: EditionOpened, state: EditionState) -> Outcome:
    if state.head is not None:
        raise Unusable(f"edition {event.edition_id} was opened before")
    head = Head(
        edition_id=event.edition_id,
        state=event.state,
        school_year=event.school_year,
        history=event.history,
        chapters=event.chapters,
        policy_fingerprint=event.policy_fingerprint,
        notified_on=event.notified_on,
    )
    return EditionChanges(event.edition_id, state.offset, head=head, message=event.to_bytes()), [], None


def _on_scored(event: EntityScored, state: EditionState) -> Outcome:
    if state.head is None:
        raise Unusable(f"edition {event.edition_id} was never opened")
    if state.is_closed:
        raise Unusable(f"edition {event.edition_id} is closed already")
    changes = EditionChanges(
        event.edition_id,
        state.offset,
        message=event.to_bytes(),
        level=event.level,
        school=_school_of(event) if event.level == SCHOOL else None,
    )
    return changes, [], None


def _school_of(event: EntityScored) -> SchoolYear:
    profile, rating = event.profile, event.rating
    if profile.district_id is None:
        raise Unusable("a school's scores name no district")
    return SchoolYear(
        school_id=event.entity_id,
        school_name=profile.name,
        district_id=profile.district_id,
        district_name=profile.district_name or profile.district_id,
        notice_email=profile.notice_email,
        title_i=profile.title_i,
        status=rating.status,
        letter=rating.letter,
        points=rating.points,
        exact_points=rating.exact_points,
        possible=rating.possible,
        column=rating.column,
    )


def _on_closed(event: EditionClosed, state: EditionState) -> Outcome:
    head = _verified(event, state)
    law = _law(head)
    cases = [_case(school, head, state, law) for school in sorted(state.schools, key=lambda each: each.school_id)]
    lowest = _lowest(cases, law)
    decided = [_designated(case, head, lowest, law) for case in cases]
    kept = tuple(
        Designated(event.school_id, event.district_id, standing, event.to_bytes().decode())
        for event, standing in decided
    )
    facts = _facts(head, [event for event, _ in decided], lowest)
    return EditionChanges(head.edition_id, state.offset, decided=kept), facts, None


def _verified(event: EditionClosed, state: EditionState) -> Head:
    """The head of a whole edition. Raises Unusable when something of it is missing, doubled, changed or out of turn."""
    if state.head is None:
        raise Unusable(f"edition {event.edition_id} was never opened")
    if state.is_closed:
        raise Unusable(f"edition {event.edition_id} is closed already")
    promised = {level: count for level, count in sorted(event.entities.items()) if count}
    if promised != dict(state.entities):
        raise Unusable(
            f"edition {event.edition_id}: closed with {promised} entities, {dict(sorted(state.entities.items()))} came"
        )
    if event.checksum != state.fingerprint:
        raise Unusable(f"edition {event.edition_id}: the checksum does not fit the messages that came")
    for year, edition_id in sorted(state.head.history.items()):
        if year not in state.past or not state.past[year].is_decided:
            raise Unusable(f"edition {event.edition_id}: edition {edition_id} of {year}, its history, is not decided")
    return state.head


def _law(head: Head) -> Law:
    try:
        return law_of(head.chapters)
    except PolicyError as error:
        raise Unusable(f"edition {head.edition_id}: {error}") from None


def _case(school: SchoolYear, head: Head, state: EditionState, law: Law) -> Case:
    past = {
        year: edition.schools[school.school_id]
        for year, edition in state.past.items()
        if school.school_id in edition.schools
    }
    averaging = law.comprehensive.averaging
    counted = averages.indexes({**past, head.school_year: school}, head.school_year, averaging)
    since = state.standings.get(school.school_id, {}).get(COMPREHENSIVE)
    baseline = None
    if since in past:
        baseline = _graded(past[since], cuts_of(state.past[since].head.chapters))
    return Case(
        school=school,
        school_year=head.school_year,
        since=since,
        counted=counted,
        average=averages.average(counted, averaging) if school.is_graded else None,
        baseline=baseline,
        now=_graded(school, law.cuts),
    )


def _graded(school: SchoolYear, cuts: Mapping[str, Cuts]) -> Graded | None:
    if not school.is_graded or school.letter is None or school.points is None or school.possible is None:
        return None
    if school.column is None or school.column not in cuts:
        raise Unusable(f"school {school.school_id} is graded in the column {school.column}, which has no cut scores")
    return Graded.of(school.letter, school.points, school.possible, cuts[school.column])


def _lowest(cases: list[Case], law: Law) -> Lowest:
    """The ranking of the schools that have an average and belong to the population."""
    values = {
        case.school.school_id: case.average.share
        for case in cases
        if case.average is not None and is_in_population(case.school, law.comprehensive)
    }
    in_cycle = any(case.school_year in law.comprehensive.cycle_years for case in cases)
    return ranking.lowest(values if in_cycle else {}, law.comprehensive.share)


def _designated(case: Case, head: Head, lowest: Lowest, law: Law) -> tuple[SchoolDesignated, Standing]:
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


def _facts(head: Head, schools: list[SchoolDesignated], lowest: Lowest) -> list[Fact]:
    opened = DesignationsOpened(
        event_id=fact_id("designations.opened", head.edition_id),
        edition_id=head.edition_id,
        state=head.state,
        school_year=head.school_year,
        chapters=dict(head.chapters),
        policy_fingerprint=head.policy_fingerprint,
        notified_on=head.notified_on,
    )
    events: list[Event] = [opened, *schools]
    closed = DesignationsClosed(
        event_id=fact_id("designations.closed", head.edition_id),
        edition_id=head.edition_id,
        schools=len(schools),
        changed=sum(school.changed for school in schools),
        checksum=fingerprint(event.to_bytes() for event in events),
        warnings=(f"{COMPREHENSIVE}: all {lowest.population} ranked schools tie",) if lowest.all_tied else (),
    )
    return [Fact(DESIGNATIONS, head.state, event) for event in (*events, closed)]
