"""Preschool classes at some schools: children of four who are in no test and in no other year of the sample."""

from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np

from deploy.sample import names
from deploy.sample.bodies import descriptor, field_of, rows_of, school_ids, school_of, student_of, year_of
from deploy.sample.dice import Dice, Flags, Ints
from deploy.sample.plan import Plan
from deploy.sample.students import Population
from deploy.sample.terms import Term

GRADE_NAME = "Preschool/Prekindergarten"
_FIRST_ID = 7_000_001
_IDS_A_YEAR, _IDS_A_SCHOOL = 200_000, 20
_EPOCH = 2010  # no sample begins before
_SHARE = 0.4  # of the schools that have a kindergarten
_SMALLEST, _SIZES = 9, 8


def classes(plan: Plan, seed: int) -> Flags:
    """Which schools have a preschool class: at least one in the state."""
    begins = np.array([each.kind.low == 0 for each in plan.schools], dtype=np.bool_)
    chosen = begins & Dice(seed, "preschool").chance(len(begins), _SHARE)
    chosen[np.flatnonzero(begins)[:1]] = True
    return chosen


def children(plan: Plan, at: Flags, district: int, term: Term, seed: int) -> tuple[Population, Ints]:
    """The children of a district's classes in a year, each with the school."""
    dice = Dice(seed, "preschool", term.year, district)
    mine = np.array([each.district == district for each in plan.schools], dtype=np.bool_)
    places = np.flatnonzero(at & mine).astype(np.int64)
    sizes = _SMALLEST + dice.below(len(places), _SIZES)
    school = np.repeat(places, sizes)
    count = len(school)
    number = np.arange(count, dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    youngest = date(term.year - 5, 9, 1).toordinal()
    drawn: dict[str, Any] = {
        "student_id": _FIRST_ID + (term.year - _EPOCH) * _IDS_A_YEAR + school * _IDS_A_SCHOOL + number,
        "girl": dice.chance(count, 0.49),
        "born": youngest - dice.below(count, 365),
        "first_name": dice.below(count, len(names.FIRST_NAMES_GIRL)),
        "family_name": dice.below(count, len(names.FAMILY_NAMES)),
        "race": dice.chance(count, plan.districts[district].black).astype(np.int64),
        "poor": dice.chance(count, plan.districts[district].poverty),
    }
    flags = ("newcomer", "hispanic", "alternate", "learner", "migrant", "homeless", "foster", "military")
    nothing: dict[str, Any] = {name: np.zeros(count, dtype=np.bool_) for name in flags}
    others: dict[str, Any] = {c.name: np.zeros(count, dtype=np.int64) for c in fields(Population)}
    return Population(**{**others, **nothing, **drawn}), school


def enrollments(now: Population, school: Ints, plan: Plan, term: Term, *, last: bool) -> list[str]:
    """Their enrolments, all for the whole year."""
    grade = f'"entryGradeLevelDescriptor":"{descriptor("GradeLevel", GRADE_NAME)}"'
    end = f',"exitWithdrawDate":"{term.last_day}",{field_of("ExitWithdrawType", "End of school year")}'
    return [
        f'{{"entryDate":"{term.first_day}",{school_of(school_id)},{student_of(student_id)},{grade},'
        f"{year_of(term.year)}{'' if last else end}}}"
        for student_id, school_id in rows_of(now.student_id, school_ids(plan)[school])
    ]
