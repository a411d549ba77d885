"""sis.*: batches of records as ingest let them in, and the marker that cuts an edition through them."""

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter

from shared.events.envelope import Event, Frozen, Text
from shared.events.records import (
    ActionRecord,
    AssessmentRecord,
    AssignmentRecord,
    AttendanceRecord,
    AwardsRecord,
    CohortMemberRecord,
    CourseRecord,
    DemographicsRecord,
    DistrictRecord,
    EnrollmentRecord,
    ExpenditureRecord,
    IncidentRecord,
    InvolvementRecord,
    MembershipRecord,
    OutcomeRecord,
    ResultRecord,
    SchoolRecord,
    StaffRecord,
    StudentRecord,
    TranscriptRecord,
)
from shared.events.topic import Topic

RecordT = TypeVar("RecordT")

BATCH_RECORDS = 250  # one message carries at most this many records of one key
PARTITIONS = 4


class Revised(Frozen, Generic[RecordT]):
    """A record with its revision. The highest revision of a key wins; a delete carries the record it ends."""

    op: Literal["upsert", "delete"]
    revision: int
    record: RecordT


class Recorded(Event):
    """Records of one topic and key. `is_load`: they came in a file, so what they change can wait until it is over."""

    is_load: bool = False


class DirectoryRecorded(Recorded):
    """Districts, schools and test forms. Topic key: the state."""

    type: Literal["directory.recorded"] = "directory.recorded"
    districts: tuple[Revised[DistrictRecord], ...] = ()
    schools: tuple[Revised[SchoolRecord], ...] = ()
    assessments: tuple[Revised[AssessmentRecord], ...] = ()


class StudentsRecorded(Recorded):
    """Students and their demographics. Topic key: the submitting district."""

    type: Literal["students.recorded"] = "students.recorded"
    students: tuple[Revised[StudentRecord], ...] = ()
    demographics: tuple[Revised[DemographicsRecord], ...] = ()


class EnrollmentsRecorded(Recorded):
    """Enrolments of one school. Topic key: the school."""

    type: Literal["enrollments.recorded"] = "enrollments.recorded"
    enrollments: tuple[Revised[EnrollmentRecord], ...]


class ResultsRecorded(Recorded):
    """Test results. Topic key: the reporting school, else the state."""

    type: Literal["results.recorded"] = "results.recorded"
    results: tuple[Revised[ResultRecord], ...]


class AttendanceRecorded(Recorded):
    """Attendance events of one school. Topic key: the school."""

    type: Literal["attendance.recorded"] = "attendance.recorded"
    events: tuple[Revised[AttendanceRecord], ...]


class AccountabilityRecorded(Recorded):
    """Records beside enrolment and tests. Topic key: the school, else the state."""

    type: Literal["accountability.recorded"] = "accountability.recorded"
    courses: tuple[Revised[CourseRecord], ...] = ()
    transcripts: tuple[Revised[TranscriptRecord], ...] = ()
    awards: tuple[Revised[AwardsRecord], ...] = ()
    cohorts: tuple[Revised[CohortMemberRecord], ...] = ()
    staff: tuple[Revised[StaffRecord], ...] = ()
    assignments: tuple[Revised[AssignmentRecord], ...] = ()
    incidents: tuple[Revised[IncidentRecord], ...] = ()
    involvements: tuple[Revised[InvolvementRecord], ...] = ()
    actions: tuple[Revised[ActionRecord], ...] = ()
    outcomes: tuple[Revised[OutcomeRecord], ...] = ()
    expenditures: tuple[Revised[ExpenditureRecord], ...] = ()
    memberships: tuple[Revised[MembershipRecord], ...] = ()


class Marked(Frozen):
    """One place a marker was written to."""

    topic: Text
    partition: int


class EditionRequested(Event):
    """The cut of an edition: a marker in every partition of every sis topic. This alone decides the edition.

    `cut_revision`: facts up to and including it count. `history`: latest requested edition of each earlier year.
    `chapters`: service name -> chapter of the law, whole. `notified_on`: the day that starts the legal clocks.
    `markers`: every (topic, partition) this marker was written to.
    """

    type: Literal["edition.requested"] = "edition.requested"
    edition_id: UUID
    state: Text
    school_year: Text
    cut_revision: int
    history: dict[str, UUID]
    chapters: dict[str, Any]
    policy_fingerprint: Text
    notified_on: date
    markers: tuple[Marked, ...]


def _topic(name: str, key: str, purpose: str, recorded: type[Recorded]) -> Topic:
    union = Annotated[recorded | EditionRequested, Field(discriminator="type")]  # type: ignore[valid-type]
    return Topic(name, PARTITIONS, key, TypeAdapter(union), purpose, is_widened=True)


DIRECTORY = _topic("sis.directory.v1", "state", "Districts, schools and test forms.", DirectoryRecorded)
STUDENTS = _topic("sis.students.v1", "submitting district", "Students and demographics.", StudentsRecorded)
ENROLLMENTS = _topic("sis.enrollments.v1", "school", "Enrolments.", EnrollmentsRecorded)
RESULTS = _topic("sis.assessments.v1", "reporting school, else state", "Test results.", ResultsRecorded)
ATTENDANCE = _topic("sis.attendance.v1", "school", "Attendance events.", AttendanceRecorded)
ACCOUNTABILITY = _topic(
    "sis.accountability.v1",
    "school, else state",
    "Courses, cohorts, staff, discipline, outcomes and money.",
    AccountabilityRecorded,
)
SIS = (DIRECTORY, STUDENTS, ENROLLMENTS, RESULTS, ATTENDANCE, ACCOUNTABILITY)
