"""Canonical records: what ingest makes of a client's push and scoring keeps as facts. Student data: sis.* only."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.events.envelope import Frozen, Text


class DistrictRecord(Frozen):
    """A district of the directory. Key: district_id."""

    district_id: Text
    name: Text
    notice_email: Text | None = None


class SchoolRecord(Frozen):
    """A school of the directory. Key: school_id. `grades` are the grade codes it serves."""

    school_id: Text
    district_id: Text
    name: Text
    grades: tuple[Text, ...]
    title_i: bool


class LevelRange(Frozen):
    """One performance level of a test, lowest first in its assessment: its name and its scale scores, both ends in."""

    name: Text
    lowest: int | None = None
    highest: int | None = None


class AssessmentRecord(Frozen):
    """A test form. Key: assessment_id (identifier and namespace). `test` says "grade 3" or a course's name."""

    assessment_id: Text
    program: Text
    subject: Literal["reading", "math", "science", "history"]
    test: Text
    levels: tuple[LevelRange, ...]


class StudentRecord(Frozen):
    """A student known to the state. Key: student_id. Names stay in ingest: no rule needs them."""

    student_id: Text


class DemographicsRecord(Frozen):
    """A student's groups in one district and school year. Key: student_id, district_id, school_year."""

    student_id: Text
    district_id: Text
    school_year: Text
    gender: Text | None = None
    race: Text | None = None
    economically_disadvantaged: bool = False
    students_with_disabilities: bool = False
    english_learners: bool = False
    migrant: bool = False
    homeless: bool = False
    foster_care: bool = False
    military_connected: bool = False


class EnrollmentRecord(Frozen):
    """A student's stay at a school. Key: student_id, school_id, entry_date. `fay_*`: the source's own word."""

    student_id: Text
    school_id: Text
    school_year: Text
    entry_date: date
    exit_date: date | None = None
    grade: Text
    fay_school: bool | None = None
    fay_district: bool | None = None
    fay_state: bool | None = None


class ResultRecord(Frozen):
    """One test of one student. Key: result_id, assessment_id, student_id. No level means expected but not scored."""

    result_id: Text
    assessment_id: Text
    student_id: Text
    school_year: Text
    school_id: Text | None = None
    grade: Text | None = None
    level: Text | None = None
    scale_score: int | None = None


class AttendanceRecord(Frozen):
    """One attendance event. Key: student_id, school_id, school_year, day, category. `share_of_day` in hundredths."""

    student_id: Text
    school_id: Text
    school_year: Text
    day: date
    category: Text
    share_of_day: int = Field(default=100, ge=0, le=100)
