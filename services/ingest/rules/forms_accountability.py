"""Decides what a body of the records beside enrolment and tests must and may hold. Source: Ed-Fi Data Standard 5.

Two resources are our own, in a namespace beside Ed-Fi's: it has neither graduation cohorts nor memberships. An
organisation is a school or a district: `_ext.schoolmark.educationOrganizationKind` says which if not the usual.
"""

from services.ingest.rules.descriptors import Intake
from services.ingest.rules.exact import decimal
from services.ingest.rules.forms import ID, SCHOOL, STUDENT, YEAR, ext
from services.ingest.rules.shapes import (
    Check,
    array,
    boolean,
    day,
    descriptor,
    digits,
    may,
    must,
    obj,
    one_of,
    text,
    whole,
    word,
)

_ORGANISATION = must("educationOrganizationReference", obj(must("educationOrganizationId", ID)))
_KIND = word("school", "district")
_COURSE_CODE = must("courseCode", text(60, exact=True))
_IDENTIFIER = text(36, exact=True)


def course(intake: Intake) -> Check:
    """courses."""
    level = obj(must("courseLevelCharacteristicDescriptor", one_of(intake.further.course_levels.meaning)))
    return obj(
        _COURSE_CODE,
        _ORGANISATION,
        must("courseTitle", text(60)),
        may("levelCharacteristics", array(level, "courseLevelCharacteristicDescriptor")),
        ext(may("educationOrganizationKind", _KIND)),
    )


def transcript(intake: Intake) -> Check:
    """courseTranscripts."""
    record = obj(
        must("educationOrganizationId", ID),
        must("schoolYear", YEAR),
        must("studentUniqueId", text(32, exact=True)),
        must("termDescriptor", descriptor),
    )
    accelerated = obj(
        may("kind", word("aice", "ap", "ib", "dual", "industry")),
        may("examScore", text(3, exact=True)),
        may("creditAwarded", boolean),
        may("credentialPassed", boolean),
    )
    return obj(
        must("courseReference", obj(_COURSE_CODE, must("educationOrganizationId", ID))),
        must("studentAcademicRecordReference", record),
        must("courseAttemptResultDescriptor", one_of(intake.further.attempts.meaning)),
        may("earnedCredits", decimal(3, 0)),
        ext(may("educationOrganizationKind", _KIND), may("accelerated", accelerated)),
    )


def awards(intake: Intake) -> Check:
    """studentAcademicRecords."""
    diploma = obj(
        must("diplomaTypeDescriptor", one_of(intake.further.diplomas.meaning)),
        must("diplomaAwardDate", day),
        may("cteCompleter", boolean),
    )
    recognition = obj(
        must("recognitionTypeDescriptor", descriptor),
        may("achievementCategoryDescriptor", one_of(intake.further.achievements.meaning)),
    )
    return obj(
        STUDENT,
        _ORGANISATION,
        must("schoolYearTypeReference", obj(must("schoolYear", YEAR))),
        must("termDescriptor", descriptor),
        may("diplomas", array(diploma, "diplomaTypeDescriptor", "diplomaAwardDate")),
        may("recognitions", array(recognition)),
        ext(may("educationOrganizationKind", _KIND)),
    )


def cohort_member(intake: Intake) -> Check:
    """graduationCohortMembers."""
    return obj(
        STUDENT,
        must("cohortYear", YEAR),
        must("status", word("graduate", "completer", "dropout", "still_enrolled", "excluded")),
        may("schoolReference", obj(must("schoolId", ID))),
        may("localEducationAgencyReference", obj(must("localEducationAgencyId", ID))),
        may("enteredAs", word("first_time", "transfer_in")),
        may("diplomaTypeDescriptor", one_of(intake.further.diplomas.meaning)),
        may("exitDate", day),
        may(
            "exitReason",
            word("out_of_state", "private_school", "home_school", "in_state", "deceased", "emigrated", "other"),
        ),
        may("exitEvidence", word("records_request", "enrollment_confirmed", "death_record", "other")),
    )


