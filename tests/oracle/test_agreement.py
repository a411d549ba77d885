"""Two engines, one law: what the platform scores and identifies is what plain SQL makes of the same records."""

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

from hypothesis import Phase, given, note, settings

from deploy.offline import History, designated
from services.scoring import score
from services.scoring.files import edition, request_of
from shared.events.designations import SchoolDesignated
from shared.events.editions import EntityScored, Profile, Rating
from shared.policy import reader
from shared.vocabulary.measures import SUBJECTS
from tests.oracle import engine, money, ranks, states, upper
from tests.oracle.ranks import Ranked
from tests.oracle.states import STATE, YEAR, Record, Shape
from tests.services.designation_log import edition_id_of, make_edition

CHAPTER = reader.chapter(STATE, "scoring", YEAR)
# what the second engine counts
MEASURES = {
    *(f"{subject}.{kind}" for subject in SUBJECTS for kind in ("proficiency", "participation")),
    *(f"{subject}.{kind}" for subject in ("reading", "math") for kind in ("growth", "growth_lowest")),
    *("graduation.rate", "acceleration.participation", "acceleration.performance"),
    *("readiness.rate", "english_learners.progress"),
}
SUPPORT = reader.chapter(STATE, "designation", ranks.THIS_YEAR)
# An example is a state of some thousand records that is scored twice: the machine decides how long it takes. A shape
# is short as it is; a smaller one would be looked for by scoring hundreds of states.
PHASES = (Phase.explicit, Phase.generate)
few = settings(deadline=None, derandomize=True, phases=PHASES, max_examples=16)
more = settings(few, max_examples=24)


@few
@given(shape=states.shapes)
def test_counts_points_and_letters_agree(shape: Shape) -> None:
    told = [*states.state_of(shape), *upper.upper_school(shape)]
    both_agree(told)


@more
@given(shape=states.shapes)
def test_spending_by_both_methods_agrees(shape: Shape) -> None:
    told = money.books(shape)
    ours = engine.spending(told, CHAPTER, STATE, YEAR)
    theirs: dict[tuple[str, str, str], tuple[Fraction, Fraction | None]] = {
        (each.level, each.entity_id, amount.measure.partition(".")[2]): (
            Fraction(amount.numerator),
            Fraction(amount.denominator) if amount.denominator else None,
        )
        for each in edition(states.frames(told), request_of(STATE, YEAR, {"scoring": CHAPTER}))
        if isinstance(each, EntityScored)
        for amount in each.amounts
    }
    known = {key: number for key, number in ours.items() if number[1]}
    assert {key: theirs.get(key) for key in known} == known
    assert not [key for key in ours.keys() - known.keys() if key in theirs and theirs[key][1]]


@more
@given(schools=ranks.schools)
def test_the_schools_in_the_lowest_share_agree(schools: list[Ranked]) -> None:
    scores = [
        (school.school_id, year, points, school.possible)
        for school in schools
        for year, points in zip(ranks.TOLD, school.scores, strict=True)
    ]
    population = [school.school_id for school in schools if school.title_i]
    lowest = engine.lowest_schools(scores, population, ranks.YEARS, SUPPORT)
    assert identified(schools) == lowest


def both_agree(told: Collection[Record]) -> None:
    """Requires the counts, components, totals and letters of both engines to be equal."""
    theirs = score(states.frames(list(told)), STATE, YEAR)
    ours = engine.answer(told, CHAPTER, STATE, YEAR)
    counts = {tuple(row[:4]): tuple(row[4:]) for row in theirs.counts.iter_rows()}
    _same("counts", {key: count for key, count in counts.items() if key[2] in MEASURES}, ours.counts)
    components = {
        tuple(row[:3]): None if row[6] else (Fraction(row[4]), Fraction(row[5]))
        for row in theirs.components.iter_rows()
    }
    _same("components", components, ours.components)
    totals = {
        (row["level"], row["entity_id"]): (Fraction(row["exact_points"]), int(row["points"]), row["letter"])
        for row in theirs.entities.iter_rows(named=True)
        if row["letter"]
    }
    _same("totals", totals, ours.totals)


def identified(schools: list[Ranked]) -> set[str]:
    """Whom designation identifies by the lowest share in the last year told, by its own history of the others."""
    history = History()
    ids: dict[str, UUID] = {}
    for place, year in enumerate(ranks.TOLD):
        events = make_edition(year, [_rated(school, school.scores[place]) for school in schools], dict(ids))
        answer, history = designated(events, year, history)
        ids[year] = edition_id_of(events)
    return {
        each.school_id
        for each in answer
        if isinstance(each, SchoolDesignated)
        for reason in each.reasons
        if reason.rule.startswith("essa-report-card CSI-2") and reason.decision == "identified"
    }


def _rated(school: Ranked, points: int | None) -> tuple[str, Profile, Rating]:
    profile = Profile(name=school.school_id, district_id="D1", district_name="D1", title_i=school.title_i)
    if points is None:
        return school.school_id, profile, Rating(status="NOT_RATED_INSUFFICIENT_DATA")
    column = "high_school" if school.possible == 1000 else "elementary_middle"
    rating = Rating(
        status="GRADED",
        letter="F",
        points=str(points),
        exact_points=str(points),
        possible=str(school.possible),
        column=column,
    )
    return school.school_id, profile, rating


def _same(what: str, theirs: Mapping[Any, Any], ours: Mapping[Any, Any]) -> None:
    keys = sorted(theirs.keys() | ours.keys(), key=str)
    apart = [(key, theirs.get(key), ours.get(key)) for key in keys if theirs.get(key) != ours.get(key)]
    note(f"{what}, the platform's and the second engine's: {apart[:5]}")
    assert not apart
