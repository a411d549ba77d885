"""Bodies of the records beside enrolment and tests, of the school and district of `ingest_door`."""

from collections.abc import Callable
from typing import Any

ED = "uri://ed-fi.org/"


def ext(**told: Any) -> dict[str, Any]:
    """What Ed-Fi has no place for."""
    return {"_ext": {"schoolmark": told}}


def course(code: str = "AP-CALC", organisation: int = 1001, **more: Any) -> dict[str, Any]:
    """An Advanced Placement course of a district."""
    return {
        "courseCode": code,
        "educationOrganizationReference": {"educationOrganizationId": organisation},
        "courseTitle": "Calculus",
        "levelCharacteristics": [
            {"courseLevelCharacteristicDescriptor": f"{ED}CourseLevelCharacteristicDescriptor#Advanced Placement"}
        ],
        **more,
    }


def transcript(student: str = "S1", code: str = "AP-CALC", organisation: int = 1001, **more: Any) -> dict[str, Any]:
    """That course, passed in 2024-25, with an exam."""
    return {
        "courseReference": {"courseCode": code, "educationOrganizationId": organisation},
        "studentAcademicRecordReference": {
            "educationOrganizationId": organisation,
            "schoolYear": 2025,
            "studentUniqueId": student,
            "termDescriptor": f"{ED}TermDescriptor#Year Round",
        },
        "courseAttemptResultDescriptor": f"{ED}CourseAttemptResultDescriptor#Pass",
        "earnedCredits": 1,
        **ext(accelerated={"kind": "ap", "examScore": "4"}),
        **more,
    }


def awards(student: str = "S1", organisation: int = 1001, **more: Any) -> dict[str, Any]:
    """A regular diploma and a certificate."""
    return {
        "studentReference": {"studentUniqueId": student},
        "educationOrganizationReference": {"educationOrganizationId": organisation},
        "schoolYearTypeReference": {"schoolYear": 2025},
        "termDescriptor": f"{ED}TermDescriptor#Year Round",
        "diplomas": [
            {
                "diplomaTypeDescriptor": f"{ED}DiplomaTypeDescriptor#Regular diploma",
                "diplomaAwardDate": "2025-05-23",
                "cteCompleter": True,
            }
        ],
        "recognitions": [
            {
                "recognitionTypeDescriptor": f"{ED}RecognitionTypeDescriptor#Other",
                "achievementCategoryDescriptor": f"{ED}AchievementCategoryDescriptor#Certificate Earned",
            }
        ],
        **more,
    }


