"""The part of the chapter on preschool: which grades are (OTH-3)."""

from services.scoring.policy.reading import Read
from services.scoring.rules.preschool import PreschoolLaw


def law(read: Read) -> PreschoolLaw:
    """As the chapter says."""
    return PreschoolLaw(grades=read("preschool_grades", frozenset))
