"""Decides what a body of each resource must and may hold. Source: Ed-Fi Data Standard 5, what accountability uses.

The `_ext.schoolmark` object carries what Ed-Fi has no place for: a district's notice address, a school year where
Ed-Fi keeps only current values, the name of a test, a source's own word on the full academic year.
"""

from services.ingest.rules.descriptors import Intake
from services.ingest.rules.shapes import (
    Check,
    Field,
    array,
    boolean,
    day,
    email,
    may,
    moment,
    must,
    obj,
    one_of,
    share,
    text,
    whole,
)

_ID = whole(1)
_YEAR = whole(1990, 2100)
_STUDENT = must("studentReference", obj(must("studentUniqueId", text(32, exact=True))))
_SCHOOL = must("schoolReference", obj(must("schoolId", _ID)))
_SCHOOL_YEAR = may("schoolYearTypeReference", obj(must("schoolYear", _YEAR)))
_ASSESSMENT_KEY = (must("assessmentIdentifier", text(120, exact=True)), must("namespace", text(255, exact=True)))


def _ext(*fields: Field) -> Field:
    return may("_ext", obj(may("schoolmark", obj(*fields))))


def district(intake: Intake) -> Check:
    """localEducationAgencies."""
    return obj(
        must("localEducationAgencyId", _ID),
        must("nameOfInstitution", text(75)),
        _ext(may("noticeEmail", email)),
    )


def school(intake: Intake) -> Check:
    """schools. The district is asked for: without it nobody may write the school's records."""
    grade = obj(must("gradeLevelDescriptor", one_of(intake.grades.meaning)))
    return obj(
        must("schoolId", _ID),
        must("nameOfInstitution", text(75)),
        must("localEducationAgencyReference", obj(must("localEducationAgencyId", _ID))),
        must("gradeLevels", array(grade, "gradeLevelDescriptor", least=1)),
        may("titleIPartASchoolDesignationDescriptor", one_of(intake.title_i.meaning)),
    )


def student(intake: Intake) -> Check:
    """students."""
    born = must("birthDate", day) if intake.birth_date_required else may("birthDate", day)
    return obj(
        must("studentUniqueId", text(32, exact=True)),
        must("firstName", text(75)),
        must("lastSurname", text(75)),
        may("middleName", text(75)),
        born,
    )


def enrollment(intake: Intake) -> Check:
    """studentSchoolAssociations."""
    year_long = obj(may("school", boolean), may("district", boolean), may("state", boolean))
    return obj(
        _STUDENT,
        _SCHOOL,
        must("entryDate", day),
        must("entryGradeLevelDescriptor", one_of(intake.grades.meaning)),
        may("exitWithdrawDate", day),
        _SCHOOL_YEAR,
        _ext(may("fullAcademicYear", year_long)),
    )


def demographics(intake: Intake) -> Check:
    """studentEducationOrganizationAssociations."""
    race = obj(must("raceDescriptor", one_of(intake.races.meaning)))
    disability = obj(must("disabilityDescriptor", one_of(intake.disabilities.meaning)))
    trait = obj(must("studentCharacteristicDescriptor", one_of(intake.characteristics.meaning)))
    return obj(
        _STUDENT,
        must("educationOrganizationReference", obj(must("educationOrganizationId", _ID))),
        may("sexDescriptor", one_of(intake.sexes.meaning)),
        may("hispanicLatinoEthnicity", boolean),
        may("races", array(race, "raceDescriptor")),
        may("limitedEnglishProficiencyDescriptor", one_of(intake.english.meaning)),
        may("disabilities", array(disability, "disabilityDescriptor")),
        may("studentCharacteristics", array(trait, "studentCharacteristicDescriptor")),
        _ext(may("schoolYear", _YEAR)),
    )


def assessment(intake: Intake) -> Check:
    """assessments. Level ranges may be left out; the scoring chapter then does without half levels."""
    subject = obj(must("academicSubjectDescriptor", one_of(intake.subjects.meaning)))
    grade = obj(must("gradeLevelDescriptor", one_of(intake.grades.meaning)))
    level = obj(
        must("performanceLevelDescriptor", one_of(intake.levels.meaning)),
        may("minimumScore", whole()),
        may("maximumScore", whole()),
    )
    return obj(
        *_ASSESSMENT_KEY,
        must("assessmentTitle", text(255)),
        may("assessmentFamily", text(60)),
        must("academicSubjects", array(subject, "academicSubjectDescriptor", least=1)),
        may("assessedGradeLevels", array(grade, "gradeLevelDescriptor")),
        must("performanceLevels", array(level, "performanceLevelDescriptor", least=1)),
        _ext(may("schoolYear", _YEAR), may("test", text(60))),
    )


def result(intake: Intake) -> Check:
    """studentAssessments."""
    score = obj(
        must("assessmentReportingMethodDescriptor", one_of(intake.scale_score.meaning)),
        must("result", text(35)),
    )
    level = obj(must("performanceLevelDescriptor", one_of(intake.levels.meaning)))
    return obj(
        must("studentAssessmentIdentifier", text(60, exact=True)),
        must("assessmentReference", obj(*_ASSESSMENT_KEY)),
        _STUDENT,
        may("administrationDate", moment),
        _SCHOOL_YEAR,
        may("reportedSchoolReference", obj(must("schoolId", _ID))),
        may("whenAssessedGradeLevelDescriptor", one_of(intake.grades.meaning)),
        may("scoreResults", array(score, "assessmentReportingMethodDescriptor")),
        may("performanceLevels", array(level, "performanceLevelDescriptor")),
        may("reasonNotTestedDescriptor", text(306)),
    )


def attendance(intake: Intake) -> Check:
    """studentSchoolAttendanceEvents."""
    session = obj(must("schoolId", _ID), must("schoolYear", _YEAR), must("sessionName", text(60, exact=True)))
    return obj(
        _STUDENT,
        _SCHOOL,
        must("sessionReference", session),
        must("eventDate", day),
        must("attendanceEventCategoryDescriptor", one_of(intake.attendance.meaning)),
        may("eventDuration", share),
    )
