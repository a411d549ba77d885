"""The database of scoring: the only SQL. Facts in and out, editions, touched schools and provisional scores."""

from services.scoring.store.editions import edition_at, edition_counts, edition_of, held_edition, keep_edition
from services.scoring.store.facts import facts_as_of, facts_of_schools
from services.scoring.store.keeping import keep
from services.scoring.store.provisional import (
    claim_touched,
    district_of,
    keep_provisional,
    provisional_of,
    told_before,
    touch,
)
from services.scoring.store.tables import metadata

__all__ = [
    "claim_touched",
    "district_of",
    "edition_at",
    "edition_counts",
    "edition_of",
    "facts_as_of",
    "facts_of_schools",
    "held_edition",
    "keep",
    "keep_edition",
    "keep_provisional",
    "metadata",
    "provisional_of",
    "told_before",
    "touch",
]
