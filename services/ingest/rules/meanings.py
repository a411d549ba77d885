"""Decides what a body that has the right shape means: the fields of our canonical record.

Each function takes the body, the state's intake chapter, the school year the URL named (or None) and a list of errors
to which it adds what only becomes plain when properties are read together.
"""

from datetime import date
from functools import lru_cache
from typing import Any

from services.ingest.rules.descriptors import Intake
from services.ingest.rules.shapes import Errors
from shared.vocabulary import grades, school_years
from shared.vocabulary.subgroups import FLAGS

Body = dict[str, Any]
Fields = dict[str, Any]


def extension(body: Body) -> Body:
    """The `_ext.schoolmark` object, or an empty one."""
    found = (body.get("_ext") or {}).get("schoolmark")
    return found if isinstance(found, dict) else {}


def district(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A DistrictRecord."""
    return {
        "district_id": str(body["localEducationAgencyId"]),
        "name": body["nameOfInstitution"],
        "notice_email": extension(body).get("noticeEmail"),
    }


def school(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A SchoolRecord. A school without a designation is no Title I school."""
    served = {intake.grades[item["gradeLevelDescriptor"]] for item in body["gradeLevels"]}
    designation = body.get("titleIPartASchoolDesignationDescriptor")
    return {
        "school_id": str(body["schoolId"]),
        "district_id": str(body["localEducationAgencyReference"]["localEducationAgencyId"]),
        "name": body["nameOfInstitution"],
        "grades": grades.ordered(served),
        "title_i": designation is not None and intake.title_i[designation] == "yes",
    }


def student(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A StudentRecord: names and birth date stay in ingest."""
    return {"student_id": body["studentUniqueId"]}


def enrollment(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An EnrollmentRecord. Its school year is the one given, else the one its entry date falls in."""
    entry = body["entryDate"]
    leave = body.get("exitWithdrawDate")
    if leave is not None and leave < entry:
        errors.append((".exitWithdrawDate", "must not be before entryDate"))
    reported = extension(body).get("fullAcademicYear") or {}
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "school_id": str(body["schoolReference"]["schoolId"]),
        "school_year": _given_year(body) or _year_of(entry, intake.turn_month),
        "entry_date": entry,
        "exit_date": leave,
        "grade": intake.grades[body["entryGradeLevelDescriptor"]],
        "fay_school": reported.get("school"),
        "fay_district": reported.get("district"),
        "fay_state": reported.get("state"),
    }


def demographics(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A DemographicsRecord. Hispanic wins over any race; several races are one group of their own. SUBG-2."""
    sex = body.get("sexDescriptor")
    flags = {
        intake.characteristics[item["studentCharacteristicDescriptor"]]
        for item in body.get("studentCharacteristics") or ()
    }
    flags.update([intake.disabilities[item["disabilityDescriptor"]] for item in body.get("disabilities") or ()])
    english = body.get("limitedEnglishProficiencyDescriptor")
    if english is not None:
        flags.add(intake.english[english])
    school_year = demographics_year(body, year)
    if school_year is None:
        message = "schoolYear is required here, or as the year in the URL (/data/v3/2025/ed-fi/...)"
        errors.append(("._ext.schoolmark.schoolYear", message))
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "district_id": str(body["educationOrganizationReference"]["educationOrganizationId"]),
        "school_year": school_year,
        "gender": intake.sexes[sex] or None if sex is not None else None,
        "race": _race(body, intake),
        **{flag: flag in flags for flag in FLAGS},
    }


def assessment(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An AssessmentRecord. Without a test name, a test of one grade is named by it."""
    subjects = {intake.subjects[item["academicSubjectDescriptor"]] for item in body["academicSubjects"]}
    if len(subjects) != 1:
        errors.append((".academicSubjects", "must name one subject"))
    grades = [intake.grades[item["gradeLevelDescriptor"]] for item in body.get("assessedGradeLevels") or ()]
    test = extension(body).get("test") or (f"grade {grades[0].lstrip('0')}" if len(grades) == 1 else None)
    if test is None:
        errors.append(("._ext.schoolmark.test", "test is required here when the test is not of one grade"))
    return {
        "assessment_id": assessment_id(body),
        "program": body.get("assessmentFamily") or body["assessmentTitle"],
        "subject": min(subjects),
        "test": test,
        "levels": _levels(body["performanceLevels"], intake, errors),
    }


def result(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A ResultRecord. Without a level the student was expected to test and was not scored."""
    grade = body.get("whenAssessedGradeLevelDescriptor")
    given = _given_year(body)
    administered = body.get("administrationDate")
    if given is None and administered is None:
        errors.append(
            (".schoolYearTypeReference", "schoolYearTypeReference is required when there is no administrationDate")
        )
    elif given is None:
        given = _year_of(str(administered)[:10], intake.turn_month)
    levels = body.get("performanceLevels") or ()
    if len(levels) > 1:
        errors.append((".performanceLevels", "must hold one level"))
    if levels and body.get("reasonNotTestedDescriptor"):
        errors.append((".reasonNotTestedDescriptor", "must be left out when there is a performance level"))
    school = body.get("reportedSchoolReference")
    return {
        "result_id": body["studentAssessmentIdentifier"],
        "assessment_id": assessment_id(body["assessmentReference"]),
        "student_id": body["studentReference"]["studentUniqueId"],
        "school_year": given,
        "school_id": str(school["schoolId"]) if school else None,
        "grade": intake.grades[grade] if grade is not None else None,
        "level": intake.levels[levels[0]["performanceLevelDescriptor"]] if levels else None,
        "scale_score": _scale_score(body, intake, errors),
    }


def attendance(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An AttendanceRecord; a whole day unless an `eventDuration` says which share."""
    session = body["sessionReference"]
    if session["schoolId"] != body["schoolReference"]["schoolId"]:
        errors.append((".sessionReference.schoolId", "must be the same as schoolReference.schoolId"))
    duration = body.get("eventDuration")
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "school_id": str(body["schoolReference"]["schoolId"]),
        "school_year": school_years.ending(session["schoolYear"]),
        "day": body["eventDate"],
        "category": intake.attendance[body["attendanceEventCategoryDescriptor"]],
        "share_of_day": 100 if duration is None else round(duration * 100),
    }


def assessment_id(reference: Body) -> str:
    """A test form's id: its namespace and identifier."""
    return f"{reference['namespace']}#{reference['assessmentIdentifier']}"


def demographics_year(body: Body, year: str | None) -> str | None:
    """The school year of a student's groups: the body's own word, else the year of the URL."""
    own = extension(body).get("schoolYear")
    return school_years.ending(int(own)) if own is not None else year


@lru_cache(4096)  # a state's records name a few hundred days
def _year_of(day: str, turn_month: int) -> str:
    return school_years.of_day(date.fromisoformat(day), turn_month)


def _given_year(body: Body) -> str | None:
    reference = body.get("schoolYearTypeReference")
    return school_years.ending(reference["schoolYear"]) if reference else None


def _race(body: Body, intake: Intake) -> str | None:
    races = {intake.races[item["raceDescriptor"]] for item in body.get("races") or ()} - {""}
    if body.get("hispanicLatinoEthnicity") or intake.hispanic in races:
        return intake.hispanic
    return intake.several_races if len(races) > 1 else min(races, default=None)


def _levels(items: list[Body], intake: Intake, errors: Errors) -> list[Fields]:
    found = {}
    for place, item in enumerate(items):
        lowest, highest = item.get("minimumScore"), item.get("maximumScore")
        if lowest is not None and highest is not None and highest < lowest:
            errors.append((f".performanceLevels[{place}].maximumScore", "must not be below minimumScore"))
        name = intake.levels[item["performanceLevelDescriptor"]]
        found[name] = {"name": name, "lowest": lowest, "highest": highest}
    return [found[name] for name in intake.level_order if name in found]


def _scale_score(body: Body, intake: Intake, errors: Errors) -> int | None:
    for place, item in enumerate(body.get("scoreResults") or ()):
        if intake.scale_score[item["assessmentReportingMethodDescriptor"]] == "scale_score":
            text = item["result"].strip()
            if text.isascii() and text.isdigit() and len(text) <= 6:
                return int(text)
            errors.append((f".scoreResults[{place}].result", "must be a whole number of at most 6 digits"))
    return None
