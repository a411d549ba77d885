"""The graduation cohort of a class, as the state verifies it: seniors, who fell behind, who was taken out and why."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from deploy.sample.bodies import descriptor, rows_of, school_ids, school_of, student_of
from deploy.sample.dice import Dice, Flags, Ints, Reals
from deploy.sample.enrollments import LEFT_STATE
from deploy.sample.plan import Plan
from deploy.sample.seniors import DIPLOMAS, DROPOUT, EXCLUDED, GRADUATE, NO_DIPLOMA, STATUSES, STILL_ENROLLED
from deploy.sample.terms import Term
from deploy.sample.years import Year

_REASONS = ("out_of_state", "private_school", "home_school", "emigrated", "deceased")
_PROOFS = ("records_request", "enrollment_confirmed", "enrollment_confirmed", "other", "death_record")
_NONE = -1
_ELEVENTH = 11
_BEHIND, _BEHIND_AND_GONE = 0.05, 0.45  # share of eleventh grade whose four years end with this class
_AFTER_A_BREAK = 0.05


@dataclass(frozen=True)
class Members:
    """One place in each column a student of the cohort; ordered by school."""

    student_id: Ints
    school: Ints  # place in the plan; _NONE where the longest enrolment is to be looked up
    status: Ints  # see `seniors.STATUSES`
    diploma: Ints
    reason: Ints  # place in the reasons of a removal, or _NONE
    proved: Flags
    transferred_in: Flags
    ability: Reals


def graduating(plan: Plan, year: Year, listed: Ints, seed: int) -> Members:
    """The class of a school year, without the students whom an earlier class listed."""
    dice = Dice(seed, "cohort", year.term.year)
    now, seniors = year.people, year.seniors
    rows = year.enrolled.enrollments
    count = len(now)
    gone = ~np.isin(now.student_id, year.later.student_id)
    left = np.zeros(count, dtype=np.bool_)
    left[rows.student[rows.ended == LEFT_STATE]] = True
    behind = (now.grade == _ELEVENTH) & dice.chance(count, np.where(gone, _BEHIND_AND_GONE, _BEHIND))
    lost = np.where(dice.chance(count, 0.55), DROPOUT, EXCLUDED)
    status = np.where(gone, np.where(left, EXCLUDED, lost), STILL_ENROLLED)
    status[seniors.student] = seniors.status
    diploma = np.full(count, NO_DIPLOMA, dtype=np.int64)
    diploma[seniors.student] = seniors.diploma
    reason = np.where(left, 0, dice.pick(count, np.array([24, 26, 26, 14, 10], dtype=np.int64)))
    school = plan.school_of(now.district, now.grade, now.place)
    moved = np.bincount(rows.student, minlength=count) > 1
    proved, came = dice.chance(count, 0.88), dice.chance(count, _AFTER_A_BREAK)
    behind[seniors.student] = True
    who = np.flatnonzero(behind & ~np.isin(now.student_id, listed))
    who = who[np.argsort(school[who], kind="stable")]
    return Members(
        student_id=now.student_id[who],
        school=np.where(moved, _NONE, school)[who],
        status=status[who],
        diploma=diploma[who],
        reason=np.where(status == EXCLUDED, reason, _NONE)[who],
        proved=proved[who],
        transferred_in=came[who],
        ability=now.ability[who],
    )


def lines(each: Members, plan: Plan, term: Term) -> list[str]:
    """The state's list of the class that ended with the term."""
    day = (term.last_day + timedelta(days=1)).isoformat()
    ids = school_ids(plan)
    entered = ("first_time", "transfer_in")
    return [
        f'{{{student_of(student_id)},"cohortYear":{term.year},"status":"{STATUSES[status]}"'
        + (f',"diplomaTypeDescriptor":"{descriptor("DiplomaType", DIPLOMAS[diploma])}"' if diploma >= 0 else "")
        + (f",{school_of(ids[school])}" if school >= 0 else "")
        + f',"enteredAs":"{entered[came]}"'
        + (f',"exitDate":"{day}"' if status in (DROPOUT, EXCLUDED) else "")
        + (f',"exitReason":"{_REASONS[reason]}"' if reason >= 0 else "")
        + (f',"exitEvidence":"{_PROOFS[reason]}"' if reason >= 0 and proved else "")
        + "}"
        for student_id, school, status, diploma, reason, proved, came in rows_of(
            each.student_id, each.school, each.status, each.diploma, each.reason, each.proved, each.transferred_in
        )
    ]


def graduates(each: Members) -> tuple[Ints, Reals]:
    """Ids of those who graduated, and their ability."""
    done = each.status == GRADUATE
    return each.student_id[done], each.ability[done]
