"""accountability.designations.v1: every school's status under one edition: opened, schools, closed."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from shared.events.envelope import Event, Frozen, Text
from shared.events.topic import Topic


class Reason(Frozen):
    """Why a status stands or not: the rule, the numbers that decided it (exact, as text) and a sentence.

    `subgroup`: whose results decided; None: the school's, or those of every subgroup that `numbers` names.
    `numbers_are_public`: they rest on published totals. Otherwise they are nobody's to publish, and the sentence
    holds none of them.
    """

    rule: Text
    status: Text
    subgroup: Text | None = None
    decision: Literal["identified", "continued", "exited", "not_identified", "not_evaluated"]
    numbers: dict[str, Text]
    numbers_are_public: bool = True
    sentence: Text


class DesignationsOpened(Event):
    """The head; repeats the edition's chapters, by which notices are decided."""

    type: Literal["designations.opened"] = "designations.opened"
    edition_id: UUID
    state: Text
    school_year: Text
    chapters: dict[str, Any]
    policy_fingerprint: Text
    notified_on: date


class SchoolDesignated(Event):
    """A school's statuses before and after, the headline first, and every reason.

    `starts_on`: the legal start of every clock; never the processing time.
    """

    type: Literal["school.designated"] = "school.designated"
    edition_id: UUID
    school_year: Text
    school_id: Text
    school_name: Text
    district_id: Text
    district_name: Text
    notice_email: Text | None
    before: tuple[Text, ...]
    after: tuple[Text, ...]
    changed: bool
    reasons: tuple[Reason, ...]
    starts_on: date


class DesignationsClosed(Event):
    """The foot: how many schools, how many changed, the checksum over every earlier message's bytes, and what a person
    should look at before signing (`warnings`, such as a ranking in which all schools tie)."""

    type: Literal["designations.closed"] = "designations.closed"
    edition_id: UUID
    schools: int
    changed: int
    checksum: Text
    warnings: tuple[Text, ...] = ()


DesignationEvent = Annotated[DesignationsOpened | SchoolDesignated | DesignationsClosed, Field(discriminator="type")]
DESIGNATIONS = Topic(
    "accountability.designations.v1", 1, "state", TypeAdapter(DesignationEvent), "Statuses and their changes."
)
