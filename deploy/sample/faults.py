"""The lines that a server must refuse, and where the good version of the record is found.

Some faults replace a good line, whose good version then goes to the corrections; others are bogus lines beside it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from deploy.sample.bodies import compact
from deploy.sample.terms import LAST_YEAR

# None where the spoiled text is no JSON at all
Spoil = Callable[[dict[str, object]], dict[str, object] | None]


@dataclass(frozen=True)
class Fault:
    """One way in which a line is wrong."""

    what: str
    spoil: Spoil
    replaces: bool  # the good line is left out, and stands in the corrections


@dataclass(frozen=True)
class Spoiled:
    """A file with faults in it."""

    lines: list[str]
    faults: dict[int, str]  # line number, from 1
    corrections: list[str]


def _without(field: str) -> Spoil:
    return lambda body: {key: value for key, value in body.items() if key != field}


def _with(**changes: object) -> Spoil:
    return lambda body: body | changes


def _cut_off(_: dict[str, object]) -> None:
    return None


def _leaves_before_entry(body: dict[str, object]) -> dict[str, object]:
    reason = "uri://ed-fi.org/ExitWithdrawTypeDescriptor#Transferred"
    year = int(str(body["entryDate"])[:4])
    return body | {"exitWithdrawDate": f"{year - 1}-05-01", "exitWithdrawTypeDescriptor": reason}


_NO_DAY = "2024-02-30"


def faults_of(file: str, foreign_school: int | None) -> list[Fault]:
    """The faults that go into a file; a school of another district may be named in an enrolment."""
    known: dict[str, list[Fault]] = {
        "students.ndjson": [
            Fault("unparsable", _cut_off, replaces=False),
            Fault("missing lastSurname", _without("lastSurname"), replaces=True),
            Fault("impossible birthDate", _with(birthDate=_NO_DAY), replaces=True),
        ],
        "studentSchoolAssociations.ndjson": [
            Fault("exit before entry", _leaves_before_entry, replaces=True),
            Fault("unknown grade", _with(entryGradeLevelDescriptor=_grade("Fourteenth grade")), replaces=True),
            Fault("impossible entryDate", _with(entryDate=_NO_DAY), replaces=False),
            Fault("missing studentReference", _without("studentReference"), replaces=False),
            *_foreign(foreign_school),
        ],
        "studentEducationOrganizationAssociations.ndjson": [
            Fault("missing educationOrganizationReference", _without("educationOrganizationReference"), replaces=True),
            Fault("unparsable", _cut_off, replaces=False),
        ],
        "studentSchoolAttendanceEvents.ndjson": [
            Fault("impossible eventDate", _with(eventDate=_NO_DAY), replaces=False),
            Fault("missing eventDate", _without("eventDate"), replaces=True),
        ],
        "courseTranscripts.ndjson": [
            Fault("unknown result", _with(courseAttemptResultDescriptor=_result("Audited")), replaces=True),
        ],
        "studentAcademicRecords.ndjson": [
            Fault("missing schoolYearTypeReference", _without("schoolYearTypeReference"), replaces=True),
        ],
        "staffEducationOrganizationAssignmentAssociations.ndjson": [
            Fault("more than full time", _with(fullTimeEquivalency=1.5), replaces=True),
        ],
        "disciplineIncidents.ndjson": [
            Fault("impossible incidentDate", _with(incidentDate=_NO_DAY), replaces=False),
        ],
        "studentDisciplineIncidentBehaviorAssociations.ndjson": [
            Fault("arrested without referral", _arrested_only, replaces=False),
        ],
        "disciplineActions.ndjson": [
            Fault("missing disciplines", _without("disciplines"), replaces=True),
        ],
        "localActuals.ndjson": [
            Fault("missing amount", _without("amount"), replaces=True),
        ],
    }
    return known.get(file, [])


def _grade(code: str) -> str:
    return f"uri://ed-fi.org/GradeLevelDescriptor#{code}"


def _result(code: str) -> str:
    return f"uri://ed-fi.org/CourseAttemptResultDescriptor#{code}"


def _arrested_only(body: dict[str, object]) -> dict[str, object]:
    told = {"schoolYear": LAST_YEAR, "lawEnforcement": {"referred": False, "arrested": True}}
    return body | {"_ext": {"schoolmark": told}}


def _foreign(school_id: int | None) -> list[Fault]:
    if school_id is None:
        return []
    return [Fault("school of another district", _with(schoolReference={"schoolId": school_id}), replaces=False)]


def spoiled(lines: list[str], faults: list[Fault]) -> Spoiled:
    """The lines with the faults spread evenly among them."""
    faults = faults[: len(lines) // 2]
    made = list(lines)
    corrections: list[str] = []
    places = [len(lines) * (number + 1) // (len(faults) + 1) for number in range(len(faults))]
    found: dict[int, str] = {}
    for shift, (place, fault) in enumerate(zip(places, faults, strict=True)):
        added = sum(not each.replaces for each in faults[:shift])
        good = lines[place]
        changed = fault.spoil(json.loads(good))
        bad = good[: len(good) * 2 // 3] if changed is None else compact(changed)
        at = place + added
        if fault.replaces:
            made[at] = bad
            corrections.append(good)
        else:
            made.insert(at, bad)
        found[at + 1] = fault.what
    return Spoiled(made, found, corrections)
