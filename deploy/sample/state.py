"""Writes the whole sample: plans the state, lets the years pass and lays the files down."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from deploy.sample import lines
from deploy.sample.assessments import TESTS
from deploy.sample.dice import Ints
from deploy.sample.faults import Spoiled, faults_of, spoiled
from deploy.sample.folder import Folder
from deploy.sample.manifest import Manifest
from deploy.sample.others import Others
from deploy.sample.plan import Plan, planned
from deploy.sample.profile import profiles
from deploy.sample.scores import NOT_TESTED
from deploy.sample.terms import terms
from deploy.sample.years import Year, passing, rows_of_district

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
    writer = _Writer(Folder(folder, made), made, plan, Others(plan, seed, made), late, faulty)
    writer.put_directory(seed)
    for year in passing(plan, calendar, seed, late):
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


class _Writer:
    """Lays down the files and keeps the manifest true."""

    def __init__(
        self, folder: Folder, made: Manifest, plan: Plan, others: Others, late: list[int], faulty: list[int]
    ) -> None:
        self._folder = folder
        self._made = made
        self._plan = plan
        self._others = others
        self._late = late
        self._faulty = faulty
        self._known: list[Ints] = []  # ids of students whom ordinary, good lines make known

    def put_directory(self, seed: int) -> None:
        """The districts and the schools."""
        districts = self._plan.districts
        schools = [
            lines.school(each, districts[each.district].district_id, profile, has_preschool=bool(is_chosen))
            for each, profile, is_chosen in zip(
                self._plan.schools, profiles(self._plan, seed), self._others.preschools, strict=True
            )
        ]
        self._folder.put("state/localEducationAgencies.ndjson", [[lines.district(each) for each in districts]])
        self._folder.put("state/schools.ndjson", [schools])

    def put_year(self, year: Year) -> None:
        """What the state and the districts send about one year."""
        label, made = year.term.label, self._made
        self._others.begin(year)
        tests = [lines.assessment(test, year.term) for test in TESTS]
        self._folder.put(f"state/{label}/assessments.ndjson", [tests, self._others.assessments(year)])
        results = itertools.chain(self._results(year), self._others.results(year))
        self._folder.put(f"state/{label}/studentAssessments.ndjson", results)
        for name, good in self._others.of_state(year).items():
            self._folder.put(f"state/{label}/{name}.ndjson", [good])
        for at in range(len(self._plan.districts)):
            self._put_district(year, at)
        made.students += int(year.people.newcomer.sum()) + made.preschool[label]
        made.students_by_year[label] = len(year.people) + made.preschool[label]
        made.enrollments[label] = len(year.enrolled.enrollments.student) + made.preschool[label]
        made.results[label] = len(year.results.student)
        made.not_tested[label] = int((year.results.level == NOT_TESTED).sum())
        made.terms[label] = {
            "first_day": year.term.first_day.isoformat(),
            "last_day": year.term.last_day.isoformat(),
            "days": len(year.term.days),
        }
        if year.last:
            known = np.concatenate(self._known)
            academic = np.isin(year.people.student_id[year.results.student], known)
            made.waiting_results = int((~academic).sum()) + self._others.waiting(year, known)

    def _results(self, year: Year) -> Iterator[list[str]]:
        for at in range(len(self._plan.districts)):
            mine = rows_of_district(self._plan, at, year.results.school)
            yield lines.results(year.results.only(mine), year.people, self._plan, year.term)

    def _put_district(self, year: Year, at: int) -> None:
        is_late = year.last and at in self._late
        district_id = self._plan.districts[at].district_id
        mine = rows_of_district(self._plan, at, year.enrolled.enrollments.school)
        rows = year.enrolled.enrollments.only(mine)
        people = year.people.only(np.unique(rows.student))
        absences = year.absences.of(mine.start, mine.stop)
        place = f"{district_id}/{year.term.label}"
        files = {
            "students.ndjson": lines.students(people),
            "studentSchoolAssociations.ndjson": lines.enrollments(rows, year.people, self._plan, year.term),
            "studentEducationOrganizationAssociations.ndjson": lines.memberships(people, district_id, year.term),
            "studentSchoolAttendanceEvents.ndjson": lines.absences(absences, rows, year.people, self._plan, year.term),
            **{f"{name}.ndjson": good for name, good in self._others.of_district(year, rows, at).items()},
        }
        beside = {f"{name}.ndjson": more for name, more in self._others.of_preschool(year, at).items()}
        foreign = next((each.school_id for each in self._plan.schools if each.district != at), None)
        unknown: list[int] = []
        for name, good in files.items():
            faults = faults_of(name, foreign) if year.last and at in self._faulty else []
            if faults:
                unknown += self._put_faulty(place, name, spoiled(good, faults), beside.get(name, []))
            else:
                self._folder.put(f"{'late' if is_late else 'districts'}/{place}/{name}", [good, beside.get(name, [])])
        if not is_late:
            self._known.append(people.student_id[~np.isin(people.student_id, unknown)])

    def _put_faulty(self, place: str, name: str, found: Spoiled, beside: list[str]) -> list[int]:
        """Write a file with faults and its corrections; returns the students that only the corrections hold."""
        path = f"districts/{place}/{name}"
        self._folder.put(path, [found.lines, beside])
        if found.corrections:
            self._folder.put(f"corrections/{place}/{name}", [found.corrections])
        self._made.faulty[path] = len(found.faults)
        self._made.faults[path] = {str(number): what for number, what in found.faults.items()}
        if name != "students.ndjson":
            return []
        return [int(line.split('"studentUniqueId":"')[1].split('"')[0]) for line in found.corrections]
