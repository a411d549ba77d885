"""accountability.scores.v1: provisional scores, live after each push. Authorised readers only; never published."""

from typing import Literal

from pydantic import TypeAdapter

from shared.events.editions import Rating
from shared.events.envelope import Event, Text
from shared.events.topic import Topic


class SchoolScoredProvisionally(Event):
    """A school's rating as its facts stand. `as_of_revision`: the newest revision it took in."""

    type: Literal["school.scored_provisionally"] = "school.scored_provisionally"
    school_id: Text
    school_year: Text
    as_of_revision: int
    rating: Rating


SCORES = Topic("accountability.scores.v1", 4, "school", TypeAdapter(SchoolScoredProvisionally), "Provisional scores.")
