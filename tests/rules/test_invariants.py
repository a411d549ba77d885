"""What holds of every state, whatever its numbers: bounds, monotony, partitions, and that no order decides anything."""

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.scoring import Scored, score
from shared.events.records import DemographicsRecord, EnrollmentRecord, ResultRecord
from shared.vocabulary.measures import PROFICIENCY, kind_of
from shared.vocabulary.subgroups import ALL, GENDERS, RACES
from tests.oracle import upper
from tests.oracle.states import FIRST_DAY, STATE, YEAR, Record, Shape, frames, pupils_of, schools_of, state_of

# A shape is short as it is; a smaller one would be looked for by scoring hundreds of states.
few = settings(deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate), max_examples=5)
_schools = st.tuples(st.sampled_from(("all", "elementary", "high", "middle")), st.integers(3, 14))
small = st.builds(
    Shape,
    st.lists(st.lists(_schools, min_size=1, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple),
    st.integers(0, 2**32),
)


@few
@given(shape=small)
def test_points_are_between_none_and_all_that_are_possible(shape: Shape) -> None:
    found = scored([*state_of(shape), *upper.upper_school(shape)])
    for rated in found.entities.drop_nulls("points").iter_rows(named=True):
        assert 0 <= Fraction(rated["exact_points"]) <= int(rated["possible"])
        assert 0 <= int(rated["points"]) <= int(rated["possible"])
    for part in found.components.drop_nulls("points").iter_rows(named=True):
        assert 0 <= Fraction(part["points"]) <= Fraction(part["maximum"])
        assert Fraction(part["share"]) >= 0


@few
@given(shape=small)
def test_one_more_proficient_student_lowers_no_proficiency(shape: Shape) -> None:
    told, pupil = state_of(shape), pupils_of(shape)[0]
    alike = next(each for each in told if isinstance(each, ResultRecord) and each.student_id == pupil.student_id)
    stay = EnrollmentRecord(
        student_id="new", school_id=pupil.school_id, school_year=YEAR, entry_date=FIRST_DAY, grade=pupil.grade
    )
    tests = {each.assessment_id: each for each in told if hasattr(each, "levels")}
    best = tests[alike.assessment_id].levels[-1].name
    result = alike.model_copy(
        update={"student_id": "new", "result_id": "new", "school_year": YEAR, "level": best, "scale_score": 999}
    )
    subject = f"{tests[alike.assessment_id].subject}.{PROFICIENCY}"
    before, after = counts(scored(told)), counts(scored([*told, stay, result]))
    for key in (key for key in after if kind_of(key[2]) == PROFICIENCY):
        assert rate(before.get(key, (0, 1))) <= rate(after[key])
    here = ("school", pupil.school_id, subject, ALL)
    numerator, denominator = before.get(here, (0, 0))
    assert after[here] == (numerator + 1, denominator + 1)


@few
@given(shape=small, order=st.randoms(use_true_random=False))
def test_no_order_of_records_decides_anything(shape: Shape, order: random.Random) -> None:
    told = [*state_of(shape), *upper.upper_school(shape)]
    assert same(scored(told), scored(order.sample(told, len(told))))
    assert same(scored(told), scored(told[::-1]))


@few
@given(shape=small)
def test_a_school_counts_the_same_when_every_student_who_was_never_there_is_gone(shape: Shape) -> None:
    told = [*state_of(shape), *upper.upper_school(shape)]
    school = next(schools_of(shape))[0].school_id
    students = {pupil.student_id for pupil in pupils_of(shape) if pupil.school_id == school}
    moved = {each.student_id for each in told if isinstance(each, EnrollmentRecord) and each.school_id == school}
    near = (
        students
        | moved
        | {each.student_id for each in told if isinstance(each, ResultRecord) and each.school_id == school}
    )
    without = [each for each in told if getattr(each, "student_id", None) in near or not hasattr(each, "student_id")]
    without += [each for each in told if hasattr(each, "cohort_year") and each.student_id not in near]
    here, there = (
        {
            key: count
            for key, count in counts(found).items()
            if key[:2] == ("school", school) and "graduation" not in key[2]
        }
        for found in (scored(told), scored(without))
    )
    assert here == there


@few
@given(shape=small)
def test_a_partition_adds_up_to_all_the_unknown_included(shape: Shape) -> None:
    """Whose gender or race nobody told is told here, as one of the groups: that group grows by them, no other moves."""
    told = state_of(shape)
    for field, members in (("gender", GENDERS), ("race", RACES)):
        before, after = counts(scored(told)), counts(scored(known(told, shape, field, members[0])))
        for level, entity, measure, subgroup in after:
            if subgroup != ALL:
                continue
            every = after[level, entity, measure, ALL]
            parts = [after.get((level, entity, measure, member), (0, 0)) for member in members]
            assert every == before[level, entity, measure, ALL] == added(parts)
            for member in members[1:]:
                key = (level, entity, measure, member)
                assert before.get(key) == after.get(key)


def scored(told: Sequence[Record]) -> Scored:
    return score(frames(list(told)), STATE, YEAR)


def same(one: Scored, other: Scored) -> bool:
    return all(getattr(one, part).equals(getattr(other, part)) for part in Scored.__dataclass_fields__)


def counts(found: Scored) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Numerator and denominator by level, entity, measure and subgroup."""
    return {tuple(row[:4]): (row[4], row[5]) for row in found.counts.iter_rows()}


def rate(count: tuple[int, int]) -> Fraction:
    return Fraction(*count)


def added(parts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def known(told: Sequence[Record], shape: Shape, field: str, member: str) -> list[Record]:
    """The same records, with a group for everyone of whom none is told."""
    filled = [
        each.model_copy(update={field: getattr(each, field) or member})
        if isinstance(each, DemographicsRecord)
        else each
        for each in told
    ]
    named = {each.student_id for each in told if isinstance(each, DemographicsRecord)}
    strangers = [pupil for pupil in pupils_of(shape) if pupil.student_id not in named]
    new = DemographicsRecord(student_id="-", district_id="D0", school_year=YEAR)
    return filled + [
        new.model_copy(update={"student_id": pupil.student_id, "district_id": pupil.school_id[:2], field: member})
        for pupil in strangers
    ]