def staff(intake: Intake) -> Check:
    """staffs."""
    return obj(
        must("staffUniqueId", text(32, exact=True)),
        must("firstName", text(75)),
        must("lastSurname", text(75)),
        may("yearsOfPriorProfessionalExperience", decimal(2, 0)),
        may("yearsOfPriorTeachingExperience", decimal(2, 0)),
    )


def assignment(intake: Intake) -> Check:
    """staffEducationOrganizationAssignmentAssociations."""
    duty = obj(
        must("subject", text(60, exact=True)),
        must("fullTimeEquivalency", decimal(3, 0, 1)),
        may("inField", boolean),
        may("teachingCredentialDescriptor", one_of(intake.further.credentials.meaning)),
    )
    return obj(
        must("staffReference", obj(must("staffUniqueId", text(32, exact=True)))),
        _ORGANISATION,
        must("staffClassificationDescriptor", one_of(intake.further.classifications.meaning)),
        must("beginDate", day),
        may("endDate", day),
        may("fullTimeEquivalency", decimal(3, 0, 1)),
        ext(
            may("educationOrganizationKind", _KIND),
            may("schoolYear", YEAR),
            may("certified", boolean),
            may("effectiveness", decimal(2, *intake.further.effectiveness)),
            may("subjects", array(duty, "subject")),
        ),
    )


def incident(intake: Intake) -> Check:
    """disciplineIncidents."""
    behavior = obj(must("behaviorDescriptor", one_of(intake.further.behaviors.meaning)))
    return obj(
        must("incidentIdentifier", _IDENTIFIER),
        SCHOOL,
        must("incidentDate", day),
        may("behaviors", array(behavior, "behaviorDescriptor")),
        ext(may("schoolYear", YEAR), may("criminal", boolean)),
    )


def involvement(intake: Intake) -> Check:
    """studentDisciplineIncidentBehaviorAssociations."""
    return obj(
        STUDENT,
        must("disciplineIncidentReference", obj(must("incidentIdentifier", _IDENTIFIER), must("schoolId", ID))),
        must("behaviorDescriptor", one_of(intake.further.behaviors.meaning)),
        ext(may("schoolYear", YEAR), may("lawEnforcement", obj(may("referred", boolean), may("arrested", boolean)))),
    )


def action(intake: Intake) -> Check:
    """disciplineActions."""
    discipline = obj(must("disciplineDescriptor", one_of(intake.further.disciplines.meaning)))
    return obj(
        must("disciplineActionIdentifier", _IDENTIFIER),
        must("disciplineDate", day),
        STUDENT,
        must("responsibilitySchoolReference", obj(must("schoolId", ID))),
        must("disciplines", array(discipline, "disciplineDescriptor", least=1)),
        ext(may("schoolYear", YEAR)),
    )


def outcome(intake: Intake) -> Check:
    """postSecondaryEvents."""
    institution = obj(may("public", boolean), may("inState", boolean), may("level", word("two_year", "four_year")))
    return obj(
        STUDENT,
        must("eventDate", day),
        must("postSecondaryEventCategoryDescriptor", one_of(intake.further.outcomes.meaning)),
        ext(may("institution", institution)),
    )


def expenditure(intake: Intake) -> Check:
    """localActuals. What an account is for is asked for in the extension: Ed-Fi says it in other resources."""
    account = obj(
        must("accountIdentifier", text(50, exact=True)), must("educationOrganizationId", ID), must("fiscalYear", YEAR)
    )
    told = obj(
        must("fund", digits(16)),
        must("function", digits(16)),
        must("object", digits(16)),
        may("source", word("federal", "state_local")),
        may("educationOrganizationKind", _KIND),
    )
    return obj(
        must("localAccountReference", account),
        must("asOfDate", day),
        must("amount", decimal(2)),
        must("_ext", obj(must("schoolmark", told))),
    )


def membership(intake: Intake) -> Check:
    """educationOrganizationMemberships."""
    return obj(
        _ORGANISATION,
        must("educationOrganizationKind", _KIND),
        must("schoolYearTypeReference", obj(must("schoolYear", YEAR))),
        may("averageDailyAttendance", decimal(4, 0)),
        may("netMembershipMonth1", whole()),
    )
