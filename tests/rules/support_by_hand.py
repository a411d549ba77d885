"""Schools, subgroups and laws as the cases of designation tell them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from services.designation.policy import Law, law_of
from services.designation.rules.averages import Average
from services.designation.rules.cases import Case, Group
from services.designation.rules.catalog import ADDITIONAL, LONG_ADDITIONAL, TARGETED_GROUPS
from services.designation.rules.edition import Earned, SchoolYear
from services.designation.rules.improvement import Graded
from services.designation.rules.verdicts import Verdict
from shared.policy import reader

YEARS = ("2024-25", "2023-24", "2022-23")
GROUP = "english_learners"
CUTS = {"D": Fraction(269), "C": Fraction(328), "B": Fraction(377), "A": Fraction(442)}
HUNDRED = 100
RULES = {"additional": ADDITIONAL, "long": LONG_ADDITIONAL, "targeted": TARGETED_GROUPS}


def law() -> Law:
    """The law of the state whose chapter holds every rule."""
    return law_of(reader.chapters("ms", "2024-25"))


def number(told: str) -> Fraction | None:
    return None if told == "none" else Fraction(told)


def shares(told: Sequence[str], years: Sequence[str] = YEARS) -> dict[str, Fraction]:
    """Percents, newest year first, as shares by year; "-" is a year without one."""
    return {year: Fraction(text) / HUNDRED for year, text in zip(years, told, strict=False) if text != "-"}


def school(case: Mapping[str, Any], subgroups: Mapping[str, Earned] | None = None) -> SchoolYear:
    status = "NOT_RATED_INSUFFICIENT_DATA" if case.get("rated") == "no" else "GRADED"
    who = ("S", "School", "D", "District", None, case.get("title_i") != "no")
    return SchoolYear(*who, status, "D", "300", "300", "700", "elementary_middle", subgroups or {})


def school_case(
    case: Mapping[str, Any], standing: Mapping[str, str], subgroups: Mapping[str, Earned] | None = None
) -> Case:
    """`average`, `baseline` and `now` as told; the baseline is of the year `since`."""
    year, share = case.get("year", YEARS[0]), number(case.get("average", "none"))
    counted = {} if share is None else {year: share}
    told = {case.get("since"): case.get("baseline"), year: case.get("now")}
    grades = {of: Graded.of(*grade, "700", CUTS) for of, grade in told.items() if of and grade}
    one = school(case, subgroups)
    average = None if share is None else Average(share, counted)
    return Case(one, year, standing, {year: one}, Fraction(3, 7), counted, average, grades)


def group(index: str = "2/5", average: str = "none", reading: Sequence[str] = (), math: Sequence[str] = ()) -> Group:
    share = number(average)
    counted = {} if share is None else {YEARS[0]: share}
    found = None if share is None else Average(share, counted)
    return Group(GROUP, number(index), counted, found, {"reading": shares(reading), "math": shares(math)})


def is_told(verdict: Verdict, case: Mapping[str, Any]) -> bool:
    """Whether the verdict is the case's; raises where it is not."""
    assert (verdict.decision, verdict.finding) == (case["decision"], case["finding"])
    assert verdict.since == case.get("stands_since")
    return True


def in_population(part: Any, case: Mapping[str, Any]) -> Any:
    """A rule's law with the population of the case, if it names one."""
    return replace(part, population=case["population"]) if "population" in case else part
