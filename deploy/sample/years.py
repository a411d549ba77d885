"""One school year after another: who is there, what they do in it, and who comes back after the summer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deploy.sample.absences import Absences, absent
from deploy.sample.dice import Ints
from deploy.sample.english import Learners, examined
from deploy.sample.enrollments import SchoolYear, enrolled
from deploy.sample.plan import Plan
from deploy.sample.scores import Results, tested
from deploy.sample.seniors import Seniors, finished, with_their_exits
from deploy.sample.students import FIRST_STUDENT_ID, Population, founded, next_year
from deploy.sample.terms import Term


@dataclass(frozen=True)
class Year:
    """One school year of the sample; `later` are the students of the year after."""

    term: Term
    last: bool
    people: Population
    later: Population
    enrolled: SchoolYear
    absences: Absences
    results: Results
    learners: Learners
    seniors: Seniors


def rows_of_district(plan: Plan, district: int, school: Ints) -> slice:
    """The rows of a district among rows ordered by school."""
    mine = [at for at, each in enumerate(plan.schools) if each.district == district]
    start, end = school.searchsorted((mine[0], mine[-1] + 1))
    return slice(int(start), int(end))


def passing(plan: Plan, calendar: list[Term], seed: int, late: list[int]) -> Iterator[Year]:
    """Every year of the calendar; the districts `late` have many newcomers in the last."""
    people = founded(plan, calendar[0].year, seed)
    next_id = FIRST_STUDENT_ID + len(people)
    for term in calendar:
        first, last = term is calendar[0], term is calendar[-1]
        here = enrolled(plan, people, term, seed, first=first, last=last)
        away = absent(here.enrollments, people, len(term.days), term.year, len(plan.schools), seed)
        results = tested(plan, people, here.tested_at, term.year, seed)
        many_new = late if len(calendar) > 1 and term is calendar[-2] else []
        later = next_year(plan, people, term.year + 1, seed, many_new, next_id)
        learners = examined(people, later, here.tested_at, term.year, seed)
        seniors = finished(plan, people, later, here.enrollments, term, seed)
        told = replace(here, enrollments=with_their_exits(here.enrollments, seniors))
        yield Year(term, last, people, later, told, away, results, learners, seniors)
        people, next_id = later, next_id + int(later.newcomer.sum())
