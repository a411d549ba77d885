"""The tests that look beyond school: college entrance in grades 11 and 12, work readiness in career pathways."""

from dataclasses import dataclass

import numpy as np

from deploy.sample.bodies import (
    GRADE,
    INTEGER,
    METHOD,
    NAMESPACE,
    assessment_key,
    compact,
    descriptor,
    field_of,
    rows_of,
    school_ids,
    taken,
)  # fmt: skip
from deploy.sample.dice import Dice, Ints, Reals
from deploy.sample.plan import Plan
from deploy.sample.seniors import Seniors
from deploy.sample.students import Population
from deploy.sample.terms import Term

CERTIFICATES = ("Bronze", "Silver", "Gold", "Platinum")
_NO_CERTIFICATE = -1
_FLOORS = np.array([-0.9, -0.2, 0.75, 1.5])  # standing from which each certificate is reached
_ACT, _WORKKEYS = "ACT", "WKEY"
_PARTS = ("English", "Math", "Reading")
_MIDDLES = (17.6, 18.4, 18.6)
_SITS, _AGAIN = 0.94, 0.3  # of grade 11, and once more in grade 12
_ACT_SITTING, _WORK_SITTING = 4, 5


@dataclass(frozen=True)
class Entrance:
    """One place in each column a student who sat the entrance test; ordered by school."""

    student: Ints
    school: Ints
    parts: Ints  # a row for each part

    def only(self, chosen: slice) -> "Entrance":
        """The chosen ones."""
        return Entrance(self.student[chosen], self.school[chosen], self.parts[:, chosen])


@dataclass(frozen=True)
class Work:
    """One place in each column a senior who sat the work readiness test; ordered by school."""

    student: Ints
    school: Ints
    certificate: Ints

    def only(self, chosen: slice) -> "Work":
        """The chosen ones."""
        return Work(self.student[chosen], self.school[chosen], self.certificate[chosen])


def entrance(now: Population, tested_at: Ints, year: int, seed: int) -> Entrance:
    """Who sat the entrance test in a year, and how well."""
    dice = Dice(seed, "entrance", year)
    share = np.select([now.grade == 11, now.grade == 12], [_SITS, _AGAIN], 0.0)
    who = np.flatnonzero(dice.chance(len(now), share) & ~now.alternate & (tested_at >= 0))
    who = who[np.argsort(tested_at[who], kind="stable")]
    bents = (now.reading_bent[who], now.number_bent[who], now.reading_bent[who])
    older = np.where(now.grade[who] == 12, 0.7, 0.0)
    parts = [
        _points(middle + older + 4.8 * (now.ability[who] + bent) + 1.4 * dice.bell(len(who)))
        for middle, bent in zip(_MIDDLES, bents, strict=True)
    ]
    return Entrance(who, tested_at[who], np.array(parts, dtype=np.int64).reshape(len(_PARTS), -1))


def _points(score: Reals) -> Ints:
    return np.clip(np.floor(score + 0.5), 1, 36).astype(np.int64)


def work(now: Population, seniors: Seniors, tested_at: Ints, year: int, seed: int) -> Work:
    """Who of the career pathways sat the work readiness test, and the certificate."""
    dice = Dice(seed, "work", year)
    chosen = seniors.career & (tested_at[seniors.student] >= 0)
    who = seniors.student[chosen]
    who = who[np.argsort(tested_at[who], kind="stable")]
    standing = now.ability[who] + 0.4 * dice.bell(len(who))
    certificate = (standing[:, None] >= _FLOORS).sum(axis=1).astype(np.int64) - 1
    return Work(who, tested_at[who], certificate)


def assessments(term: Term) -> list[str]:
    """Both tests as they were given in a school year."""
    return [
        compact(
            {
                **assessment_key(_ACT, term.year),
                "assessmentTitle": f"ACT, {term.label}",
                "assessmentFamily": "ACT",
                "assessmentCategoryDescriptor": descriptor("AssessmentCategory", "College entrance exam"),
                "academicSubjects": [{"academicSubjectDescriptor": descriptor("AcademicSubject", "Composite")}],
                "_ext": {"schoolmark": {"test": "ACT", "schoolYear": term.year}},
            }
        ),
        compact(
            {
                **assessment_key(_WORKKEYS, term.year),
                "assessmentTitle": f"ACT WorkKeys, {term.label}",
                "assessmentFamily": "WorkKeys",
                "academicSubjects": [{"academicSubjectDescriptor": descriptor("AcademicSubject", "Other")}],
                "performanceLevels": [
                    {
                        "assessmentReportingMethodDescriptor": descriptor("AssessmentReportingMethod", "Other"),
                        "performanceLevelDescriptor": descriptor("PerformanceLevel", name),
                    }
                    for name in CERTIFICATES
                ],
                "_ext": {"schoolmark": {"kind": "work_readiness", "test": "WorkKeys", "schoolYear": term.year}},
            }
        ),
    ]


def entrance_results(rows: Entrance, now: Population, plan: Plan, term: Term) -> list[str]:
    """The entrance test's results, with their parts."""
    head, between = taken(_ACT, term.year, term.test_day(_ACT_SITTING))
    scored = f'"scoreResults":[{{{METHOD},{INTEGER},"result":"'
    own = f'{{{field_of("AssessmentReportingMethod", "ACT score")},{INTEGER},"result":"'
    key = f'"assessmentIdentifier":"{_ACT}-{term.year}","namespace":"{NAMESPACE}"'
    starts = [
        f'{{"objectiveAssessmentReference":{{{key},"identificationCode":"{name}"}},"scoreResults":[{own}'
        for name in _PARTS
    ]
    return [
        f'{head(student_id)}{between}{school_id}}},"whenAssessedGradeLevelDescriptor":"{GRADE[grade]}",'
        f'{scored}{(english + math + 2 * reading + 2) // 4}"}}],"studentObjectiveAssessments":['
        f'{starts[0]}{english}"}}]}},{starts[1]}{math}"}}]}},{starts[2]}{reading}"}}]}}]}}'
        for student_id, school_id, grade, english, math, reading in rows_of(
            now.student_id[rows.student], school_ids(plan)[rows.school], now.grade[rows.student], *rows.parts
        )
    ]


def work_results(rows: Work, now: Population, plan: Plan, term: Term) -> list[str]:
    """The certificates; who reached none has a result without one."""
    head, between = taken(_WORKKEYS, term.year, term.test_day(_WORK_SITTING))
    method = field_of("AssessmentReportingMethod", "Other")
    levels = [f',"performanceLevels":[{{{method},{field_of("PerformanceLevel", name)}}}]' for name in CERTIFICATES] + [
        ""
    ]  # _NO_CERTIFICATE is the last
    return [
        f'{head(student_id)}{between}{school_id}}},"whenAssessedGradeLevelDescriptor":"{GRADE[12]}"'
        f"{levels[certificate]}}}"
        for student_id, school_id, certificate in rows_of(
            now.student_id[rows.student], school_ids(plan)[rows.school], rows.certificate
        )
    ]
