"""A form looks at a column of bodies as it looks at each: the same rows are bad, the same values come out."""

import copy
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.policy import intake_in_force
from services.ingest.rules import shapes
from services.ingest.rules.catalog import TABLE
from services.ingest.rules.exact import decimal
from services.ingest.rules.resources import Resource
from services.ingest.rules.shapes import Check
from tests.services import accountability_bodies as further
from tests.services import ingest_door as made
from tests.services.test_ingest_together import spoilt

GOOD = {
    "localEducationAgencies": lambda: made.district(_ext={"schoolmark": {"noticeEmail": "a@b.example"}}),
    "schools": made.school,
    "assessments": made.assessment,
    "students": made.student,
    "studentSchoolAssociations": lambda: made.enrollment(_ext={"schoolmark": {"fullAcademicYear": {"school": "TRUE"}}}),
    "studentEducationOrganizationAssociations": made.groups,
    "studentAssessments": made.result,
    "studentSchoolAttendanceEvents": lambda: made.absence(eventDuration=0.5),
    **further.MAKE,
}
LEAVES: tuple[Check, ...] = (
    shapes.text(5), shapes.text(5, exact=True), shapes.whole(), shapes.whole(1, 9), shapes.share, shapes.day,
    shapes.moment, shapes.boolean, shapes.email, shapes.one_of({"a#Yes": 1, "": 1}.get), shapes.word("7", "true"),
    shapes.digits(4), shapes.descriptor, decimal(2, 0, 9), decimal(0),
)  # fmt: skip
PLAIN = (
    st.none() | st.booleans() | st.integers(-3, 12) | st.floats(-1, 2) | st.text(max_size=7)
    | st.sampled_from(["7", "-1", "0009", "٣", " x", "x ", "true", "False", "2024-02-29", "2023-02-29", "20240229",
                       "2024-02-29T10:00", "a@b", "a@ b", "a#Yes", "\x00", "99999999999999999999",
                       "0.5", "2.50", "-0", "1.005", "1e3", "٣.5", " #", "a# "])
    | st.lists(st.integers(), max_size=2)
)  # fmt: skip


def same(check: Check, values: list[Any]) -> None:
    alone, wrong = [], set()
    for row, value in enumerate(copy.deepcopy(values)):
        errors: shapes.Errors = []
        alone.append(check(value, errors))
        if errors:
            wrong.add(row)
    bad: set[int] = set()
    together = check.column(copy.deepcopy(values), range(len(values)), bad)
    assert bad == wrong
    for row, (one, other) in enumerate(zip(together, alone, strict=True)):
        if row not in bad:
            assert (one, repr(one)) == (other, repr(other))


@given(st.lists(PLAIN.filter(lambda value: value is not None), min_size=1, max_size=6))
def test_a_plain_check_says_the_same_of_a_column(values: list[Any]) -> None:
    for check in LEAVES:
        same(check, values)


@pytest.mark.parametrize("resource", TABLE, ids=lambda resource: resource.name)
def test_a_form_says_the_same_of_a_column(resource: Resource) -> None:
    dice = random.Random(resource.name)
    check = resource.form(intake_in_force("ms"))
    for bad in (0.0, 0.05, 0.5, 1.0):
        bodies = [GOOD[resource.name]() for _ in range(200)]
        same(check, [spoilt(dice, body) if dice.random() < bad else body for body in bodies])
    same(check, [GOOD[resource.name]()] * 3)
