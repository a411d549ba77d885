"""What a year's files hold beside enrolment and academic tests: the other tests, classes, staff, discipline, money."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from deploy.sample import (
    cohorts,
    college,
    courses,
    discipline,
    english,
    lines,
    money,
    outcomes,
    preschool,
    seniors,
    staff,
)
from deploy.sample.dice import Ints
from deploy.sample.enrollments import Enrollments
from deploy.sample.manifest import Manifest
from deploy.sample.plan import Plan
from deploy.sample.years import Year, rows_of_district


@dataclass(frozen=True)
class _Drawn:
    """A year's draws that several files share."""

    entrance: college.Entrance
    work: college.Work
    staff: staff.Staff
    attended: Ints
    members: Ints


class Others:
    """Remembers from year to year who works where, who was listed in a class and who graduated."""

    def __init__(self, plan: Plan, seed: int, made: Manifest) -> None:
        self._plan = plan
        self._seed = seed
        self._made = made
        self.preschools = preschool.classes(plan, seed)
        self._listed: Ints = np.zeros(0, dtype=np.int64)
        self._classes: dict[int, cohorts.Members] = {}
        self._drawn: _Drawn | None = None

    def begin(self, year: Year) -> None:
        """Draws what the files of the year share; the years come in order."""
        plan, term, now, at = self._plan, year.term, year.people, year.enrolled.tested_at
        before = self._drawn
        attended, members = money.present(year, len(plan.schools))
        self._drawn = _Drawn(
            entrance=college.entrance(now, at, term.year, self._seed),
            work=college.work(now, year.seniors, at, term.year, self._seed),
            staff=staff.next_year(plan, before.staff, term.year, self._seed)
            if before
            else staff.hired(plan, members, self._seed),
            attended=attended,
            members=members,
        )
        members_of_class = cohorts.graduating(plan, year, self._listed, self._seed)
        self._listed = np.concatenate([self._listed, members_of_class.student_id])
        self._classes = {**self._classes, term.year: members_of_class}
        self._classes.pop(term.year - 3, None)
        made, label = self._made, term.label
        made.other_results[label] = len(self._tested(year))
        made.staff[label] = len(self._drawn.staff.school)

    def assessments(self, year: Year) -> list[str]:
        """The other tests of a year."""
        return [english.assessment(year.term), *college.assessments(year.term)]

    def waiting(self, year: Year, known: Ints) -> int:
        """How many results are of students who are not among the known."""
        return int((~np.isin(self._tested(year), known)).sum())

    def results(self, year: Year) -> Iterator[list[str]]:
        """Results of the other tests, district by district."""
        plan, now, term = self._plan, year.people, year.term
        drawn = self._drawn_of(year)
        for at in range(len(plan.districts)):
            mine = rows_of_district(plan, at, year.learners.school)
            yield english.results(year.learners.only(mine), now, plan, term)
            mine = rows_of_district(plan, at, drawn.entrance.school)
            yield college.entrance_results(drawn.entrance.only(mine), now, plan, term)
            mine = rows_of_district(plan, at, drawn.work.school)
            yield college.work_results(drawn.work.only(mine), now, plan, term)

    def of_state(self, year: Year) -> dict[str, list[str]]:
        """The state's other files: the class before, the graduates of two years ago, memberships."""
        plan, drawn = self._plan, self._drawn_of(year)
        found = {"educationOrganizationMemberships": money.memberships(plan, drawn.attended, drawn.members, year.term)}
        before = self._classes.get(year.term.year - 1)
        if before:
            found["graduationCohortMembers"] = cohorts.lines(before, plan, year.term.before)
            self._made.cohorts[year.term.label] = len(before.student_id)
        earlier = self._classes.get(year.term.year - 2)
        if earlier:
            who, ability = cohorts.graduates(earlier)
            found["postSecondaryEvents"] = outcomes.lines(who, ability, year.term.year - 2, self._seed)
        return found

    def of_district(self, year: Year, rows: Enrollments, at: int) -> dict[str, list[str]]:
        """A district's other files, from its enrolments."""
        plan, now, term, seed, drawn = self._plan, year.people, year.term, self._seed, self._drawn_of(year)
        posts = drawn.staff.only(rows_of_district(plan, at, drawn.staff.school))
        graduating = year.seniors.only(rows_of_district(plan, at, year.seniors.school))
        events = discipline.happened(rows, now, at, term.year, seed)
        made, label = self._made, term.label
        made.incidents[label] = made.incidents.get(label, 0) + int(events.opens.sum())
        files = {
            "courses": courses.lines(plan.districts[at]),
            "courseTranscripts": courses.transcripts(rows, now, plan, at, term, seed),
            "studentAcademicRecords": seniors.records(graduating, now, plan.districts[at].district_id, term),
            "staffs": staff.persons(posts),
            "staffEducationOrganizationAssignmentAssociations": staff.assignments(
                posts, plan, at, term, year.last, seed
            ),
            **discipline.lines(events, rows, now, plan, term),
            "localActuals": money.expenditures(plan, at, drawn.members, term, seed),
        }
        return {name: good for name, good in files.items() if good}  # a small district has a year without incidents

    def of_preschool(self, year: Year, at: int) -> dict[str, list[str]]:
        """The preschool children of a district, to stand beside its students."""
        plan, term = self._plan, year.term
        now, school = preschool.children(plan, self.preschools, at, term, self._seed)
        self._made.preschool[term.label] = self._made.preschool.get(term.label, 0) + len(now)
        return {
            "students": lines.students(now),
            "studentSchoolAssociations": preschool.enrollments(now, school, plan, term, last=year.last),
            "studentEducationOrganizationAssociations": lines.memberships(now, plan.districts[at].district_id, term),
        }

    def _tested(self, year: Year) -> Ints:
        drawn = self._drawn_of(year)
        who = np.concatenate([year.learners.student, drawn.entrance.student, drawn.work.student])
        return np.asarray(year.people.student_id[who], dtype=np.int64)

    def _drawn_of(self, year: Year) -> _Drawn:
        if self._drawn is None:
            raise RuntimeError(f"{year.term.label} was not begun")
        return self._drawn
