"""Decides whether a result can be one of the test that it names, once that test is known.

Source: essa-report-card ASSESS-2. A score lies in the range of the test's levels; a test of a grade is sat in a grade
that has one of its subject, while a course's test may be sat in any; and no result is older than its program.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.ingest.rules.bodies import Fields
from services.ingest.rules.descriptors import Program
from services.ingest.rules.keeping import Reasons
from services.ingest.rules.meanings_tests import grade_test
from shared.vocabulary.grades import GRADES

RESULTS, TESTS = "studentAssessments", "assessments"
TEST_PLACE = 1  # of the records that a result needs, which one is its test


@dataclass(frozen=True)
class Form:
    """What a result of a test must keep to; None where it is free."""

    lowest: int | None
    highest: int | None
    grades: frozenset[str] | None
    since: str | None

    def holds(self, result: Fields) -> bool:
        """Whether a result can be one of this test."""
        score, grade = result["scale_score"], result["grade"]
        return (
            (score is None or self.has(score))
            and (grade is None or self.grades is None or grade in self.grades)
            and (self.since is None or result["school_year"] >= self.since)
        )

    def has(self, score: int) -> bool:
        """Whether a scale score lies in the range of the test's levels."""
        return (self.lowest is None or score >= self.lowest) and (self.highest is None or score <= self.highest)


def form_of(test: Fields, programs: Mapping[str, Program]) -> Form:
    """What the results of a test must keep to, by its canonical record and what its program gives."""
    lowest = [level["lowest"] for level in test["levels"]]
    highest = [level["highest"] for level in test["levels"]]
    program = programs.get(test["program"]) if test["subject"] is not None else None
    given = program.tests.get(test["subject"], frozenset()) if program else frozenset[str]()
    graded = {grade: grade_test(grade) for grade in GRADES}
    is_of_a_grade = program is not None and test["test"] in graded.values()
    return Form(
        lowest=None if None in lowest else min(lowest, default=None),
        highest=None if None in highest else max(highest, default=None),
        grades=frozenset(grade for grade, name in graded.items() if name in given) if is_of_a_grade else None,
        since=program.since if program else None,
    )


def misfit(result: Fields, form: Form) -> Reasons:
    """Why a result cannot be one of the test that it names. The student's own values are not repeated."""
    reasons: Reasons = {}
    if result["scale_score"] is not None and not form.has(result["scale_score"]):
        reasons["$.scoreResults"] = [f"scoreResults must hold a scale score of this test: {_range(form)}."]
    if form.grades is not None and result["grade"] is not None and result["grade"] not in form.grades:
        text = "whenAssessedGradeLevelDescriptor must be a grade that has a test of this subject in this program."
        reasons["$.whenAssessedGradeLevelDescriptor"] = [text]
    if form.since is not None and result["school_year"] < form.since:
        text = f"schoolYearTypeReference must not be before {form.since}, when the program began."
        reasons["$.schoolYearTypeReference"] = [text]
    return reasons


def misfits(results: Iterable[Fields], tests: Iterable[Form | None]) -> list[int]:
    """The places of results that cannot be of their tests; None where a test is not known."""
    pairs = enumerate(zip(results, tests, strict=True))
    return [place for place, (result, form) in pairs if form is not None and not form.holds(result)]


def _range(form: Form) -> str:
    if form.highest is None:
        return f"{form.lowest} or more"
    return f"at most {form.highest}" if form.lowest is None else f"{form.lowest} to {form.highest}"
