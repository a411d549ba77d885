"""Teachers and leaders: who works at which school, since when, on what credential and how well."""

from dataclasses import dataclass, fields

import numpy as np

from deploy.sample import names
from deploy.sample.bodies import descriptor, extension, field_of, organisation_of, rows_of, school_ids
from deploy.sample.dice import Dice, Flags, Ints, Reals
from deploy.sample.plan import Plan
from deploy.sample.terms import Term

FIRST_STAFF_ID = 400001
_PUPILS_A_TEACHER, _FEWEST_TEACHERS, _PUPILS_A_LEADER = 16, 3, 550
_STANDARD, _PROVISIONAL, _EMERGENCY = range(3)
_CREDENTIALS = ("Regular/Standard", "Provisional", "Emergency")
_SUBJECTS = ("Mathematics", "English", "Science", "Social Studies", "Arts", "Physical Education")
_ELEMENTARY = "Elementary Education"
_WHOLE, _PART, _TWO_SCHOOLS, _TWO_SUBJECTS = range(4)
_KINDS_OF_WORK = np.array([84, 4, 3, 9], dtype=np.int64)
_LEAST_EFFECTIVE, _MOST_EFFECTIVE = 100, 400
_UNSCORED = 0.04


@dataclass
class Staff:
    """One place in each column a post; ordered by school. Who holds it changes from year to year."""

    school: Ints
    person: Ints
    leads: Flags
    years: Ints  # in education when they came, in hundredths
    skill: Reals
    credential: Ints
    subject: Ints

    def only(self, chosen: slice) -> "Staff":
        """The chosen posts."""
        return Staff(**{column.name: getattr(self, column.name)[chosen] for column in fields(self)})


