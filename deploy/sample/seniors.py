"""How twelfth grade ends: who graduates and with which diploma, who completes, drops out, stays on or left."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta

import numpy as np

from deploy.sample.bodies import (
    compact,
    descriptor,
    organisation_of,
    rows_of,
    student_of,
    year_of,
)  # fmt: skip
from deploy.sample.dice import Dice, Flags, Ints, Reals
from deploy.sample.enrollments import COMPLETED, DROPPED_OUT, END_OF_YEAR, GRADUATED, LEFT_STATE, Enrollments
from deploy.sample.plan import Plan
from deploy.sample.students import Population
from deploy.sample.terms import Term

GRADUATE, COMPLETER, DROPOUT, STILL_ENROLLED, EXCLUDED = range(5)
STATUSES = ("graduate", "completer", "dropout", "still_enrolled", "excluded")
NO_DIPLOMA = -1
DIPLOMAS = (
    "Regular diploma", "State Defined Alternate Diploma", "General Educational Development (GED) credential",
    "Certificate of completion",
)  # fmt: skip
_EXIT_OF = np.array([GRADUATED, COMPLETED, DROPPED_OUT, END_OF_YEAR, LEFT_STATE], dtype=np.int64)
_TWELFTH = 12
_LOW = 0.64  # of seniors, where few graduate: at most two thirds of the class then do
_FEW_OF = 20  # one high school in so many has few graduates
_CAREER = 0.4  # share of seniors in a career and technical pathway


@dataclass(frozen=True)
class Seniors:
    """One place in each column a student of twelfth grade; ordered by school."""

    student: Ints  # place in the population
    school: Ints  # where the year ended
    status: Ints
    diploma: Ints  # see `DIPLOMAS`, or NO_DIPLOMA
    career: Flags  # in a career and technical pathway
    completer: Flags  # completed it
    certified: Flags  # earned an industry certification

    def only(self, chosen: slice) -> "Seniors":
        """The chosen ones."""
        return Seniors(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})


def finished(plan: Plan, now: Population, later: Population, rows: Enrollments, term: Term, seed: int) -> Seniors:
    """The year's seniors; who is enrolled a year later stayed on."""
    dice = Dice(seed, "seniors", term.year)
    who = np.flatnonzero(now.grade == _TWELFTH)
    school = plan.school_of(now.district[who], now.grade[who], now.place[who])
    order = np.argsort(school, kind="stable")
    who, school = who[order], school[order]
    count = len(who)
    left = np.zeros(len(now), dtype=np.bool_)
    left[rows.student[rows.ended == LEFT_STATE]] = True
    hope = np.clip(_rates(plan, seed)[school] + 0.05 * now.ability[who], 0.05, 0.995)
    ends = np.where(dice.chance(count, hope), GRADUATE, np.where(dice.chance(count, 0.4), COMPLETER, DROPOUT))
    stays = np.isin(now.student_id[who], later.student_id)
    status = np.where(stays, STILL_ENROLLED, np.where(left[who], EXCLUDED, ends))
    other = 2 + dice.below(count, 2)
    diploma = np.select([status == GRADUATE, status == COMPLETER], [now.alternate[who] * 1, other], NO_DIPLOMA)
    career = dice.chance(count, _CAREER) & ~now.alternate[who]
    ready = (status == GRADUATE) & career
    return Seniors(
        who, school, status, diploma, career, ready & dice.chance(count, 0.7), ready & dice.chance(count, 0.25)
    )


def _rates(plan: Plan, seed: int) -> Reals:
    """The share of seniors who graduate at each school; in the poorest high schools of the state it is low."""
    bell = Dice(seed, "graduation").levelled_bell(len(plan.schools))
    poverty = np.array([each.poverty for each in plan.schools])
    rates = np.clip(0.96 - 0.16 * (poverty - 0.5) + 0.03 * bell, 0.8, 0.99)
    high = [at for at, each in enumerate(plan.schools) if each.kind.teaches(_TWELFTH)]
    if len(high) > 1:
        high.sort(key=lambda at: (-plan.schools[at].poverty, plan.schools[at].school_id))
        rates[high[: -(-len(high) // _FEW_OF)]] = _LOW
    return np.asarray(rates, dtype=np.float64)


def with_their_exits(rows: Enrollments, seniors: Seniors) -> Enrollments:
    """The enrolments, those of seniors with the end that twelfth grade came to."""
    most = int(rows.student.max(initial=0)) + 1
    ends = np.full(most, END_OF_YEAR, dtype=np.int64)
    ends[seniors.student] = _EXIT_OF[seniors.status]
    return replace(rows, ended=np.where(rows.ended == END_OF_YEAR, ends[rows.student], rows.ended))


def records(rows: Seniors, now: Population, district_id: int, term: Term) -> list[str]:
    """What a district awarded its seniors: diplomas, and certifications beside them."""
    day = (term.last_day + timedelta(days=1)).isoformat()
    tail = f'{year_of(term.year)},"termDescriptor":"{descriptor("Term", "Year Round")}","diplomas":'
    place = organisation_of(district_id)

    def award(kind: str, *, completer: bool = False) -> dict[str, object]:
        given = {"diplomaTypeDescriptor": descriptor("DiplomaType", kind), "diplomaAwardDate": day}
        return given | ({"cteCompleter": True} if completer else {})

    awards = {
        (diploma, completer, certified): compact(
            [
                award(DIPLOMAS[diploma], completer=completer),
                *([award("Industry-recognized Certification")] if certified else []),
            ]
        )
        for diploma in range(len(DIPLOMAS))
        for completer in (False, True)
        for certified in (False, True)
    }
    return [
        f"{{{student_of(student_id)},{place},{tail}{awards[diploma, completer, certified]}}}"
        for student_id, diploma, completer, certified in rows_of(
            now.student_id[rows.student], rows.diploma, rows.completer, rows.certified
        )
        if diploma >= 0
    ]
