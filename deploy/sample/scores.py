"""Which tests a student sits and how well: ability lasts, a school adds to it, the day does the rest."""

from dataclasses import dataclass

import numpy as np

from deploy.sample.assessments import ALTERNATE_STEP, ELA, HISTORY, MATH, SCIENCE, TESTS, place_of
from deploy.sample.dice import Dice, Flags, Ints, Reals
from deploy.sample.plan import Plan
from deploy.sample.students import ALGEBRA_I, BIOLOGY_I, COURSE_GRADES, ENGLISH_II, US_HISTORY, Population

NOT_TESTED = -1
REASONS = 4  # see `lines.REASONS`
_MISSES_ALL = 0.006  # away for the whole test window
_EARLY_ALGEBRA = 1.25  # ability from which grade 8 may sit Algebra I in place of its own test
_NOISE = 0.34
_NEVER = 99999


@dataclass(frozen=True)
class Results:
    """One place in each column a student and test; ordered by school, student and test."""

    student: Ints
    test: Ints
    school: Ints
    score: Ints
    level: Ints  # NOT_TESTED where the student did not sit the test
    reason: Ints

    def only(self, chosen: slice) -> "Results":
        """The chosen results."""
        columns = (self.student, self.test, self.school, self.score, self.level, self.reason)
        return Results(*(column[chosen] for column in columns))


def tested(plan: Plan, now: Population, tested_at: Ints, year: int, seed: int) -> Results:
    """The year's results; end-of-course tests that were taken are marked in `now`, and pupils gain in ability."""
    dice = Dice(seed, "tests", year)
    student, test = _sittings(dice, now, tested_at)
    school = tested_at[student]
    standing = _standing(dice, plan, now, student, test, school)
    score, level = _scored(test, standing)
    misses = np.array([each.misses_tests for each in plan.schools])
    away = dice.chance(len(now), _MISSES_ALL)[student] | dice.chance(len(student), misses[school])
    reason = dice.pick(len(student), np.array([55, 20, 15, 10], dtype=np.int64))
    level = np.where(away, NOT_TESTED, level)
    courses = np.array([each.course for each in TESTS], dtype=np.int64)[test]
    np.bitwise_or.at(now.done, student[~away], courses[~away])
    at = np.where(tested_at >= 0, tested_at, 0)
    now.ability = now.ability + np.where(tested_at >= 0, np.array([s.yearly_gain for s in plan.schools])[at], 0.0)
    return Results(student, test, school, score, level, reason)


def _sittings(dice: Dice, now: Population, tested_at: Ints) -> tuple[Ints, Ints]:
    """Every student with every test due in this grade."""
    here = tested_at >= 0
    early = here & (now.grade == 8) & (now.ability > _EARLY_ALGEBRA) & ~now.alternate & dice.chance(len(now), 0.5)
    early &= (now.done & ALGEBRA_I) == 0
    due: list[tuple[Flags, int]] = []
    for grade in range(3, 9):
        in_grade = here & (now.grade == grade)
        due.append((in_grade, place_of(ELA, grade)))
        due.append((in_grade & ~early, place_of(MATH, grade)))
        if grade in (5, 8):
            due.append((in_grade, place_of(SCIENCE, grade)))
    due.append((early, place_of(MATH, course=ALGEBRA_I)))
    for course, subject in ((ENGLISH_II, ELA), (ALGEBRA_I, MATH), (BIOLOGY_I, SCIENCE), (US_HISTORY, HISTORY)):
        open_ = here & (now.grade >= COURSE_GRADES[course]) & ((now.done & course) == 0)
        # there is no alternate test in history
        may = open_ & ~now.alternate if subject == HISTORY else open_
        due.append((may, place_of(subject, course=course)))
    places = [np.flatnonzero(who) for who, _ in due]
    student = np.concatenate(places).astype(np.int64)
    test = np.repeat(np.array([which for _, which in due], dtype=np.int64), [len(each) for each in places])
    order = np.lexsort((test, student, tested_at[student]))
    student, test = student[order], test[order]
    return student, test + np.where(now.alternate[student], ALTERNATE_STEP, 0)


def _standing(dice: Dice, plan: Plan, now: Population, student: Ints, test: Ints, school: Ints) -> Reals:
    """How far above or below the state's middle, in spreads."""
    year_of_school = 0.1 * dice.levelled_bell(len(plan.schools)) + np.array([each.effect for each in plan.schools])
    reading = np.array([1.0 if each.subject in (ELA, HISTORY) else 0.4 * (each.subject == SCIENCE) for each in TESTS])
    number = np.array([1.0 if each.subject == MATH else 0.4 * (each.subject == SCIENCE) for each in TESTS])
    bent = now.reading_bent[student] * reading[test] + now.number_bent[student] * number[test]
    # the alternate tests are made for those who sit them: the disability itself counts for nothing there
    own = now.ability[student] + np.where(now.alternate[student], 0.75, 0.0)
    noise = _NOISE * dice.bell(len(student))
    return np.asarray(own + bent + year_of_school[school] + noise, dtype=np.float64)


def _scored(test: Ints, standing: Reals) -> tuple[Ints, Ints]:
    scales = np.array([(each.floors[0], each.top, each.middle, each.spread) for each in TESTS], dtype=np.float64)
    low, top, middle, spread = scales[test].T
    score = np.clip(np.floor(middle + spread * standing + 0.5), low, top).astype(np.int64)
    floors = np.array([[*each.floors, *[_NEVER] * (5 - len(each.floors))] for each in TESTS], dtype=np.int64)
    return score, (score[:, None] >= floors[test]).sum(axis=1).astype(np.int64) - 1
