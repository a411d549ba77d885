"""Decides what a body of each resource must and may hold. Source: Ed-Fi Data Standard 5, what accountability uses.

The `_ext.schoolmark` object carries what Ed-Fi has no place for: a district's notice address, a school year where
Ed-Fi keeps only current values, the name and kind of a test, a source's own word on the full academic year.
"""

from services.ingest.rules.descriptors import Intake
from services.ingest.rules.exact import decimal
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
    word,
)

ID = whole(1)
YEAR = whole(1990, 2100)
ASSESSMENT_KINDS = ("academic", "english_language", "college_entrance", "work_readiness")
STUDENT = must("studentReference", obj(must("studentUniqueId", text(32, exact=True))))
SCHOOL = must("schoolReference", obj(must("schoolId", ID)))
SCHOOL_YEAR = may("schoolYearTypeReference", obj(must("schoolYear", YEAR)))
ASSESSMENT_KEY = (must("assessmentIdentifier", text(120, exact=True)), must("namespace", text(255, exact=True)))


def ext(*fields: Field) -> Field:
    """What Ed-Fi has no place for."""
    return may("_ext", obj(may("schoolmark", obj(*fields))))


def district(intake: Intake) -> Check:
    """localEducationAgencies."""
    return obj(
        must("localEducationAgencyId", ID),
        must("nameOfInstitution", text(75)),
        ext(may("noticeEmail", email)),
    )


def school(intake: Intake) -> Check:
    """schools. The district is asked for: without it nobody may write the school's records."""
    grade = obj(must("gradeLevelDescriptor", one_of(intake.grades.meaning)))
    return obj(
        must("schoolId", ID),
        must("nameOfInstitution", text(75)),
        must("localEducationAgencyReference", obj(must("localEducationAgencyId", ID))),
        must("gradeLevels", array(grade, "gradeLevelDescriptor", least=1)),
        may("titleIPartASchoolDesignationDescriptor", one_of(intake.title_i.meaning)),
        ext(
            may("openedOn", day),
            may("lowIncome", boolean),
            may("minority", boolean),
            may("freeReducedLunchPercent", decimal(2, 0, 100)),
        ),
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
        STUDENT,
        SCHOOL,
        must("entryDate", day),
        must("entryGradeLevelDescriptor", one_of(intake.grades.meaning)),
        may("exitWithdrawDate", day),
        may("exitWithdrawTypeDescriptor", one_of(intake.exits.meaning)),
        SCHOOL_YEAR,
        ext(may("fullAcademicYear", year_long)),
    )


def demographics(intake: Intake) -> Check:
    """studentEducationOrganizationAssociations."""
    race = obj(must("raceDescriptor", one_of(intake.races.meaning)))
    disability = obj(must("disabilityDescriptor", one_of(intake.disabilities.meaning)))
    trait = obj(must("studentCharacteristicDescriptor", one_of(intake.characteristics.meaning)))
    return obj(
        STUDENT,
        must("educationOrganizationReference", obj(must("educationOrganizationId", ID))),
        may("sexDescriptor", one_of(intake.sexes.meaning)),
        may("hispanicLatinoEthnicity", boolean),
        may("races", array(race, "raceDescriptor")),
        may("limitedEnglishProficiencyDescriptor", one_of(intake.english.meaning)),
        may("disabilities", array(disability, "disabilityDescriptor")),
        may("studentCharacteristics", array(trait, "studentCharacteristicDescriptor")),
        ext(
            may("schoolYear", YEAR),
            may("asOf", day),
            may("migrant", obj(must("birthDate", day), must("movedOn", day))),
            may("fosterCare", obj(must("birthDate", day), may("placementActive", boolean))),
        ),
    )


def assessment(intake: Intake) -> Check:
    """assessments. Level ranges may be left out; the scoring chapter then does without half levels.

    A test that is not academic may have no levels.
    """
    subject = obj(must("academicSubjectDescriptor", one_of(intake.subjects.meaning)))
    grade = obj(must("gradeLevelDescriptor", one_of(intake.grades.meaning)))
    level = obj(
        must("performanceLevelDescriptor", one_of(intake.levels.meaning)),
        may("minimumScore", whole()),
        may("maximumScore", whole()),
    )
    return obj(
        *ASSESSMENT_KEY,
        must("assessmentTitle", text(255)),
        may("assessmentFamily", text(60)),
        must("academicSubjects", array(subject, "academicSubjectDescriptor", least=1)),
        may("assessedGradeLevels", array(grade, "gradeLevelDescriptor")),
        may("assessmentCategoryDescriptor", one_of(intake.assessment_kinds.meaning)),
        may("performanceLevels", array(level, "performanceLevelDescriptor")),
        ext(may("schoolYear", YEAR), may("test", text(60)), may("kind", word(*ASSESSMENT_KINDS))),
    )


def result(intake: Intake) -> Check:
    """studentAssessments."""
    score = obj(
        must("assessmentReportingMethodDescriptor", one_of(intake.scale_score.meaning)),
        must("result", text(35)),
    )
    level = obj(must("performanceLevelDescriptor", one_of(intake.levels.meaning)))
    part = obj(
        must(
            "objectiveAssessmentReference",
            obj(*ASSESSMENT_KEY, must("identificationCode", text(60, exact=True))),
        ),
        may("scoreResults", array(score, "assessmentReportingMethodDescriptor")),
    )
    return obj(
        must("studentAssessmentIdentifier", text(60, exact=True)),
        must("assessmentReference", obj(*ASSESSMENT_KEY)),
        STUDENT,
        may("administrationDate", moment),
        SCHOOL_YEAR,
        may("reportedSchoolReference", obj(must("schoolId", ID))),
        may("whenAssessedGradeLevelDescriptor", one_of(intake.grades.meaning)),
        may("scoreResults", array(score, "assessmentReportingMethodDescriptor")),
        may("performanceLevels", array(level, "performanceLevelDescriptor")),
        may("studentObjectiveAssessments", array(part)),
        may("reasonNotTestedDescriptor", text(306)),
        ext(
            may(
                "englishLearner",
                obj(may("exitBenchmarkMet", boolean), may("exitScore", whole()), may("yearsInProgram", whole(1, 14))),
            )
        ),
    )


def attendance(intake: Intake) -> Check:
    """studentSchoolAttendanceEvents."""
    session = obj(must("schoolId", ID), must("schoolYear", YEAR), must("sessionName", text(60, exact=True)))
    return obj(
        STUDENT,
        SCHOOL,
        must("sessionReference", session),
        must("eventDate", day),
        must("attendanceEventCategoryDescriptor", one_of(intake.attendance.meaning)),
        may("eventDuration", share),
    )
