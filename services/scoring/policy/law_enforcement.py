"""The part of the chapter on referrals and arrests: in which years they are collected (OTH-6, OTH-7)."""

from services.scoring.policy.reading import Read
from services.scoring.rules.law_enforcement import LawEnforcementLaw
from shared.vocabulary import school_years


def law(read: Read) -> LawEnforcementLaw:
    """As the chapter says."""
    return LawEnforcementLaw(collected_in=read("civil_rights_years", _years))


def _years(told: list[str]) -> tuple[str, ...]:
    return tuple(school_years.ending(school_years.parse(year)) for year in told)
