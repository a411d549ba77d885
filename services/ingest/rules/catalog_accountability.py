"""The second part of the table of resources: what stands beside enrolment and tests, all of one topic, parents first.

A key names whose the record is wherever a district may write it: no district's record can take another's place.
"""

from services.ingest.rules import forms_accountability as forms
from services.ingest.rules import meanings_places as places
from services.ingest.rules import meanings_students as students
from services.ingest.rules.bodies import Body, Fields, code_of
from services.ingest.rules.resources import (
    OF_ORGANISATION,
    OF_SCHOOL,
    OWN_SPACE,
    Needed,
    Resource,
    district_needed,
    school_needed,
    student_needed,
)

_TOPIC = "accountability"


def _organisation(fields: Fields, reference: str = "educationOrganizationReference") -> Needed:
    if fields["school_id"] is not None:
        return school_needed(fields, reference)
    return district_needed(fields, reference)


def _transcript_needs(fields: Fields, body: Body) -> tuple[Needed, ...]:
    course = body["courseReference"]
    key = course["courseCode"], str(course["educationOrganizationId"])
    return (
        student_needed(fields, "studentAcademicRecordReference"),
        ("courses", key, "courseReference", False),
        _organisation(fields, "courseReference"),
    )


def _cohort_needs(fields: Fields, body: Body) -> tuple[Needed, ...]:
    found = [student_needed(fields)]
    if fields["school_id"] is not None:
        found.append(school_needed(fields))
    if fields["district_id"] is not None:
        found.append(district_needed(fields, owns=fields["school_id"] is None))
    return tuple(found)


def _involvement_needs(fields: Fields, body: Body) -> tuple[Needed, ...]:
    reference = "disciplineIncidentReference"
    incident = "disciplineIncidents", (fields["incident_id"], fields["school_id"]), reference, False
    return student_needed(fields), incident, school_needed(fields, reference)


