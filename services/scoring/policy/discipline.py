"""The part of the chapter on discipline: of whom the share of suspended and expelled students is told (OTH-4)."""

from services.scoring.policy.reading import Read
from services.scoring.rules.discipline import CUMULATIVE, DisciplineLaw


def law(read: Read) -> DisciplineLaw:
    """As the chapter says."""
    return DisciplineLaw(population=read("discipline_population", _population))


def _population(told: str) -> str:
    if told != CUMULATIVE:
        raise ValueError(f"{told!r} is not {CUMULATIVE}")
    return told
