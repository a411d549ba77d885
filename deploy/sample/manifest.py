"""What was written: enough to check what a server took in against what it was given."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "manifest.json"


@dataclass
class Manifest:
    """The request, and what came of it; paths are relative to the folder and use forward slashes."""

    seed: int
    districts: int
    schools: int
    years: list[str]  # scored, first to last
    extra_year: str  # the year before, which growth needs
    late_districts: list[int] = field(default_factory=list)
    faulty_districts: list[int] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # all lines of a file, the faulty ones among them
    faulty: dict[str, int] = field(default_factory=dict)  # lines of a file that a server must refuse
    faults: dict[str, dict[str, str]] = field(default_factory=dict)  # line number (from 1) -> what is wrong
    students: int = 0  # people, over all years
    students_by_year: dict[str, int] = field(default_factory=dict)
    enrollments: dict[str, int] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)  # of academic tests, those not tested among them
    not_tested: dict[str, int] = field(default_factory=dict)
    other_results: dict[str, int] = field(default_factory=dict)  # English learners', college entrance, work readiness
    preschool: dict[str, int] = field(default_factory=dict)  # children, among the students
    cohorts: dict[str, int] = field(default_factory=dict)  # members of the class that a year's report tells of
    staff: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    waiting_results: int = 0  # of any test, of students whom only a late district, or a correction, makes known
    terms: dict[str, dict[str, str | int]] = field(default_factory=dict)  # first and last day, days of instruction

    def save(self, folder: Path) -> None:
        """Write the manifest into the folder."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"
        (folder / FILE_NAME).write_text(text, encoding="utf-8", newline="\n")


def load(folder: Path) -> Manifest:
    """The manifest of a sample written before."""
    return Manifest(**json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))
