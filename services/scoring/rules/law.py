"""The law of scoring, whole: one value per rule, as `policy.py` reads it from a chapter."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.scoring.rules.acceleration import AccelerationLaw
from services.scoring.rules.attendance import AttendanceLaw
from services.scoring.rules.discipline import DisciplineLaw
from services.scoring.rules.english import EnglishLaw
from services.scoring.rules.equity import EquityLaw
from services.scoring.rules.full_year import FullYear
from services.scoring.rules.graduation import GraduationLaw
from services.scoring.rules.growth import GrowthWeights
from services.scoring.rules.law_enforcement import LawEnforcementLaw
from services.scoring.rules.outcomes import OutcomesLaw
from services.scoring.rules.points import Column, PointsLaw
from services.scoring.rules.preschool import PreschoolLaw
from services.scoring.rules.prior import PriorLaw
from services.scoring.rules.programs import Program
from services.scoring.rules.ratings import ParticipationLaw, ScaleChoice
from services.scoring.rules.readiness import ReadinessLaw
from services.scoring.rules.safety import SafetyLaw
from services.scoring.rules.spending import SpendingLaw
from services.scoring.rules.teachers import TeachersLaw


@dataclass(frozen=True)
class Law:
    """A chapter for one school year."""

    state_name: str
    school_year: str
    programs: tuple[Program, ...]
    repeated_results: tuple[str, ...]
    full_year: FullYear
    growth_subjects: frozenset[str]
    growth_weights: GrowthWeights
    prior: PriorLaw
    lowest_share: Fraction
    points: PointsLaw
    columns: Mapping[str, Column]
    scale_choice: ScaleChoice
    participation: ParticipationLaw
    tested_grades: frozenset[str]
    no_assessments: bool
    graded_levels: frozenset[str]
    rates_first_year: bool
    indexed_subgroups: tuple[str, ...] = ()
    graduation: GraduationLaw | None = None
    english: EnglishLaw | None = None
    acceleration: AccelerationLaw | None = None
    readiness: ReadinessLaw | None = None
    attendance: AttendanceLaw | None = None
    discipline: DisciplineLaw | None = None
    law_enforcement: LawEnforcementLaw | None = None
    preschool: PreschoolLaw | None = None
    outcomes: OutcomesLaw | None = None
    spending: SpendingLaw | None = None
    teachers: TeachersLaw | None = None
    equity: EquityLaw | None = None
    safety: SafetyLaw | None = None

    def components(self) -> frozenset[str]:
        """Every component of the points tables."""
        return frozenset(component for column in self.columns.values() for component in column.scale.maxima)

    def years(self) -> tuple[str, ...]:
        """Every school year whose results a score of this year needs."""
        return (*self.prior.needed(), self.school_year)
