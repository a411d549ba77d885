"""The file door of scoring: canonical record files in, the platform's numbers out, without a log or a database."""

from services.scoring.files.changes import Change, changed
from services.scoring.files.checks import Unreadable
from services.scoring.files.contract import KEYS, RECORDS
from services.scoring.files.folder import frames_of, read_folder
from services.scoring.files.offline import Scored, chapter_of, edition, event_of, request_of, school_years_of, score
from services.scoring.rules.frames import Frames

__all__ = [
    "KEYS",
    "RECORDS",
    "Change",
    "Frames",
    "Scored",
    "Unreadable",
    "changed",
    "chapter_of",
    "edition",
    "event_of",
    "frames_of",
    "read_folder",
    "request_of",
    "school_years_of",
    "score",
]
