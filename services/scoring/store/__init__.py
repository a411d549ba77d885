"""The database of scoring: the only SQL. Facts in and out, editions, touched schools and provisional scores."""

from services.scoring.store.editions import edition_at, edition_counts, edition_of, held_edition, keep_edition
from services.scoring.store.facts import facts_as_of
from services.scoring.store.keeping import keep
from services.scoring.store.provisional import district_of, keep_provisional, provisional_of, told_before
from services.scoring.store.reach import edition_years, enrolled_years, newest_revision
from services.scoring.store.standing import Directory, directory, facts_of_students, students_of
from services.scoring.store.tables import metadata
from services.scoring.store.touches import Claimed, claim_loaded, claim_pushed, touch, touch_by_loads

__all__ = [
    "Claimed",
    "Directory",
    "claim_loaded",
    "claim_pushed",
    "directory",
    "district_of",
    "edition_at",
    "edition_counts",
    "edition_of",
    "edition_years",
    "enrolled_years",
    "facts_as_of",
    "facts_of_students",
    "held_edition",
    "keep",
    "keep_edition",
    "keep_provisional",
    "metadata",
    "newest_revision",
    "provisional_of",
    "students_of",
    "told_before",
    "touch",
    "touch_by_loads",
]
