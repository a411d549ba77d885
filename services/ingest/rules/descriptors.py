"""What the codes of a state's descriptors mean, and who may write what: the ingest chapter, typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_REMEMBERED = 10_000


class Codes(dict[str, str]):
    """Descriptor text -> meaning, compared without regard to case; only the code after # counts.

    A lookup that has been made once is a plain dictionary hit. Use `meaning`, which gives None for an unknown code.
    """

    def __init__(self, meanings: Mapping[str, str]) -> None:
        super().__init__()
        self._by_code = {code.casefold(): meaning for code, meaning in meanings.items()}

    def meaning(self, descriptor: str) -> str | None:
        """The meaning of `uri://namespace/NameDescriptor#Code` (or of a bare code), or None."""
        try:
            return self[descriptor]
        except KeyError:
            return None

    def __missing__(self, descriptor: str) -> str:
        found = self._by_code[descriptor.rpartition("#")[2].strip().casefold()]
        if len(self) < _REMEMBERED:
            self[descriptor] = found
        return found


@dataclass(frozen=True)
class Limits:
    """Within which a student can be migrant or in foster care; every number counts itself.

    `migrant_ages`: lowest and highest. `foster_age`: highest, and `foster_age_placed` with an active placement.
    """

    migrant_ages: tuple[int, int]
    migrant_months: int
    foster_age: int
    foster_age_placed: int


@dataclass(frozen=True)
class Program:
    """A testing program: the first school year it was given in, and its tests by subject."""

    since: str
    tests: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Further:
    """What the records beside enrolment and tests are read by: meanings of codes, as in `Intake`.

    `exam_scores`: the scores that an exam of each kind has. `effectiveness`: lowest and highest score of a teacher.
    """

    course_levels: Codes
    attempts: Codes
    diplomas: Codes
    achievements: Codes
    classifications: Codes
    credentials: Codes
    behaviors: Codes
    disciplines: Codes
    outcomes: Codes
    exam_scores: Mapping[str, frozenset[str]]
    effectiveness: tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Intake:
    """What a state lets in. Codes map a descriptor to our word; a flag's codes map to a subgroup or to "" (no group).

    `level_order`: every performance level of an academic test, lowest first. `tests`: what each program gives.
    `writers`: resource -> kinds of client that may write it. `turn_month`: the month on whose first day a new school
    year begins.
    """

    grades: Codes
    sexes: Codes
    races: Codes
    hispanic: str
    several_races: str
    english: Codes
    disabilities: Codes
    characteristics: Codes
    title_i: Codes
    subjects: Codes
    levels: Codes
    level_order: tuple[str, ...]
    scale_score: Codes
    attendance: Codes
    birth_date_required: bool
    turn_month: int
    writers: Mapping[str, frozenset[str]]
    exits: Codes
    assessment_kinds: Codes
    objectives: Codes
    tests: Mapping[str, Program]
    limits: Limits
    further: Further
