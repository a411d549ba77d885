"""Discipline of a district: incidents, the students in them, what came of it, and disciplines without an incident."""

from dataclasses import dataclass

import numpy as np

from deploy.sample.bodies import descriptor, extension, field_of, rows_of, school_ids, school_of, student_of
from deploy.sample.dice import Dice, Flags, Ints
from deploy.sample.enrollments import Enrollments
from deploy.sample.plan import Plan
from deploy.sample.students import Population
from deploy.sample.terms import Term

_RISK = np.array([0.008] * 3 + [0.015] * 3 + [0.06] * 3 + [0.07, 0.06, 0.045, 0.035])  # by grade
_BEHAVIORS = (  # each with how many of a thousand incidents
    ("Fighting", 300), ("Bullying", 120), ("Assault", 60), ("Gang-related", 14), ("Weapon possession", 22),
    ("Robbery", 8), ("Extortion", 6), ("Stalking", 8), ("Sexual battery", 5), ("Kidnapping", 1), ("Mayhem", 2),
    ("Poisoning", 1), ("Rape", 1), ("Homicide", 1), ("Vandalism", 110), ("School Code of Conduct", 341),
)  # fmt: skip
_WEIGHTS = np.array([weight for _, weight in _BEHAVIORS], dtype=np.int64)
_REFERRED = np.array([0.06, 0.02] + [0.5] * 12 + [0.1, 0.01])  # by behaviour
_ARRESTED = 0.25  # of those referred
_TOGETHER = 0.35
_IN_INCIDENT = 0.5
_DISCIPLINES = (  # each with how many of a hundred
    ("In School Suspension", 52), ("Out of School Suspension", 38), ("Community Service", 7), ("Expulsion", 2),
    ("Expulsion with Services", 1),
)  # fmt: skip


@dataclass(frozen=True)
class Events:
    """One place in each column a student's event, ordered by school; `incident` counts from 1, 0 is none."""

    row: Ints  # place in the district's enrolments
    day: Ints
    incident: Ints
    opens: Flags  # the first student of an incident
    behavior: Ints
    criminal: Flags
    referred: Flags
    arrested: Flags
    discipline: Ints


def happened(rows: Enrollments, now: Population, district: int, year: int, seed: int) -> Events:
    """The events of a district's year."""
    dice = Dice(seed, "discipline", year, district)
    grade = now.grade[rows.student]
    risk = _RISK[grade] * np.where(now.poor[rows.student], 1.3, 0.6)
    chosen = np.flatnonzero(dice.chance(len(rows.student), risk))
    row = np.repeat(chosen, 1 + dice.below(len(chosen), 3) // 2)
    count = len(row)
    day = rows.entry[row] + dice.below(count, rows.exit[row] - rows.entry[row] + 1)
    opens = dice.chance(count, _IN_INCIDENT)
    follows = np.zeros(count, dtype=np.bool_)
    if count:
        after, before = row[1:], row[:-1]
        follows[1:] = opens[:-1] & (rows.school[after] == rows.school[before]) & (after != before)
        follows[1:] &= (rows.entry[after] <= day[:-1]) & (day[:-1] <= rows.exit[after])
        follows[1:] &= rows.student[after] != rows.student[before]
        follows &= dice.chance(count, _TOGETHER)
        opens &= ~follows
        follows[1:] &= opens[:-1]
        day[1:] = np.where(follows[1:], day[:-1], day[1:])
    incident = np.where(opens | follows, np.cumsum(opens), 0)
    kind = dice.pick(int(opens.sum()), _WEIGHTS)
    behavior = np.where(incident > 0, np.concatenate([[0], kind])[incident], 0).astype(np.int64)
    referred = (incident > 0) & dice.chance(count, _REFERRED[behavior])
    discipline = dice.pick(count, np.array([weight for _, weight in _DISCIPLINES], dtype=np.int64))
    criminal = ~dice.chance(count, 0.06)
    return Events(
        row, day, incident, opens, behavior, criminal, referred, referred & dice.chance(count, _ARRESTED), discipline
    )


def lines(each: Events, rows: Enrollments, now: Population, plan: Plan, term: Term) -> dict[str, list[str]]:
    """The three files of a district: incidents, students in them, disciplines."""
    days = [day.isoformat() for day in term.days]
    school = school_ids(plan)[rows.school[each.row]]
    student = now.student_id[rows.student[each.row]]
    behaviors = [field_of("Behavior", code) for code, _ in _BEHAVIORS]
    disciplines = [descriptor("Discipline", code) for code, _ in _DISCIPLINES]
    said = ("false", "true")
    tried = f'"schoolYear":{term.year},"lawEnforcement":'
    found = list(
        rows_of(
            school, student, each.day, each.incident, each.opens, each.behavior, each.criminal, each.referred,
            each.arrested, each.discipline,
        )
    )  # fmt: skip
    return {
        "disciplineIncidents": [
            f'{{"incidentIdentifier":"I-{term.year}-{incident}",{school_of(at)},"incidentDate":"{days[day]}",'
            f'"behaviors":[{{{behaviors[kind]}}}]' + ("" if criminal else "," + extension('"criminal":false')) + "}"
            for at, _, day, incident, opens, kind, criminal, _, _, _ in found
            if opens
        ],
        "studentDisciplineIncidentBehaviorAssociations": [
            f'{{{student_of(who)},"disciplineIncidentReference":{{"incidentIdentifier":"I-{term.year}-{incident}",'
            f'"schoolId":{at}}},{behaviors[kind]},'
            + extension(f'{tried}{{"referred":{said[referred]},"arrested":{said[arrested]}}}')
            + "}"
            for at, who, _, incident, _, kind, _, referred, arrested, _ in found
            if incident
        ],
        "disciplineActions": [
            f'{{"disciplineActionIdentifier":"A-{term.year}-{number}","disciplineDate":"{days[day]}",'
            f'{student_of(who)},"responsibilitySchoolReference":{{"schoolId":{at}}},'
            f'"disciplines":[{{"disciplineDescriptor":"{disciplines[done]}"}}]}}'
            for number, (at, who, day, _, _, _, _, _, _, done) in enumerate(found, start=1)
        ],
    }
