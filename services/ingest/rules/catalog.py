"""The one table of resources: what identifies a record, what it needs, what it means and where it goes.

The HTTP routes, bulk intake, listings and the dependency order are all made from it, in its order: parents first.
"""

from services.ingest.rules import forms, meanings, meanings_tests
from services.ingest.rules.bodies import Body, Fields, own_year
from services.ingest.rules.catalog_accountability import PLACES_TABLE, STUDENTS_TABLE
from services.ingest.rules.resources import (
    OF_DISTRICT,
    OF_SCHOOL,
    Needed,
    Resource,
    district_needed,
    school_needed,
    student_needed,
)


def _result_needs(fields: Fields, body: Body) -> tuple[Needed, ...]:
    reference = body["assessmentReference"]
    test = "assessments", (reference["assessmentIdentifier"], reference["namespace"]), "assessmentReference", False
    if fields["school_id"] is None:
        return student_needed(fields), test
    return student_needed(fields), test, school_needed(fields, "reportedSchoolReference")


TABLE = (
    Resource(
        name="localEducationAgencies",
        topic="directory",
        part="districts",
        form=forms.district,
        leaves=("localEducationAgencyId",),
        key=lambda body, year: (body["localEducationAgencyId"],),
        meaning=meanings.district,
        needs=lambda fields, body: (),
        owner=OF_DISTRICT,
    ),
    Resource(
        name="schools",
        topic="directory",
        part="schools",
        form=forms.school,
        leaves=("schoolId",),
        key=lambda body, year: (body["schoolId"],),
        meaning=meanings.school,
        needs=lambda fields, body: (district_needed(fields),),
        owner=OF_DISTRICT,
    ),
    Resource(
        name="assessments",
        topic="directory",
        part="assessments",
        form=forms.assessment,
        leaves=("assessmentIdentifier", "namespace"),
        key=lambda body, year: (body["assessmentIdentifier"], body["namespace"]),
        meaning=meanings_tests.assessment,
        needs=lambda fields, body: (),
    ),
    Resource(
        name="students",
        topic="students",
        part="students",
        form=forms.student,
        leaves=("studentUniqueId",),
        key=lambda body, year: (body["studentUniqueId"],),
        meaning=meanings.student,
        needs=lambda fields, body: (),
    ),
    Resource(
        name="studentSchoolAssociations",
        topic="enrollments",
        part="enrollments",
        form=forms.enrollment,
        leaves=(
            "studentUniqueId",
            "schoolId",
            "entryDate",
        ),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["schoolReference"]["schoolId"],
            body["entryDate"],
        ),
        meaning=meanings.enrollment,
        needs=lambda fields, body: (student_needed(fields), school_needed(fields)),
        owner=OF_SCHOOL,
    ),
    Resource(
        name="studentEducationOrganizationAssociations",
        topic="students",
        part="demographics",
        form=forms.demographics,
        leaves=(
            "studentUniqueId",
            "educationOrganizationId",
            "schoolYear",
        ),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["educationOrganizationReference"]["educationOrganizationId"],
            own_year(body, year),
        ),
        meaning=meanings.demographics,
        needs=lambda fields, body: (
            student_needed(fields),
            district_needed(fields, "educationOrganizationReference"),
        ),
        owner=OF_DISTRICT,
    ),
    Resource(
        name="studentAssessments",
        topic="results",
        part="results",
        form=forms.result,
        leaves=(
            "studentAssessmentIdentifier",
            "assessmentIdentifier",
            "namespace",
            "studentUniqueId",
        ),
        key=lambda body, year: (
            body["studentAssessmentIdentifier"],
            body["assessmentReference"]["assessmentIdentifier"],
            body["assessmentReference"]["namespace"],
            body["studentReference"]["studentUniqueId"],
        ),
        meaning=meanings_tests.result,
        needs=_result_needs,
        owner=OF_SCHOOL,
    ),
    Resource(
        # Ed-Fi's key also has sessionName; a day's event of one category is one fact here, whatever the session
        name="studentSchoolAttendanceEvents",
        topic="attendance",
        part="events",
        form=forms.attendance,
        leaves=(
            "studentUniqueId",
            "schoolId",
            "schoolYear",
            "eventDate",
            "attendanceEventCategoryDescriptor",
        ),
        key=lambda body, year: (
            body["studentReference"]["studentUniqueId"],
            body["schoolReference"]["schoolId"],
            body["sessionReference"]["schoolYear"],
            body["eventDate"],
            body["attendanceEventCategoryDescriptor"].rpartition("#")[2].casefold(),
        ),
        meaning=meanings.attendance,
        needs=lambda fields, body: (student_needed(fields), school_needed(fields)),
        owner=OF_SCHOOL,
    ),
    *STUDENTS_TABLE,
    *PLACES_TABLE,
)
BY_NAME = {resource.name: resource for resource in TABLE}
