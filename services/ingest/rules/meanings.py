"""Decides what a body that has the right shape means: the fields of our canonical record.

Each function takes the body, the state's intake chapter, the school year the URL named (or None) and a list of errors
to which it adds what only becomes plain when properties are read together.
"""

from services.ingest.rules.bodies import Body, Fields, extension, given_year, needed_year, year_of
from services.ingest.rules.claims import check_claims
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.exact import parts
from services.ingest.rules.shapes import Errors
from shared.vocabulary import grades, school_years
from shared.vocabulary.subgroups import FLAGS


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
    told = extension(body)
    lunch = told.get("freeReducedLunchPercent")
    return {
        "school_id": str(body["schoolId"]),
        "district_id": str(body["localEducationAgencyReference"]["localEducationAgencyId"]),
        "name": body["nameOfInstitution"],
        "grades": grades.ordered(served),
        "title_i": designation is not None and intake.title_i[designation] == "yes",
        "low_income": told.get("lowIncome"),
        "minority": told.get("minority"),
        "lunch_hundredths": None if lunch is None else parts(lunch, 2),
        "opened_on": told.get("openedOn"),
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
    reason = body.get("exitWithdrawTypeDescriptor")
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "school_id": str(body["schoolReference"]["schoolId"]),
        "school_year": given_year(body) or year_of(entry, intake.turn_month),
        "entry_date": entry,
        "exit_date": leave,
        "grade": intake.grades[body["entryGradeLevelDescriptor"]],
        "exit_kind": intake.exits[reason] or None if reason is not None else None,
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
    told = extension(body)
    check_claims(told, flags, intake.limits, errors)
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "district_id": str(body["educationOrganizationReference"]["educationOrganizationId"]),
        "school_year": needed_year(body, year, errors),
        "as_of": told.get("asOf"),
        "gender": intake.sexes[sex] or None if sex is not None else None,
        "race": _race(body, intake),
        **{flag: flag in flags for flag in FLAGS},
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


def _race(body: Body, intake: Intake) -> str | None:
    races = {intake.races[item["raceDescriptor"]] for item in body.get("races") or ()} - {""}
    if body.get("hispanicLatinoEthnicity") or intake.hispanic in races:
        return intake.hispanic
    return intake.several_races if len(races) > 1 else min(races, default=None)
