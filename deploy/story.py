"""The school years of a sample as its clients push them: who sends which file, in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.keys import STATE_CLIENT, district_client
from deploy.sample.manifest import Manifest

DISTRICT_FILES = (
    "students",
    "studentEducationOrganizationAssociations",
    "studentSchoolAssociations",
    "studentSchoolAttendanceEvents",
    "courses",
    "courseTranscripts",
    "studentAcademicRecords",
    "staffs",
    "staffEducationOrganizationAssignmentAssociations",
    "disciplineIncidents",
    "studentDisciplineIncidentBehaviorAssociations",
    "disciplineActions",
    "localActuals",
)
DIRECTORY_FILES = ("localEducationAgencies", "schools")
STATE_FILES = (
    "assessments",
    "studentAssessments",
    "graduationCohortMembers",
    "postSecondaryEvents",
    "educationOrganizationMemberships",
)


@dataclass(frozen=True)
class Push:
    """One file, the resource it holds and the client that sends it."""

    client: str
    resource: str
    path: Path


def directory(folder: Path) -> Iterator[Push]:
    """The state's directory, which everything else refers to."""
    yield from _files(STATE_CLIENT, folder / "state", DIRECTORY_FILES)


def year(folder: Path, school_year: str) -> Iterator[Push]:
    """A school year: districts first, then the state's results, then who is late, then what was mended."""
    yield from _districts(folder / "districts", school_year)
    yield from _files(STATE_CLIENT, folder / "state" / school_year, STATE_FILES)
    yield from _districts(folder / "late", school_year)
    yield from _districts(folder / "corrections", school_year)


def whole(folder: Path, manifest: Manifest) -> list[Push]:
    """Everything the clients of a sample push, in order."""
    return [*directory(folder), *(push for school_year in all_years(manifest) for push in year(folder, school_year))]


def all_years(manifest: Manifest) -> list[str]:
    """The year before the first, then every scored year."""
    return [manifest.extra_year, *manifest.years]


def districts(folder: Path) -> tuple[str, ...]:
    """The ids of the districts of a sample."""
    named = {path.name for part in ("districts", "late") for path in (folder / part).glob("*") if path.is_dir()}
    return tuple(sorted(named))


def _districts(folder: Path, school_year: str) -> Iterator[Push]:
    for district in sorted(folder.glob("*")):
        yield from _files(district_client(district.name), district / school_year, DISTRICT_FILES)


def _files(client: str, folder: Path, resources: tuple[str, ...]) -> Iterator[Push]:
    for resource in resources:
        path = folder / f"{resource}.ndjson"
        if path.exists():
            yield Push(client, resource, path)
