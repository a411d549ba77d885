"""Scoring: computes points and indicators from facts as of a revision.

As a library, frames in and frames out (docs/analyst.md, docs/records.md): `score(read_folder(path), state, year)`.
"""

from services.scoring.files import (
    Frames,
    Scored,
    Unreadable,
    chapter_of,
    frames_of,
    read_folder,
    school_years_of,
    score,
)

__all__ = ["Frames", "Scored", "Unreadable", "chapter_of", "frames_of", "read_folder", "school_years_of", "score"]
