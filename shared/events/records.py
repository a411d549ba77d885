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
    """A school of the directory. Key: school_id. `grades` are the grade codes it serves.

    `lunch_hundredths`: percent of students with free or reduced lunch, in hundredths of a percent.
    """

    school_id: Text
    district_id: Text
    name: Text
    grades: tuple[Text, ...]
    title_i: bool
    low_income: bool | None = None
    minority: bool | None = None
    lunch_hundredths: int | None = Field(default=None, ge=0, le=10_000)
    opened_on: date | None = None


class LevelRange(Frozen):
    """One performance level of a test, lowest first in its assessment: its name and its scale scores, both ends in."""

    name: Text
    lowest: int | None = None
    highest: int | None = None


class AssessmentRecord(Frozen):
    """A test form. Key: assessment_id (identifier and namespace). `test` says "grade 3" or a course's name.

    `subject` is None for a kind that is no academic test.
    """

    assessment_id: Text
    program: Text
    kind: Literal["academic", "english_language", "college_entrance", "work_readiness"] = "academic"
    subject: Literal["reading", "math", "science", "history"] | None = None
    test: Text
    levels: tuple[LevelRange, ...]


class StudentRecord(Frozen):
    """A student known to the state. Key: student_id. Names stay in ingest: no rule needs them."""

    student_id: Text


class DemographicsRecord(Frozen):
    """A student's groups in one district and school year, as of a day. Key: student_id, district_id, school_year."""

    student_id: Text
    district_id: Text
    school_year: Text
    as_of: date | None = None
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
    """A student's stay at a school. Key: student_id, school_id, entry_date. `fay_*`: the source's own word.

    `exit_kind`: graduated, completed, dropout, transferred, year_end, deceased, expelled or other.
    """

    student_id: Text
    school_id: Text
    school_year: Text
    entry_date: date
    exit_date: date | None = None
    grade: Text
    exit_kind: Text | None = None
    fay_school: bool | None = None
    fay_district: bool | None = None
    fay_state: bool | None = None


class ScorePart(Frozen):
    """A score within a test, such as "math" of a college entrance test."""

    name: Text
    score: int


class ResultRecord(Frozen):
    """One test of one student. Key: result_id, assessment_id, student_id. No level means expected but not scored.

    `exit_met`, `exit_score`, `program_year` (1 is the first): an English learner's test. `parts`: college entrance.
    """

    result_id: Text
    assessment_id: Text
    student_id: Text
    school_year: Text
    school_id: Text | None = None
    grade: Text | None = None
    level: Text | None = None
    scale_score: int | None = None
    exit_met: bool | None = None
    exit_score: int | None = None
    program_year: int | None = Field(default=None, ge=1, le=14)
    parts: tuple[ScorePart, ...] = ()


class AttendanceRecord(Frozen):
    """One attendance event. Key: student_id, school_id, school_year, day, category. `share_of_day` in hundredths."""

    student_id: Text
    school_id: Text
    school_year: Text
    day: date
    category: Text
    share_of_day: int = Field(default=100, ge=0, le=100)


class CourseRecord(Frozen):
    """A course a school or district offers. Key: course_id. `kinds`: of COURSE_KINDS, none for an ordinary course."""

    course_id: Text
    school_id: Text | None = None
    district_id: Text | None = None
    title: Text
    kinds: tuple[Literal["aice", "ap", "ib", "dual", "industry"], ...] = ()


class TranscriptRecord(Frozen):
    """A course one student took. Key: student_id, course_id, school_year, term, outcome.

    `kind` overrules the course's kinds. `exam_score` as the exam prints it ("3", "E"); what is a success is policy.
    """

    student_id: Text
    course_id: Text
    school_id: Text | None = None
    district_id: Text | None = None
    school_year: Text
    term: Text
    outcome: Literal["pass", "fail", "incomplete", "withdrawn"]
    kind: Literal["aice", "ap", "ib", "dual", "industry"] | None = None
    exam_score: Text | None = None
    credit_awarded: bool | None = None
    credential_passed: bool | None = None


class AwardsRecord(Frozen):
    """What a student was awarded by a school or district. Key: student_id, school_id or district_id, school_year, term.

    `awards`: kinds of diplomas and certificates. `cte_completer`: completed a career and technical pathway.
    """

    student_id: Text
    school_id: Text | None = None
    district_id: Text | None = None
    school_year: Text
    term: Text
    awards: tuple[Literal["regular", "alternate", "equivalency", "completion", "industry", "other"], ...] = ()
    cte_completer: bool = False


