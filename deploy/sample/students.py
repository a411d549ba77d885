"""Who the students are, and how they grow up, move, leave and come from one school year to the next."""

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from deploy.sample import names
from deploy.sample.dice import Dice, Flags, Ints, Reals
from deploy.sample.plan import Plan
from deploy.sample.strip import GRADES, PLACES

FIRST_STUDENT_ID = 900001
_SIZE_OF_GRADE = np.array([1.0] * 9 + [1.06, 0.98, 0.9, 0.85])  # against the district's cohort
_KEPT_BACK = np.array([0.03, 0.035, 0.015, 0.04, *[0.01] * 5, 0.06, 0.03, 0.02, 0.015])
_GIVES_UP = np.array([0.0] * 9 + [0.01, 0.02, 0.02, 0.0])
_LEAVES_STATE = 0.03
_MOVES_AWAY = 0.025  # to another district, in summer
_MOVES_NEAR = 0.03  # within the district, in summer
_SETTLING_IN = 1.1  # more newcomers where a district is to have many of them

# end-of-course tests, as bits of `done`
ENGLISH_II, ALGEBRA_I, BIOLOGY_I, US_HISTORY = 1, 2, 4, 8
COURSE_GRADES = {ENGLISH_II: 10, ALGEBRA_I: 9, BIOLOGY_I: 10, US_HISTORY: 11}


@dataclass
class Population:
    """All students enrolled in a school year, one place in each column a student."""

    student_id: Ints
    newcomer: Flags  # in their first year in the state
    district: Ints
    place: Ints  # where on the district's strip the family lives
    grade: Ints
    girl: Flags
    born: Ints  # proleptic day number
    first_name: Ints
    family_name: Ints
    race: Ints  # see `lines.RACES`
    hispanic: Flags
    poor: Flags
    disability: Ints  # 0 for none, see `lines.DISABILITIES`
    alternate: Flags  # takes the alternate tests
    learner: Flags  # of English
    migrant: Flags
    homeless: Flags
    foster: Flags
    military: Flags
    ability: Reals
    reading_bent: Reals
    number_bent: Reals
    done: Ints  # end-of-course tests already taken
    english: Ints  # an English learner's latest score
    learner_since: Ints  # the school year in which an English learner's program began

    def __len__(self) -> int:
        return len(self.student_id)

    def only(self, chosen: Flags | Ints) -> "Population":
        """The chosen students."""
        return Population(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})

    def joined(self, others: "Population") -> "Population":
        """These students, then the others."""
        return Population(
            **{c.name: np.concatenate([getattr(self, c.name), getattr(others, c.name)]) for c in fields(self)}
        )


def founded(plan: Plan, year: int, seed: int) -> Population:
    """The students of the first year."""
    wanted = _wanted(plan, Dice(seed, "founding"), many_new=[])
    return _arrivals(plan, seed, wanted, year, FIRST_STUDENT_ID)


def next_year(plan: Plan, before: Population, year: int, seed: int, many_new: list[int], next_id: int) -> Population:
    """The students a year later; the districts `many_new` are to have many newcomers."""
    dice = Dice(seed, "summer", year)
    stays = before.only(~_leaves(dice, before))
    _promote(dice, stays)
    _move(dice, plan, stays)
    _change(dice, stays)
    stays.newcomer[:] = False
    present = np.bincount(stays.district * GRADES + stays.grade, minlength=len(plan.districts) * GRADES)
    missing = np.maximum(_wanted(plan, dice, many_new) - present, 0)
    return stays.joined(_arrivals(plan, seed, missing, year, next_id))


def _leaves(dice: Dice, now: Population) -> Flags:
    count = len(now)
    graduates = (now.grade == 12) & ~dice.chance(count, float(_KEPT_BACK[12]))
    return np.asarray(graduates | dice.chance(count, _LEAVES_STATE) | dice.chance(count, _GIVES_UP[now.grade]))


def _promote(dice: Dice, now: Population) -> None:
    """One grade up; some repeat the grade, more of them where ability is low."""
    risk = _KEPT_BACK[now.grade] * np.where(now.ability < -0.4, 2.2, 0.4)
    now.grade += (~dice.chance(len(now), risk) & (now.grade < 12)).astype(np.int64)


def _move(dice: Dice, plan: Plan, now: Population) -> None:
    count = len(now)
    away = dice.chance(count, np.where(now.poor, _MOVES_AWAY * 1.3, _MOVES_AWAY * 0.6))
    near = dice.chance(count, _MOVES_NEAR)
    now.district = np.where(away, some_district(dice, plan, count), now.district)
    now.place = np.where(away | near, dice.below(count, PLACES), now.place)


def some_district(dice: Dice, plan: Plan, count: int) -> Ints:
    """Districts to move to, large ones more often."""
    return dice.pick(count, np.array([district.cohort for district in plan.districts], dtype=np.int64))


