"""Who is enrolled where and from when to when in a school year, with the moves in the middle of it."""

from dataclasses import dataclass

import numpy as np

from deploy.sample.dice import Dice, Flags, Ints
from deploy.sample.plan import Plan
from deploy.sample.strip import PLACES
from deploy.sample.students import Population, some_district
from deploy.sample.terms import Term

# how an enrolment ended, see `lines.EXITS`
OPEN, END_OF_YEAR, TRANSFERRED, LEFT_STATE, GRADUATED, COMPLETED, DROPPED_OUT = range(7)
_MOVES_AWAY = 0.022  # to another district, during the year
_MOVES_NEAR = 0.025  # to another school of the district, during the year
_LEAVES_STATE = 0.014
_COMES_LATE = 0.3  # of newcomers
_COMES_LATE_FIRST = 0.012  # in the first year everybody is new
_FIRST_MOVE, _LAST_MOVE = 12, 12  # days after the first day, before the last day


@dataclass(frozen=True)
class Enrollments:
    """One place in each column an enrolment; ordered by school, student and entry."""

    student: Ints  # place in the population
    school: Ints
    entry: Ints  # place among the days of the term
    exit: Ints  # last day enrolled, likewise
    ended: Ints

    def only(self, chosen: Ints | slice) -> "Enrollments":
        """The chosen enrolments, in the order given."""
        columns = (self.student, self.school, self.entry, self.exit, self.ended)
        return Enrollments(*(column[chosen] for column in columns))


@dataclass(frozen=True)
class SchoolYear:
    """The enrolments of a year, and the school where each student is when tests are taken, or -1."""

    enrollments: Enrollments
    tested_at: Ints


def enrolled(plan: Plan, now: Population, term: Term, seed: int, *, first: bool, last: bool) -> SchoolYear:
    """The year's enrolments; those who move live elsewhere in `now` afterwards."""
    dice = Dice(seed, "year", term.year)
    count, final = len(now), len(term.days) - 1
    late_share = _COMES_LATE_FIRST if first else _COMES_LATE
    late = dice.chance(count, np.where(now.newcomer & (first | (now.grade > 0)), late_share, 0.0))
    day = _outside_testing(term, _FIRST_MOVE + dice.below(count, final - _FIRST_MOVE - _LAST_MOVE))
    leaves = dice.chance(count, _LEAVES_STATE) & ~late
    start_school = plan.school_of(now.district, now.grade, now.place)
    _move(dice, plan, now, ~late & ~leaves)
    end_school = plan.school_of(now.district, now.grade, now.place)
    moves = end_school != start_school
    everyone = np.arange(count, dtype=np.int64)
    goes = moves | leaves
    stays_to_end = OPEN if last else END_OF_YEAR
    rows = _ordered(
        Enrollments(
            student=np.concatenate([everyone, everyone[moves]]),
            school=np.concatenate([start_school, end_school[moves]]),
            entry=np.concatenate([np.where(late, day, 0), day[moves] + 1]),
            exit=np.concatenate([np.where(goes, day, final), np.full(moves.sum(), final)]),
            ended=np.concatenate(
                [
                    np.where(moves, TRANSFERRED, np.where(leaves, LEFT_STATE, stays_to_end)),
                    np.full(moves.sum(), stays_to_end),
                ]
            ),
        )
    )
    before_tests = day < term.testing[0]
    tested_at = np.where(moves & ~before_tests, start_school, end_school)
    away = (leaves & before_tests) | (late & ~before_tests)
    return SchoolYear(rows, np.where(away, -1, tested_at))


def _outside_testing(term: Term, day: Ints) -> Ints:
    """Nobody moves while tests are taken: such a move happens some weeks before."""
    opens, closes = term.testing
    return np.where((day >= opens - 1) & (day < closes), day - (closes - opens) - 2, day)


def _move(dice: Dice, plan: Plan, now: Population, may: Flags) -> None:
    count = len(now)
    away = may & dice.chance(count, np.where(now.poor, _MOVES_AWAY * 1.2, _MOVES_AWAY * 0.7))
    near = may & dice.chance(count, _MOVES_NEAR)
    now.district = np.where(away, some_district(dice, plan, count), now.district)
    now.place = np.where(away | near, dice.below(count, PLACES), now.place)


def _ordered(rows: Enrollments) -> Enrollments:
    return rows.only(np.lexsort((rows.entry, rows.student, rows.school)))
