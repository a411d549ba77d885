"""On which days students were absent: mostly few, some very often."""

from dataclasses import dataclass

import numpy as np

from deploy.sample.dice import Dice, Flags, Ints
from deploy.sample.enrollments import Enrollments
from deploy.sample.students import Population

_LARGE_STATE = 200  # schools; beyond it files keep fewer absences
_MANY = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7], dtype=np.int64)  # each as likely
_FEW = np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3], dtype=np.int64)
_OFTEN_ABSENT = (0.06, 0.025)  # share of students, in a small and in a large state


@dataclass(frozen=True)
class Absences:
    """One place in each column an absence; in the order of the enrolments."""

    enrollment: Ints  # place in the enrolments
    day: Ints
    excused: Flags

    def of(self, first: int, after: int) -> "Absences":
        """The absences of the enrolments from `first` up to `after`, counted from the first of these."""
        start, end = np.searchsorted(self.enrollment, (first, after))
        return Absences(self.enrollment[start:end] - first, self.day[start:end], self.excused[start:end])


def absent(rows: Enrollments, now: Population, days: int, year: int, schools: int, seed: int) -> Absences:
    """The year's absences, each on another day of the enrolment."""
    dice = Dice(seed, "absences", year)
    count = len(rows.student)
    large = schools > _LARGE_STATE
    usual = (_FEW if large else _MANY)[dice.below(count, len(_MANY))]
    risk = _OFTEN_ABSENT[large] * np.where(now.poor[rows.student], 1.25, 0.5)
    times = np.where(dice.chance(count, risk), 17 + dice.below(count, 16), usual)
    length = rows.exit - rows.entry + 1
    times = np.minimum(times * length // days, length)
    enrollment = np.repeat(np.arange(count, dtype=np.int64), times)
    number = np.arange(len(enrollment), dtype=np.int64) - np.repeat(np.cumsum(times) - times, times)
    stride = (length // np.maximum(times, 1))[enrollment]  # one absence in each stretch of the enrolment
    day = rows.entry[enrollment] + number * stride + dice.below(len(enrollment), stride)
    return Absences(enrollment, day, dice.chance(len(enrollment), 0.45))
