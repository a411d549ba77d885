"""Writes the whole sample: plans the state, lets the years pass and lays the files down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deploy.sample import lines
from deploy.sample.absences import Absences, absent
from deploy.sample.assessments import TESTS
from deploy.sample.dice import Ints
from deploy.sample.enrollments import SchoolYear, enrolled
from deploy.sample.faults import Spoiled, faults_of, spoiled
from deploy.sample.folder import Folder
from deploy.sample.manifest import Manifest
from deploy.sample.plan import Plan, planned
from deploy.sample.scores import NOT_TESTED, Results, tested
from deploy.sample.students import FIRST_STUDENT_ID, Population, founded, next_year
from deploy.sample.terms import Term, terms

MOST_YEARS = 9  # the tests of the sample were first given in the year before these
_TWO_OF_EACH = 10  # districts, from which on two are late and two are faulty
Progress = Callable[[str], None]


def write(
    folder: Path, districts: int, schools: int, years: int, seed: int, progress: Progress | None = None
) -> Manifest:
    """Write a sample state into the folder, which is new, empty or holds a sample of the same request."""
    if not 1 <= years <= MOST_YEARS:
        raise ValueError(f"{years} years: give from 1 to {MOST_YEARS}")
    plan = planned(districts, schools, seed)
    calendar = terms(years)
    late, faulty = _chosen(plan)
    made = Manifest(
        seed=seed,
        districts=districts,
        schools=schools,
        years=[term.label for term in calendar[1:]],
        extra_year=calendar[0].label,
        late_districts=sorted(plan.districts[at].district_id for at in late),
        faulty_districts=sorted(plan.districts[at].district_id for at in faulty),
    )
    writer = _Writer(Folder(folder, made), made, plan, late, faulty)
    writer.put_directory()
    for year in _years(plan, calendar, seed, late):
        writer.put_year(year)
        if progress:
            label = year.term.label
            progress(f"{label}: {made.students_by_year[label]} students, {made.results[label]} results")
    made.save(folder)
    return made


def _chosen(plan: Plan) -> tuple[list[int], list[int]]:
    """The late districts, of middling size, and the faulty ones, large but not the largest."""
    count = len(plan.districts)
    if count == 1:
        return [], [0]
    if count == 2:
        return [plan.with_rank(1)], [plan.with_rank(0)]
    late, faulty = max(2, count // 2), 1
    if count < _TWO_OF_EACH:
        return [plan.with_rank(late)], [plan.with_rank(faulty)]
    return [plan.with_rank(late), plan.with_rank(late + 1)], [plan.with_rank(faulty), plan.with_rank(faulty + 2)]


@dataclass(frozen=True)
class _Year:
    term: Term
    last: bool
    people: Population
    enrolled: SchoolYear
    absences: Absences
    results: Results


def _years(plan: Plan, calendar: list[Term], seed: int, late: list[int]) -> Iterator[_Year]:
    next_id = FIRST_STUDENT_ID
    people: Population | None = None
    for term in calendar:
        first, last = people is None, term is calendar[-1]
        if people is None:
            people = founded(plan, term.year, seed)
        else:
            people = next_year(plan, people, term.year, seed, late if last else [], next_id)
        next_id += int(people.newcomer.sum())
        here = enrolled(plan, people, term, seed, first=first, last=last)
        away = absent(here.enrollments, people, len(term.days), term.year, len(plan.schools), seed)
        results = tested(plan, people, here.tested_at, term.year, seed)
        yield _Year(term, last, people, here, away, results)


class _Writer:
    """Lays down the files and keeps the manifest true."""

    def __init__(self, folder: Folder, made: Manifest, plan: Plan, late: list[int], faulty: list[int]) -> None:
        self._folder = folder
        self._made = made
        self._plan = plan
        self._late = late
        self._faulty = faulty
        self._known: list[Ints] = []  # ids of students whom ordinary, good lines make known

    def put_directory(self) -> None:
        """The districts and the schools."""
        districts = self._plan.districts
        schools = [lines.school(each, districts[each.district].district_id) for each in self._plan.schools]
        self._folder.put("state/localEducationAgencies.ndjson", [[lines.district(each) for each in districts]])
        self._folder.put("state/schools.ndjson", [schools])

    def put_year(self, year: _Year) -> None:
        """What the state and the districts send about one year."""
        label, made = year.term.label, self._made
        self._folder.put(f"state/{label}/assessments.ndjson", [[lines.assessment(test, year.term) for test in TESTS]])
        self._folder.put(f"state/{label}/studentAssessments.ndjson", self._results(year))
        for at in range(len(self._plan.districts)):
            self._put_district(year, at)
        made.students += int(year.people.newcomer.sum())
        made.students_by_year[label] = len(year.people)
        made.enrollments[label] = len(year.enrolled.enrollments.student)
        made.results[label] = len(year.results.student)
        made.not_tested[label] = int((year.results.level == NOT_TESTED).sum())
        made.terms[label] = {
            "first_day": year.term.first_day.isoformat(),
            "last_day": year.term.last_day.isoformat(),
            "days": len(year.term.days),
        }
        if year.last:
            known = np.isin(year.people.student_id[year.results.student], np.concatenate(self._known))
            made.waiting_results = int((~known).sum())

    def _results(self, year: _Year) -> Iterator[list[str]]:
        for at in range(len(self._plan.districts)):
            mine = slice(*self._rows_of(at, year.results.school))
            yield lines.results(year.results.only(mine), year.people, self._plan, year.term)

    def _rows_of(self, district: int, school: Ints) -> tuple[int, int]:
        """The rows of a district among rows ordered by school."""
        mine = [at for at, each in enumerate(self._plan.schools) if each.district == district]
        start, end = np.searchsorted(school, (mine[0], mine[-1] + 1))
        return int(start), int(end)

    def _put_district(self, year: _Year, at: int) -> None:
        is_late = year.last and at in self._late
        district_id = self._plan.districts[at].district_id
        first, after = self._rows_of(at, year.enrolled.enrollments.school)
        rows = year.enrolled.enrollments.only(slice(first, after))
        people = year.people.only(np.unique(rows.student))
        absences = year.absences.of(first, after)
        place = f"{district_id}/{year.term.label}"
        files = {
            "students.ndjson": lines.students(people),
            "studentSchoolAssociations.ndjson": lines.enrollments(rows, year.people, self._plan, year.term),
            "studentEducationOrganizationAssociations.ndjson": lines.memberships(people, district_id, year.term.year),
            "studentSchoolAttendanceEvents.ndjson": lines.absences(absences, rows, year.people, self._plan, year.term),
        }
        unknown: list[int] = []
        for name, good in files.items():
            if year.last and at in self._faulty:
                unknown += self._put_faulty(place, name, good, at)
            else:
                self._folder.put(f"{'late' if is_late else 'districts'}/{place}/{name}", [good])
        if not is_late:
            self._known.append(people.student_id[~np.isin(people.student_id, unknown)])

    def _put_faulty(self, place: str, name: str, good: list[str], at: int) -> list[int]:
        """Write a file with faults and its corrections; returns the students that only the corrections hold."""
        foreign = next((each.school_id for each in self._plan.schools if each.district != at), None)
        found: Spoiled = spoiled(good, faults_of(name, foreign))
        path = f"districts/{place}/{name}"
        self._folder.put(path, [found.lines])
        self._folder.put(f"corrections/{place}/{name}", [found.corrections])
        self._made.faulty[path] = len(found.faults)
        self._made.faults[path] = {str(number): what for number, what in found.faults.items()}
        if name != "students.ndjson":
            return []
        return [int(line.split('"studentUniqueId":"')[1].split('"')[0]) for line in found.corrections]