def _change(dice: Dice, now: Population) -> None:
    """What may be different a year later: homes, incomes, English, disabilities found, ability."""
    count = len(now)
    now.poor = now.poor ^ dice.chance(count, np.where(now.poor, 0.03, 0.05))
    now.homeless = dice.chance(count, np.where(now.poor, 0.025, 0.002))
    now.foster = now.foster & dice.chance(count, 0.7) | dice.chance(count, 0.002)
    now.learner = now.learner & dice.chance(count, 0.86)
    found = (now.disability == 0) & dice.chance(count, 0.01)
    now.disability = np.where(found, 1 + dice.below(count, 5), now.disability)
    now.ability = now.ability + 0.14 * dice.bell(count)


def _wanted(plan: Plan, dice: Dice, many_new: list[int]) -> Ints:
    """Students in each district and grade, flattened."""
    cohorts = np.array([district.cohort for district in plan.districts], dtype=np.float64)
    cohorts[many_new] *= _SETTLING_IN
    sizes = np.outer(cohorts, _SIZE_OF_GRADE).ravel()
    return np.floor(sizes * (0.97 + 0.06 * dice.share(len(sizes))) + 0.5).astype(np.int64)


def _arrivals(plan: Plan, seed: int, wanted: Ints, year: int, next_id: int) -> Population:
    dice, english = Dice(seed, "arrivals", year), Dice(seed, "english", "arrivals", year)
    count = int(wanted.sum())
    district, grade = np.divmod(np.repeat(np.arange(len(wanted), dtype=np.int64), wanted), GRADES)
    place = dice.below(count, PLACES)
    black, hispanic_share, military, poverty, gradient = (
        np.array([getattr(each, name) for each in plan.districts])[district]
        for name in ("black", "hispanic", "military", "poverty", "gradient")
    )
    hispanic = dice.chance(count, hispanic_share)
    race = _races(dice, black, hispanic)
    near = np.clip(poverty + gradient * (0.5 - place / PLACES), 0.08, 0.97)
    poor = dice.chance(count, np.clip(near + np.where((race == 1) | hispanic, 0.06, -0.08), 0.03, 0.98))
    disability = np.where(dice.chance(count, 0.15), 1 + dice.below(count, 5), 0)
    alternate = (disability > 0) & dice.chance(count, 0.075)
    learner = dice.chance(count, np.where(hispanic, 0.6, np.where(race == 2, 0.3, 0.004)) / (1 + 0.07 * grade))
    homeless = dice.chance(count, np.where(poor, 0.025, 0.002))
    old = dice.chance(count, 0.08).astype(np.int64)  # began late or repeated a grade before
    girl = dice.chance(count, 0.49)
    done = sum((np.where(grade > usual, bit, 0) for bit, usual in COURSE_GRADES.items()), np.zeros(count, np.int64))
    began = english.below(count, np.minimum(grade, 3) + 1)  # years ago
    return Population(
        student_id=np.arange(next_id, next_id + count, dtype=np.int64),
        newcomer=np.ones(count, dtype=np.bool_),
        district=district,
        place=place,
        grade=grade,
        girl=girl,
        born=_born(dice, year, grade + old),
        first_name=dice.below(count, len(names.FIRST_NAMES_GIRL)),
        family_name=dice.below(count, len(names.FAMILY_NAMES)),
        race=race,
        hispanic=hispanic,
        poor=poor,
        disability=disability,
        alternate=alternate,
        learner=learner,
        migrant=dice.chance(count, np.where(hispanic, 0.03, 0.001)),
        homeless=homeless,
        foster=dice.chance(count, 0.007),
        military=dice.chance(count, military),
        ability=_ability(dice, poor, disability > 0, learner),
        reading_bent=0.3 * dice.bell(count) + np.where(girl, 0.1, -0.1) - np.where(learner, 0.3, 0.0),
        number_bent=0.3 * dice.bell(count),
        done=done,
        english=(425 + 24 * began + np.floor(22 * english.bell(count) + 0.5)).astype(np.int64),
        learner_since=year - began,
    )


def _races(dice: Dice, black: Reals, hispanic: Flags) -> Ints:
    """0 White, 1 Black, 2 Asian, 3 American Indian, 4 Pacific Islander, 5 and more: two or more races."""
    count = len(black)
    main = np.where(dice.chance(count, black), 1, 0)
    main = np.where(hispanic, np.where(dice.chance(count, 0.1), 3, np.where(dice.chance(count, 0.08), 1, 0)), main)
    rare = dice.below(count, 1000)
    main = np.where(rare < 12, 2, np.where(rare < 16, 3, np.where(rare < 18, 4, main)))
    several = dice.chance(count, 0.035)
    return np.where(several, 5 + dice.below(count, 4), main).astype(np.int64)


def _ability(dice: Dice, poor: Flags, disabled: Flags, learner: Flags) -> Reals:
    drawn = 0.72 * dice.bell(len(poor))
    gaps = np.where(poor, -0.14, 0.34) - np.where(disabled, 0.75, -0.12) - np.where(learner, 0.35, 0.0)
    return np.asarray(drawn + gaps, dtype=np.float64)


def _born(dice: Dice, year: int, years_at_school: Ints) -> Ints:
    """Five on the first of September of the kindergarten year, and up to a year older."""
    youngest = np.array([date(year - 6 - gone, 9, 1).toordinal() for gone in range(GRADES + 2)], dtype=np.int64)
    return np.asarray(youngest[years_at_school] - dice.below(len(years_at_school), 365), dtype=np.int64)
