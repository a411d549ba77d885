"""The single pushes of the bench, made from a sample's own records: changed results, and new absences."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from deploy.bench.job import request
from deploy.bench.plan import Sample
from deploy.local.keys import district_client

_PATH = "/data/v3/ed-fi/"
_SCHOOL = b'"schoolId":'
_SATURDAY = 5


@dataclass(frozen=True)
class Push:
    """A result as it stands, and its school."""

    school_id: str
    body: bytes
    score: int


def results(sample: Sample, how_many: int) -> list[Push]:
    """Scored results of the newest year, as many of each school as of every other, one school after the other."""
    schools = sample.manifest.schools
    of_each = -(-how_many // schools)
    taken: dict[bytes, int] = {}
    found: list[tuple[int, Push]] = []
    with (sample.folder / "state" / sample.years[-1] / "studentAssessments.ndjson").open("rb") as file:
        for line in file:
            school = line[line.index(_SCHOOL) + len(_SCHOOL) :].split(b"}", 1)[0]
            if taken.get(school, 0) < of_each and b'"scoreResults"' in line and b'"performanceLevels"' in line:
                taken[school] = turn = taken.get(school, 0) + 1
                body = orjson.loads(line)
                found.append((turn, Push(school.decode(), line, int(body["scoreResults"][0]["result"]))))
    found.sort(key=lambda each: each[0])  # stable: the schools stay in order
    return [push for _, push in found]


def changed(pushes: list[Push], token: str, rounds: int) -> list[bytes]:
    """Each result twice, with two scores that the round before did not use: each push changes one.

    A scale of the sample is a hundred wide and begins at a full hundred: the scores stay on it.
    """
    headers = {"Authorization": f"Bearer {token}"}
    made = []
    for step in (2 * rounds + 1, 2 * rounds + 2):
        for push in pushes:
            body = orjson.loads(push.body)
            body["scoreResults"][0]["result"] = str(push.score // 100 * 100 + (push.score + step) % 100)
            made.append(request("POST", f"{_PATH}studentAssessments", headers, orjson.dumps(body)))
    return made


def absences(sample: Sample, tokens: Mapping[str, str], how_many: int) -> list[bytes]:
    """Absences that no record tells of yet, since their days are Saturdays; the districts take turns."""
    year = sample.years[-1]
    paths = sorted(sample.folder.glob(f"*/*/{year}/studentSchoolAssociations.ndjson"))
    turns = deque(_absences(sample, path, tokens) for path in paths if path.parents[2].name in ("districts", "late"))
    made: list[bytes] = []
    while turns and len(made) < how_many:
        district = turns.popleft()
        following = next(district, None)
        if following is not None:
            made.append(following)
            turns.append(district)
    return made


def _absences(sample: Sample, path: Path, tokens: Mapping[str, str]) -> Iterator[bytes]:
    """One absence for each enrolment of a district and each Saturday of the term."""
    term = sample.manifest.terms[sample.years[-1]]
    faults = sample.manifest.faults.get(str(path.relative_to(sample.folder)), {})
    headers = {"Authorization": f"Bearer {tokens[district_client(path.parents[1].name)]}"}
    first, last = date.fromisoformat(str(term["first_day"])), date.fromisoformat(str(term["last_day"]))
    day = first + timedelta((_SATURDAY - first.weekday()) % 7)
    while day <= last:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if str(number) not in faults:
                    body = orjson.dumps(_absence(orjson.loads(line), day))
                    yield request("POST", f"{_PATH}studentSchoolAttendanceEvents", headers, body)
        day += timedelta(weeks=1)


def _absence(enrolled: dict[str, Any], day: date) -> dict[str, Any]:
    school = enrolled["schoolReference"]
    year = enrolled["schoolYearTypeReference"]["schoolYear"]
    return {
        "attendanceEventCategoryDescriptor": "uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence",
        "eventDate": day.isoformat(),
        "schoolReference": school,
        "sessionReference": {**school, "schoolYear": year, "sessionName": f"{year - 1}-{year % 100:02}"},
        "studentReference": enrolled["studentReference"],
    }
