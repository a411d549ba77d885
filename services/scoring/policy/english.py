"""The part of the chapter on English learners: in how many years one is to exit (COMP-8)."""

from services.scoring.policy.reading import Read
from services.scoring.rules.english import EnglishLaw
from services.scoring.rules.full_year import FullYear


def law(read: Read, full_year: FullYear) -> EnglishLaw:
    """As the chapter says."""
    return EnglishLaw(full_year=full_year, exit_years=read("english_exit_years", int))
