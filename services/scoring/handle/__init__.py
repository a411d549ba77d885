"""The decisions of scoring: what is kept of a message, when an edition is due, what an edition or a school scores."""

from services.scoring.handle.editions import EditionState, Scored, on_marked, on_scored, score_edition
from services.scoring.handle.memory import Memory
from services.scoring.handle.provisional import Rescored, Touched, on_touched
from services.scoring.handle.records import Kept, on_recorded

__all__ = [
    "EditionState",
    "Kept",
    "Memory",
    "Rescored",
    "Scored",
    "Touched",
    "on_marked",
    "on_recorded",
    "on_scored",
    "on_touched",
    "score_edition",
]