class CohortMemberRecord(Frozen):
    """A student of a graduation cohort. Key: student_id, cohort_year, the school year in which the four years end.

    `school_id`, `district_id`: of longest enrolment; without them the enrolments of the four years decide.
    `exit_evidence`: what proves a removal, or none.
    """

    student_id: Text
    cohort_year: Text
    school_id: Text | None = None
    district_id: Text | None = None
    entered_as: Literal["first_time", "transfer_in"] = "first_time"
    status: Literal["graduate", "completer", "dropout", "still_enrolled", "excluded"]
    diploma: Literal["regular", "alternate", "equivalency", "completion", "other"] | None = None
    exit_date: date | None = None
    exit_reason: (
        Literal["out_of_state", "private_school", "home_school", "in_state", "deceased", "emigrated", "other"] | None
    ) = None
    exit_evidence: Literal["records_request", "enrollment_confirmed", "death_record", "other"] | None = None


class StaffRecord(Frozen):
    """A teacher or leader. Key: staff_id. `years_hundredths`: years in education, in hundredths."""

    staff_id: Text
    years_hundredths: int | None = Field(default=None, ge=0)


class Duty(Frozen):
    """A part of an assignment: FTE in thousandths, whether in the teacher's field, and on what credential."""

    subject: Text
    fte_thousandths: int = Field(ge=0, le=1000)
    in_field: bool | None = None
    credential: Literal["standard", "provisional", "emergency"] | None = None


class AssignmentRecord(Frozen):
    """A person's work at a school in a year. Key: staff_id, school_id or district_id, role, began_on.

    `fte_thousandths` is the sum over `duties`. `effectiveness_hundredths`: the effectiveness score, 3.14 is 314.
    """

    staff_id: Text
    school_id: Text | None = None
    district_id: Text | None = None
    school_year: Text
    role: Literal["teacher", "school_leader", "other"]
    began_on: date
    ended_on: date | None = None
    fte_thousandths: int = Field(ge=0, le=1000)
    certified: bool | None = None
    effectiveness_hundredths: int | None = Field(default=None, ge=0)
    duties: tuple[Duty, ...] = ()


class IncidentRecord(Frozen):
    """An incident at a school. Key: incident_id, school_id. `kinds`: what it was; `is_criminal` False: so reported."""

    incident_id: Text
    school_id: Text
    school_year: Text
    day: date
    kinds: tuple[Text, ...]
    is_criminal: bool = True


class InvolvementRecord(Frozen):
    """A student's part in an incident. Key: student_id, incident_id, school_id. An arrest is a referral too."""

    student_id: Text
    incident_id: Text
    school_id: Text
    school_year: Text
    is_referred: bool = False
    is_arrested: bool = False


class ActionRecord(Frozen):
    """A discipline of one student. Key: action_id, day, student_id. `kinds`: what was done."""

    action_id: Text
    student_id: Text
    school_id: Text
    school_year: Text
    day: date
    kinds: tuple[Literal["in_school_suspension", "out_of_school_suspension", "expulsion"], ...]


class OutcomeRecord(Frozen):
    """What a graduate did afterwards. Key: student_id, day, category. `level`: two_year or four_year."""

    student_id: Text
    day: date
    category: Text
    kind: Literal["enrolled", "employed"] | None = None
    is_public: bool | None = None
    is_in_state: bool | None = None
    level: Literal["two_year", "four_year"] | None = None


class ExpenditureRecord(Frozen):
    """The balance of one account as of a day, in cents; negative for a reversal. Of several days the latest counts.

    Key: account_id, school_id or district_id, fiscal_year, as_of. `fund`, `function` and `object` are digits.
    """

    account_id: Text
    school_id: Text | None = None
    district_id: Text | None = None
    fiscal_year: Text
    as_of: date
    fund: Text
    function: Text
    object: Text
    source: Literal["federal", "state_local"] | None = None
    amount_cents: int


class MembershipRecord(Frozen):
    """Divisors of spending. Key: school_id or district_id, school_year.

    `ada`: average daily attendance of months 1 to 9, exact as text; `membership`: net membership of month 1.
    """

    school_id: Text | None = None
    district_id: Text | None = None
    school_year: Text
    ada: Text | None = None
    membership: int | None = Field(default=None, ge=0)
