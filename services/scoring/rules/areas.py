"""Every area of measures beside the tests of subjects: one line each. Whoever adds a chapter of rules adds its line."""

from services.scoring.rules import graduation
from services.scoring.rules.heads import Area
from services.scoring.rules.law import Law

AREAS = (Area(graduation.MEASURES, lambda law: law.graduation, graduation.heads),)


def area_measures(law: Law) -> tuple[str, ...]:
    """The ids of every measure of the areas that a law counts, in the order in which they are told."""
    return tuple(measure for area in AREAS if area.law(law) is not None for measure in area.measures)