STUDENTS_TABLE = (
    Resource(
        name="courses",
        topic=_TOPIC,
        part="courses",
        form=forms.course,
        leaves=("courseCode", "educationOrganizationId"),
        key=lambda body, year: (
            body["courseCode"],
            body["educationOrganizationReference"]["educationOrganizationId"],
        ),
        meaning=students.course,
        needs=lambda fields, body: (_organisation(fields),),
        owner=OF_ORGANISATION,
    ),
    Resource(
        # whose course it is, not who keeps the student's record, says whose a transcript is
        name="courseTranscripts",
        topic=_TOPIC,
        part="transcripts",
        form=forms.transcript,
        leaves=(
            "studentUniqueId",
            "courseCode",
            "educationOrganizationId",
            "schoolYear",
            "termDescriptor",
            "courseAttemptResultDescriptor",
        ),
        key=lambda body, year: (
            body["studentAcademicRecordReference"]["studentUniqueId"],
            body["courseReference"]["courseCode"],
            body["courseReference"]["educationOrganizationId"],
            body["studentAcademicRecordReference"]["schoolYear"],
            code_of(body["studentAcademicRecordReference"]["termDescriptor"]),
            code_of(body["courseAttemptResultDescriptor"]),
        ),
        meaning=students.transcript,
        needs=_transcript_needs,
        owner=OF_ORGANISATION,
    ),
    Resource(
        name="studentAcademicRecords",
        topic=_TOPIC,
        part="awards",
        form=forms.awards,
        leaves=("studentUniqueId", "educationOrganizationId", "schoolYear", "termDescriptor"),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["educationOrganizationReference"]["educationOrganizationId"],
            body["schoolYearTypeReference"]["schoolYear"],
            code_of(body["termDescriptor"]),
        ),
        meaning=students.awards,
        needs=lambda fields, body: (student_needed(fields), _organisation(fields)),
        owner=OF_ORGANISATION,
    ),
    Resource(
        name="graduationCohortMembers",
        topic=_TOPIC,
        part="cohorts",
        form=forms.cohort_member,
        leaves=("studentUniqueId", "cohortYear"),
        key=lambda body, year: (body["studentReference"]["studentUniqueId"], body["cohortYear"]),
        meaning=students.cohort_member,
        needs=_cohort_needs,
        owner=OF_ORGANISATION,
        space=OWN_SPACE,
    ),
    Resource(
        name="postSecondaryEvents",
        topic=_TOPIC,
        part="outcomes",
        form=forms.outcome,
        leaves=("studentUniqueId", "eventDate", "postSecondaryEventCategoryDescriptor"),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["eventDate"],
            code_of(body["postSecondaryEventCategoryDescriptor"]),
        ),
        meaning=students.outcome,
        needs=lambda fields, body: (student_needed(fields),),
    ),
)
PLACES_TABLE = (
    Resource(
        name="staffs",
        topic=_TOPIC,
        part="staff",
        form=forms.staff,
        leaves=("staffUniqueId",),
        key=lambda body, year: (body["staffUniqueId"],),
        meaning=places.staff,
        needs=lambda fields, body: (),
    ),
    Resource(
        name="staffEducationOrganizationAssignmentAssociations",
        topic=_TOPIC,
        part="assignments",
        form=forms.assignment,
        leaves=("staffUniqueId", "educationOrganizationId", "staffClassificationDescriptor", "beginDate"),
        key=lambda body, year: (
            body["staffReference"]["staffUniqueId"],
            body["educationOrganizationReference"]["educationOrganizationId"],
            code_of(body["staffClassificationDescriptor"]),
            body["beginDate"],
        ),
        meaning=places.assignment,
        needs=lambda fields, body: (
            ("staffs", (fields["staff_id"],), "staffReference", False),
            _organisation(fields),
        ),
        owner=OF_ORGANISATION,
    ),
    Resource(
        name="disciplineIncidents",
        topic=_TOPIC,
        part="incidents",
        form=forms.incident,
        leaves=("incidentIdentifier", "schoolId"),
        key=lambda body, year: (body["incidentIdentifier"], body["schoolReference"]["schoolId"]),
        meaning=places.incident,
        needs=lambda fields, body: (school_needed(fields),),
        owner=OF_SCHOOL,
    ),
    Resource(
        # Ed-Fi's key also has behaviorDescriptor; a student's part in one incident is one fact here
        name="studentDisciplineIncidentBehaviorAssociations",
        topic=_TOPIC,
        part="involvements",
        form=forms.involvement,
        leaves=("studentUniqueId", "incidentIdentifier", "schoolId"),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["disciplineIncidentReference"]["incidentIdentifier"],
            body["disciplineIncidentReference"]["schoolId"],
        ),
        meaning=places.involvement,
        needs=_involvement_needs,
        owner=OF_SCHOOL,
    ),
    Resource(
        # Ed-Fi's key has no school: two schools may count alike
        name="disciplineActions",
        topic=_TOPIC,
        part="actions",
        form=forms.action,
        leaves=("disciplineActionIdentifier", "schoolId", "disciplineDate", "studentUniqueId"),
        key=lambda body, year: (
            body["disciplineActionIdentifier"],
            body["responsibilitySchoolReference"]["schoolId"],
            body["disciplineDate"],
            body["studentReference"]["studentUniqueId"],
        ),
        meaning=places.action,
        needs=lambda fields, body: (student_needed(fields), school_needed(fields, "responsibilitySchoolReference")),
        owner=OF_SCHOOL,
    ),
    Resource(
        name="localActuals",
        topic=_TOPIC,
        part="expenditures",
        form=forms.expenditure,
        leaves=("accountIdentifier", "educationOrganizationId", "fiscalYear", "asOfDate"),
        key=lambda body, year: (
            body["localAccountReference"]["accountIdentifier"],
            body["localAccountReference"]["educationOrganizationId"],
            body["localAccountReference"]["fiscalYear"],
            body["asOfDate"],
        ),
        meaning=places.expenditure,
        needs=lambda fields, body: (_organisation(fields, "localAccountReference"),),
        owner=OF_ORGANISATION,
    ),
    Resource(
        name="educationOrganizationMemberships",
        topic=_TOPIC,
        part="memberships",
        form=forms.membership,
        leaves=("educationOrganizationId", "schoolYear"),
        key=lambda body, year: (
            body["educationOrganizationReference"]["educationOrganizationId"],
            body["schoolYearTypeReference"]["schoolYear"],
        ),
        meaning=places.membership,
        needs=lambda fields, body: (_organisation(fields),),
        owner=OF_ORGANISATION,
        space=OWN_SPACE,
    ),
)
