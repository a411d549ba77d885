"""What the directory says of a school beside what it teaches: how poor its pupils are, who they are, since when."""

from dataclasses import dataclass
from datetime import date

from deploy.sample.dice import Dice
from deploy.sample.plan import Plan

_FIRST_OPENED, _YEARS_OF_OPENING = 1951, 60


@dataclass(frozen=True)
class Profile:
    """One school's; `lunch_hundredths`: pupils with free or reduced lunch, in hundredths of a percent."""

    low_income: bool
    minority: bool
    lunch_hundredths: int
    opened_on: date


def profiles(plan: Plan, seed: int) -> list[Profile]:
    """Of every school: the poorer half is low-income, and the half in districts with most such families minority."""
    dice = Dice(seed, "profile")
    count = len(plan.schools)
    opened = dice.below(count, _YEARS_OF_OPENING).tolist()
    turns = dice.below(count, 400).tolist()
    lunch = [min(9950, int(each.poverty * 10_000) + turn) for each, turn in zip(plan.schools, turns, strict=True)]
    others = [plan.districts[each.district].black + plan.districts[each.district].hispanic for each in plan.schools]
    middle_lunch, middle_others = sorted(lunch)[count // 2], sorted(others)[count // 2]
    return [
        Profile(poor >= middle_lunch, other >= middle_others, poor, date(_FIRST_OPENED + year, 8, 1))
        for poor, other, year in zip(lunch, others, opened, strict=True)
    ]