def hired(plan: Plan, pupils: Ints, seed: int) -> Staff:
    """The staff of the first year, for the pupils of each school."""
    teachers = np.maximum(pupils // _PUPILS_A_TEACHER, _FEWEST_TEACHERS)
    leaders = 1 + pupils // _PUPILS_A_LEADER
    school = np.repeat(np.arange(len(pupils), dtype=np.int64), teachers + leaders)
    number = np.arange(len(school), dtype=np.int64)
    first = np.repeat(np.cumsum(teachers + leaders) - teachers - leaders, teachers + leaders)
    leads = number - first < leaders[school]
    return _persons(Dice(seed, "staff"), plan, school, leads, FIRST_STAFF_ID)


def next_year(plan: Plan, before: Staff, year: int, seed: int) -> Staff:
    """The staff a year later: the same person, or somebody new in the post."""
    dice = Dice(seed, "staff", year)
    leaves = dice.chance(len(before.school), np.where(_poor(plan)[before.school], 0.17, 0.1))
    new = _persons(dice, plan, before.school, before.leads, int(before.person.max(initial=FIRST_STAFF_ID)) + 1)
    new.years = np.where(before.leads, new.years, new.years // 3)  # posts fall to the young more often
    columns = {c.name: np.where(leaves, getattr(new, c.name), getattr(before, c.name)) for c in fields(Staff)}
    return Staff(**columns)


def _poor(plan: Plan) -> Flags:
    return np.array([each.title_i for each in plan.schools], dtype=np.bool_)


def _persons(dice: Dice, plan: Plan, school: Ints, leads: Flags, first: int) -> Staff:
    count = len(school)
    poor = _poor(plan)[school]
    young = dice.chance(count, np.where(leads, 0.06, np.where(poor, 0.22, 0.14)))
    years = np.where(young, dice.below(count, 300), 300 + dice.below(count, 2700))
    rare = dice.share(count)
    emergency, provisional = np.where(poor, 0.06, 0.02), np.where(poor, 0.1, 0.05)
    credential = np.where(rare < emergency, _EMERGENCY, np.where(rare < provisional, _PROVISIONAL, _STANDARD))
    return Staff(
        school=school,
        person=first + np.arange(count, dtype=np.int64),
        leads=leads,
        years=years.astype(np.int64),
        skill=dice.bell(count) - np.where(poor, 0.45, 0.0) - np.where(young, 0.4, 0.0),
        credential=np.where(leads, _STANDARD, credential).astype(np.int64),
        subject=dice.below(count, len(_SUBJECTS)),
    )


def persons(rows: Staff) -> list[str]:
    """The people, each with the years in education when they came to the post.

    The record of a person has no school year: years that grew would change what an earlier year's edition says.
    """
    first_names = (*names.FIRST_NAMES_GIRL, *names.FIRST_NAMES_BOY)
    return [
        f'{{"staffUniqueId":"{person}","firstName":"{first_names[person % len(first_names)]}",'
        f'"lastSurname":"{names.FAMILY_NAMES[person * 7 % len(names.FAMILY_NAMES)]}",'
        f'"yearsOfPriorProfessionalExperience":{years / 100}}}'
        for person, years in rows_of(rows.person, rows.years)
    ]


def assignments(rows: Staff, plan: Plan, district: int, term: Term, last: bool, seed: int) -> list[str]:
    """Their work in a year: at one school or two, for one subject or two."""
    dice = Dice(seed, "assignments", term.year, district)
    count = len(rows.school)
    effect = np.floor(348 + 33 * (rows.skill + 0.5 * dice.bell(count)) + 0.5).astype(np.int64)
    effect = np.clip(effect, _LEAST_EFFECTIVE, _MOST_EFFECTIVE)
    scored = ~dice.chance(count, _UNSCORED)
    in_field = dice.chance(count, np.where(_poor(plan)[rows.school], 0.92, 0.95))
    work = np.where(rows.leads, _WHOLE, dice.pick(count, _KINDS_OF_WORK))
    certified = (rows.credential != _EMERGENCY) | dice.chance(count, 0.6)
    mine = [at for at, each in enumerate(plan.schools) if each.district == district]
    ids = school_ids(plan)
    is_secondary = [each.kind.high > 6 and each.kind.low > 0 for each in plan.schools]
    end = "" if last else f'"endDate":"{term.last_day}",'
    found = []
    for person, school, leads, credential, subject, score, is_scored, fits, kind, is_certified in rows_of(
        rows.person, rows.school, rows.leads, rows.credential, rows.subject, effect, scored, in_field, work, certified
    ):
        facts = f'"schoolYear":{term.year},"certified":{"true" if is_certified else "false"}'
        facts += f',"effectiveness":{score / 100}' if is_scored else ""
        role = ("Principal" if person % 3 else "Assistant Principal") if leads else "Teacher"
        taught = _SUBJECTS[subject] if is_secondary[school] else _ELEMENTARY
        share = 1.0 if kind in (_WHOLE, _TWO_SUBJECTS) else 0.5
        duties = [] if leads else [_duty(taught, share, fits, credential)]
        if kind == _TWO_SUBJECTS:
            duties = [_duty(taught, 0.5, True, credential), _duty("Computer Science", 0.5, fits, credential)]
        facts += f',"subjects":[{",".join(duties)}]' if duties else ""
        places = [school, mine[(mine.index(school) + 1) % len(mine)]] if kind == _TWO_SCHOOLS else [school]
        found += [
            f'{{"staffReference":{{"staffUniqueId":"{person}"}},{organisation_of(ids[place])},'
            f'{field_of("StaffClassification", role)},"beginDate":"{term.first_day}",{end}'
            f'"fullTimeEquivalency":{share},{extension(facts)}}}'
            for place in dict.fromkeys(places)
        ]
    return found


def _duty(subject: str, share: float, fits: bool, credential: int) -> str:
    code = descriptor("TeachingCredential", _CREDENTIALS[credential])
    return (
        f'{{"subject":"{subject}","fullTimeEquivalency":{share},"inField":{"true" if fits else "false"},'
        f'"teachingCredentialDescriptor":"{code}"}}'
    )