def cohort_member(student: str = "S1", school: int = 1001001, **more: Any) -> dict[str, Any]:
    """A graduate of 2025."""
    return {
        "studentReference": {"studentUniqueId": student},
        "cohortYear": 2025,
        "schoolReference": {"schoolId": school},
        "localEducationAgencyReference": {"localEducationAgencyId": school // 1000},
        "status": "graduate",
        "diplomaTypeDescriptor": f"{ED}DiplomaTypeDescriptor#Regular diploma",
        **more,
    }


def outcome(student: str = "S1", **more: Any) -> dict[str, Any]:
    """Enrolled at a public university of the state."""
    return {
        "studentReference": {"studentUniqueId": student},
        "eventDate": "2025-09-01",
        "postSecondaryEventCategoryDescriptor": f"{ED}PostSecondaryEventCategoryDescriptor#College Enrollment",
        **ext(institution={"public": True, "inState": True, "level": "four_year"}),
        **more,
    }


def staff(number: str = "T1", **more: Any) -> dict[str, Any]:
    """A teacher of not quite three years."""
    return {
        "staffUniqueId": number,
        "firstName": "Ida",
        "lastSurname": "Roe",
        "yearsOfPriorProfessionalExperience": 2.99,
        **more,
    }


def assignment(number: str = "T1", organisation: int = 1001001, **more: Any) -> dict[str, Any]:
    """A full-time teacher of two subjects in 2024-25."""
    return {
        "staffReference": {"staffUniqueId": number},
        "educationOrganizationReference": {"educationOrganizationId": organisation},
        "staffClassificationDescriptor": f"{ED}StaffClassificationDescriptor#Teacher",
        "beginDate": "2024-08-01",
        "fullTimeEquivalency": 1.0,
        **ext(
            schoolYear=2025,
            certified=True,
            effectiveness=3.14,
            subjects=[duty("Mathematics", 0.625, "Regular/Standard"), duty("English", 0.375, "Emergency")],
        ),
        **more,
    }


def duty(subject: str, share: Any, credential: str) -> dict[str, Any]:
    """A part of an assignment."""
    return {
        "subject": subject,
        "fullTimeEquivalency": share,
        "inField": credential != "Emergency",
        "teachingCredentialDescriptor": f"{ED}TeachingCredentialDescriptor#{credential}",
    }


def incident(number: str = "I-1", school: int = 1001001, **more: Any) -> dict[str, Any]:
    """A fight."""
    return {
        "incidentIdentifier": number,
        "schoolReference": {"schoolId": school},
        "incidentDate": "2024-10-02",
        "behaviors": [{"behaviorDescriptor": "uri://x/BehaviorDescriptor#Fighting"}],
        **more,
    }


def involvement(student: str = "S1", number: str = "I-1", school: int = 1001001, **more: Any) -> dict[str, Any]:
    """A student who was referred to law enforcement for it."""
    return {
        "studentReference": {"studentUniqueId": student},
        "disciplineIncidentReference": {"incidentIdentifier": number, "schoolId": school},
        "behaviorDescriptor": "uri://x/BehaviorDescriptor#Fighting",
        **ext(schoolYear=2025, lawEnforcement={"referred": True, "arrested": False}),
        **more,
    }


def action(student: str = "S1", school: int = 1001001, **more: Any) -> dict[str, Any]:
    """A suspension out of school."""
    return {
        "disciplineActionIdentifier": "A-1",
        "disciplineDate": "2024-10-03",
        "studentReference": {"studentUniqueId": student},
        "responsibilitySchoolReference": {"schoolId": school},
        "disciplines": [{"disciplineDescriptor": f"{ED}DisciplineDescriptor#Out of School Suspension"}],
        **more,
    }


def expenditure(number: str = "1120-1110", organisation: int = 1001, **more: Any) -> dict[str, Any]:
    """A district's account of instruction at the end of 2024-25."""
    return {
        "localAccountReference": {
            "accountIdentifier": number,
            "educationOrganizationId": organisation,
            "fiscalYear": 2025,
        },
        "asOfDate": "2025-06-30",
        "amount": 1234.56,
        **ext(fund="1120", function="1110", object="110", source="state_local"),
        **more,
    }


def membership(organisation: int = 1001, **more: Any) -> dict[str, Any]:
    """A district's divisors of 2024-25."""
    return {
        "educationOrganizationReference": {"educationOrganizationId": organisation},
        "educationOrganizationKind": "district",
        "schoolYearTypeReference": {"schoolYear": 2025},
        "averageDailyAttendance": 1133.06,
        "netMembershipMonth1": 1222,
        **more,
    }


STATE_WRITES = ("graduationCohortMembers", "postSecondaryEvents", "educationOrganizationMemberships")
MAKE: dict[str, Callable[..., dict[str, Any]]] = {
    "courses": course,
    "courseTranscripts": transcript,
    "studentAcademicRecords": awards,
    "graduationCohortMembers": cohort_member,
    "postSecondaryEvents": outcome,
    "staffs": staff,
    "staffEducationOrganizationAssignmentAssociations": assignment,
    "disciplineIncidents": incident,
    "studentDisciplineIncidentBehaviorAssociations": involvement,
    "disciplineActions": action,
    "localActuals": expenditure,
    "educationOrganizationMemberships": membership,
}


def of_place(district: str, school: str, student: str) -> dict[str, dict[str, Any]]:
    """One body of each resource that is a district's own, under keys that no sample has."""
    course_code, person, number, own, place = f"C{district}", f"T{district}", f"I{district}", int(district), int(school)
    return {
        "courses": course(course_code, own),
        "courseTranscripts": transcript(student, course_code, own),
        "studentAcademicRecords": awards(student, own, schoolYearTypeReference={"schoolYear": 2019}),
        "graduationCohortMembers": cohort_member(student, place, cohortYear=2031),
        "postSecondaryEvents": outcome(student),
        "staffs": staff(person),
        "staffEducationOrganizationAssignmentAssociations": assignment(person, place),
        "disciplineIncidents": incident(number, place),
        "studentDisciplineIncidentBehaviorAssociations": involvement(student, number, place),
        "disciplineActions": action(student, place, disciplineActionIdentifier=number),
        "localActuals": expenditure(f"A{district}", own),
        "educationOrganizationMemberships": membership(own, schoolYearTypeReference={"schoolYear": 2019}),
    }
