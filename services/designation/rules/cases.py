"""What is decided about: a school with its years, its standing, its grades, and what each of its subgroups earned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from services.designation.rules.averages import Average
from services.designation.rules.edition import SchoolYear, Standing
from services.designation.rules.improvement import Graded
from services.designation.rules.standing import key


@dataclass(frozen=True)
class Group:
    """One subgroup of a school. `index`: this year's; `counted`: the indexes that its average may use.

    `proficiency`: subject → school year → share, of the years with enough students.
    """

    name: str
    index: Fraction | None
    counted: Mapping[str, Fraction]
    average: Average | None
    proficiency: Mapping[str, Mapping[str, Fraction]]


@dataclass(frozen=True)
class Case:
    """One school before the decision. `years`: the school in every edition that knows it, this one in.

    `counted`: the indexes that its average may use; `grades`: its score in the years that improvement is measured
    between, each on its own year's scale.
    """

    school: SchoolYear
    school_year: str
    standing: Standing
    years: Mapping[str, SchoolYear]
    index: Fraction | None
    counted: Mapping[str, Fraction]
    average: Average | None
    grades: Mapping[str, Graded]
    groups: Mapping[str, Group] = field(default_factory=dict)

    def since(self, rule: str, subgroup: str | None = None) -> str | None:
        """The year of the identification that it stands under by a rule, if any."""
        return self.standing.get(key(rule, subgroup))
