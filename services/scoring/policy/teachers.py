"""The part of the chapter on teachers: experience, credentials, effectiveness, ends of poverty (TEACH-2 to TEACH-6)."""

from fractions import Fraction

from services.scoring.policy.reading import Read
from services.scoring.rules.teachers import TeachersLaw


def law(read: Read) -> TeachersLaw:
    """As the chapter says."""
    return TeachersLaw(
        experience=read("inexperienced_below_years", Fraction),
        effective=read("ineffective_below_score", Fraction),
        credentials=read("emergency_or_provisional_credentials", frozenset),
        quartile=read("poverty_quartile", Fraction),
    )
