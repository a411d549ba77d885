"""Decides what courses, transcripts, awards, cohorts and outcomes mean. Source: essa-report-card COMP-6, ACGR, OTH-9.

As in `meanings`: body, intake chapter, the URL's school year, and a list of errors to add to.
"""

from services.ingest.rules.bodies import Body, Fields, code_of, extension, kind_of, organisation
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.shapes import Errors
from shared.vocabulary import school_years

_ORGANISATION = "educationOrganizationReference"


def course(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A CourseRecord."""
    levels = {
        intake.further.course_levels[item["courseLevelCharacteristicDescriptor"]]
        for item in body.get("levelCharacteristics") or ()
    }
    return {
        "course_id": course_id({**body[_ORGANISATION], "courseCode": body["courseCode"]}),
        **organisation(body[_ORGANISATION], kind_of(body, "district")),
        "title": body["courseTitle"],
        "kinds": sorted(levels - {""}),
    }


def transcript(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A TranscriptRecord, of the school or district whose course it is. COMP-6."""
    record, told = body["studentAcademicRecordReference"], extension(body).get("accelerated") or {}
    kind, score = told.get("kind"), told.get("examScore")
    scores = intake.further.exam_scores.get(kind or "")
    if score is not None and scores is not None and score not in scores:
        errors.append(("._ext.schoolmark.accelerated.examScore", "must be a score of this kind of exam"))
    awarded, credits = told.get("creditAwarded"), body.get("earnedCredits")
    if awarded is None and credits is not None and kind in (None, "dual"):
        awarded = credits > 0
    return {
        "student_id": record["studentUniqueId"],
        "course_id": course_id(body["courseReference"]),
        **organisation(body["courseReference"], kind_of(body, "district")),
        "school_year": school_years.ending(record["schoolYear"]),
        "term": code_of(record["termDescriptor"]),
        "outcome": intake.further.attempts[body["courseAttemptResultDescriptor"]],
        "kind": kind,
        "exam_score": score,
        "credit_awarded": awarded,
        "credential_passed": told.get("credentialPassed"),
    }


def awards(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An AwardsRecord: diplomas, and recognitions that are an award."""
    diplomas = body.get("diplomas") or ()
    found = {intake.further.diplomas[item["diplomaTypeDescriptor"]] for item in diplomas}
    for item in body.get("recognitions") or ():
        if (category := item.get("achievementCategoryDescriptor")) is not None:
            found.add(intake.further.achievements[category])
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        **organisation(body[_ORGANISATION], kind_of(body, "district")),
        "school_year": school_years.ending(body["schoolYearTypeReference"]["schoolYear"]),
        "term": code_of(body["termDescriptor"]),
        "awards": sorted(found - {""}),
        "cte_completer": any(item.get("cteCompleter") for item in diplomas),
    }


def cohort_member(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A CohortMemberRecord. A removal without evidence comes in: whether it is one is scoring's to say. ACGR-1, 2."""
    school, district = body.get("schoolReference"), body.get("localEducationAgencyReference")
    descriptor = body.get("diplomaTypeDescriptor")
    diploma = intake.further.diplomas[descriptor] if descriptor is not None else None
    if body["status"] == "graduate" and not diploma:
        errors.append((".diplomaTypeDescriptor", "diplomaTypeDescriptor is required of a graduate"))
    if diploma == "industry":
        errors.append((".diplomaTypeDescriptor", "must be a diploma, not an industry certification"))
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "cohort_year": school_years.ending(body["cohortYear"]),
        "school_id": str(school["schoolId"]) if school else None,
        "district_id": str(district["localEducationAgencyId"]) if district else None,
        "entered_as": body.get("enteredAs") or "first_time",
        "status": body["status"],
        "diploma": diploma or None,
        "exit_date": body.get("exitDate"),
        "exit_reason": body.get("exitReason"),
        "exit_evidence": body.get("exitEvidence"),
    }


def outcome(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An OutcomeRecord. OTH-9."""
    category = body["postSecondaryEventCategoryDescriptor"]
    told = extension(body).get("institution") or {}
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "day": body["eventDate"],
        "category": code_of(category),
        "kind": intake.further.outcomes[category] or None,
        "is_public": told.get("public"),
        "is_in_state": told.get("inState"),
        "level": told.get("level"),
    }


def course_id(reference: Body) -> str:
    """A course's id: its school's or district's number and its code."""
    return f"{reference['educationOrganizationId']}#{reference['courseCode']}"
