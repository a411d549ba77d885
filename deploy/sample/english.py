"""The yearly test of English learners: scores that mostly rise, and who leaves the program with one."""

from dataclasses import dataclass, fields

import numpy as np

from deploy.sample.bodies import (
    GRADE,
    INTEGER,
    METHOD,
    assessment_key,
    compact,
    descriptor,
    extension,
    rows_of,
    school_ids,
    taken,
)  # fmt: skip
from deploy.sample.dice import Dice, Flags, Ints
from deploy.sample.plan import Plan
from deploy.sample.students import Population
from deploy.sample.terms import Term

EXIT_SCORE = 530
_NOT_TESTED = -1
_ABOVE_EXIT = 26  # scores from the exit score on
_LEAVES_PROGRAM = 0.14  # of those who are gone a year later; of the others the year after tells
_LONGEST = 14
_SITTING = 1


@dataclass(frozen=True)
class Learners:
    """One place in each column an English learner due for the test; ordered by school."""

    student: Ints  # place in the population
    school: Ints
    score: Ints  # or -1
    exits: Flags
    years: Ints  # in the program, this one among them

    def only(self, chosen: slice) -> "Learners":
        """The chosen ones."""
        return Learners(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})


def examined(now: Population, later: Population, tested_at: Ints, year: int, seed: int) -> Learners:
    """The year's tests; the scores are noted in both populations."""
    dice = Dice(seed, "english", year)
    who = np.flatnonzero(now.learner & (tested_at >= 0))
    who = who[np.argsort(tested_at[who], kind="stable")]
    count = len(who)
    stays = np.isin(now.student_id, later.student_id)
    remains = np.zeros(len(now), dtype=np.bool_)
    remains[stays] = later.learner[: int(stays.sum())]  # who stays comes first, in the same order
    exits = np.where(stays[who], ~remains[who], dice.chance(count, _LEAVES_PROGRAM))
    gain = np.floor(24 + 20 * dice.bell(count) + 0.5).astype(np.int64)
    beyond = exits | dice.chance(
        count, 0.03
    )  # some reach the score and stay: the exit asks for reading and writing too
    score = np.where(
        beyond, EXIT_SCORE + dice.below(count, _ABOVE_EXIT), np.minimum(now.english[who] + gain, EXIT_SCORE - 1)
    )
    away = dice.chance(count, 0.02) & ~exits
    now.english[who] = np.where(away, now.english[who], score)
    later.english[: int(stays.sum())] = now.english[stays]
    years = np.minimum(year - now.learner_since[who] + 1, _LONGEST)
    return Learners(who, tested_at[who], np.where(away, _NOT_TESTED, score), exits, years)


def assessment(term: Term) -> str:
    """The test as it was given in a school year."""
    return compact(
        {
            **assessment_key("ELPT", term.year),
            "assessmentTitle": f"English Language Proficiency Test, {term.label}",
            "assessmentFamily": "ELPT",
            "assessmentCategoryDescriptor": descriptor("AssessmentCategory", "State English proficiency test"),
            "academicSubjects": [{"academicSubjectDescriptor": descriptor("AcademicSubject", "English")}],
            "_ext": {"schoolmark": {"test": "English language proficiency", "schoolYear": term.year}},
        }
    )


def results(rows: Learners, now: Population, plan: Plan, term: Term) -> list[str]:
    """The results; of a test not taken, the reason."""
    head, between = taken("ELPT", term.year, term.test_day(_SITTING))
    scored = f'"scoreResults":[{{{METHOD},{INTEGER},"result":"'
    missed = f'"reasonNotTestedDescriptor":"{descriptor("ReasonNotTested", "Absent")}"'
    said = ("false", "true")
    return [
        f"{head(student_id)}{between}{school_id}"
        f'}},"whenAssessedGradeLevelDescriptor":"{GRADE[grade]}",'
        + (missed if score < 0 else f'{scored}{score}"}}]')
        + ","
        + extension(
            f'"englishLearner":{{"exitBenchmarkMet":{said[exits]},"exitScore":{EXIT_SCORE},"yearsInProgram":{years}}}'
        )
        + "}"
        for student_id, school_id, grade, score, exits, years in rows_of(
            now.student_id[rows.student], school_ids(plan)[rows.school], now.grade[rows.student], rows.score,
            rows.exits, rows.years,
        )
    ]  # fmt: skip
