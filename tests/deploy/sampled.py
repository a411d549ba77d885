"""A sample state read back from its files, as the tests of the generator look at it."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.sample import Manifest, write

DISTRICTS, SCHOOLS, YEARS, SEED = 6, 24, 2, 7
GRADES = (
    "Kindergarten", "First grade", "Second grade", "Third grade", "Fourth grade", "Fifth grade", "Sixth grade",
    "Seventh grade", "Eighth grade", "Ninth grade", "Tenth grade", "Eleventh grade", "Twelfth grade",
)  # fmt: skip
PRESCHOOL = "Preschool/Prekindergarten"
ACADEMIC = "MAAP"  # how the identifiers of the academic tests begin
Body = dict[str, Any]


@dataclass
class Sample:
    """Good bodies by kind, everywhere they are written; tests that are not academic, and their results, apart."""

    folder: Path
    manifest: Manifest
    bodies: dict[str, list[Body]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def pairs(self, kind: str) -> list[tuple[Path, Body]]:
        return list(zip(self.places[kind], self.bodies[kind], strict=True))


def made(folder: Path) -> Sample:
    """A sample written and read back."""
    read = Sample(folder, write(folder, DISTRICTS, SCHOOLS, YEARS, SEED))
    for path in sorted(folder.rglob("*.ndjson")):
        relative = path.relative_to(folder)
        bad = set(read.manifest.faults.get(relative.as_posix(), ()))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if str(number) not in bad:
                body = json.loads(line)
                kind = path.stem if is_academic(body) else f"{path.stem}, not academic"
                read.bodies[kind].append(body)
                read.places[kind].append(relative)
    return read


def is_academic(body: Body) -> bool:
    test = body.get("assessmentReference", body).get("assessmentIdentifier", ACADEMIC)
    return str(test).startswith(ACADEMIC)


def student_of(body: Body) -> str:
    return str(body["studentReference"]["studentUniqueId"])


def school_of(body: Body) -> int:
    return int(body["schoolReference"]["schoolId"])


def year_of(body: Body) -> int:
    return int(body["schoolYearTypeReference"]["schoolYear"])


def code(descriptor: str) -> str:
    return descriptor.split("#")[1]


def own(body: Body) -> Body:
    """What stands in the extension."""
    found: Body = body["_ext"]["schoolmark"]
    return found
