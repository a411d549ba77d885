"""What designation decides: a whole, verified edition becomes every school's status."""

from datetime import datetime

from services.designation.handle.answers import answer_facts, school_designated
from services.designation.handle.cases import edition_law, school_cases, tested_run
from services.designation.handle.deciding import decisions
from services.designation.handle.warnings import warnings_of
from services.designation.rules.edition import Designated, Earned, EditionChanges, EditionState, Head, SchoolYear
from services.designation.rules.groups import RATES
from shared.events.editions import EditionClosed, EditionOpened, EntityRated, SubgroupScore
from shared.events.envelope import Event
from shared.events.fact import Fact, Unusable
from shared.vocabulary.statuses import SCHOOL

Outcome = tuple[EditionChanges, list[Fact], None]


def on_edition_event(event: Event, state: EditionState, now: datetime) -> Outcome:
    """Keeps a message, or decides on the closing one. Raises Unusable on a message that does not fit its edition.

    The clock is not asked: days come with the edition.
    """
    if isinstance(event, EditionOpened):
        return _on_opened(event, state)
    if isinstance(event, EntityRated):
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
    return EditionChanges(event.edition_id, state.offset, head=head), [], None


def _on_scored(event: EntityRated, state: EditionState) -> Outcome:
    if state.head is None:
        raise Unusable(f"edition {event.edition_id} was never opened")
    if state.is_closed:
        raise Unusable(f"edition {event.edition_id} is closed already")
    changes = EditionChanges(
        event.edition_id,
        state.offset,
        level=event.level,
        school=_school_of(event) if event.level == SCHOOL else None,
    )
    return changes, [], None


def _school_of(event: EntityRated) -> SchoolYear:
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
        subgroups={each.subgroup: _earned(each) for each in event.subgroups},
    )


def _earned(told: SubgroupScore) -> Earned:
    rates = {rate.measure: (rate.numerator, rate.denominator) for rate in told.rates if rate.measure in RATES}
    return Earned(told.points, told.possible, rates)


def _on_closed(event: EditionClosed, state: EditionState) -> Outcome:
    head = _verified(event, state)
    law = edition_law(head)
    run = tested_run(head, state, law)
    found = decisions(school_cases(head, state, law, run), run, law)
    told = [(event, event.to_bytes()) for event in (school_designated(each, head) for each in found.schools)]
    kept = tuple(
        Designated(event.school_id, event.district_id, each.standing, body.decode())
        for (event, body), each in zip(told, found.schools, strict=True)
    )
    facts = answer_facts(head, told, warnings_of(found, head.school_year, law))
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
    if state.told is None or event.checksum != state.told.hexdigest():
        raise Unusable(f"edition {event.edition_id}: the checksum does not fit the messages that came")
    for year, edition_id in sorted(state.head.history.items()):
        if year not in state.past or not state.past[year].is_decided:
            raise Unusable(f"edition {event.edition_id}: edition {edition_id} of {year}, its history, is not decided")
    return state.head
