"""Decides what staff, discipline and money mean. Source: essa-report-card TEACH-1 to 5, OTH-4 to OTH-7, PPE-1 to 3.

As in `meanings`: body, intake chapter, the URL's school year, and a list of errors to add to.
"""

from decimal import Decimal

from services.ingest.rules.bodies import (
    Body,
    Fields,
    extension,
    given_year,
    kind_of,
    needed_year,
    organisation,
    own_year,
    year_of,
)
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.exact import parts
from services.ingest.rules.shapes import Errors
from shared.vocabulary import school_years

_ORGANISATION = "educationOrganizationReference"


def staff(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A StaffRecord: professional experience where it is told, else teaching. Names stay in ingest."""
    years = body.get("yearsOfPriorProfessionalExperience")
    if years is None:
        years = body.get("yearsOfPriorTeachingExperience")
    return {"staff_id": body["staffUniqueId"], "years_hundredths": None if years is None else parts(years, 2)}


def assignment(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An AssignmentRecord. What is divided into duties is the sum of them. TEACH-1."""
    told, leave = extension(body), body.get("endDate")
    if leave is not None and leave < body["beginDate"]:
        errors.append((".endDate", "must not be before beginDate"))
    duties = [_duty(item, intake) for item in told.get("subjects") or ()]
    divided = sum(duty["fte_thousandths"] for duty in duties)
    if divided > 1000:
        errors.append(("._ext.schoolmark.subjects", "must not come to more than one full-time position"))
    whole = body.get("fullTimeEquivalency")
    if whole is None and not duties:
        errors.append((".fullTimeEquivalency", "fullTimeEquivalency is required where there are no subjects"))
    elif whole is not None and duties and parts(whole, 3) != divided:
        errors.append((".fullTimeEquivalency", "must be the sum of those of the subjects"))
    score = told.get("effectiveness")
    return {
        "staff_id": body["staffReference"]["staffUniqueId"],
        **organisation(body[_ORGANISATION], kind_of(body, "school")),
        "school_year": needed_year(body, year, errors),
        "role": intake.further.classifications[body["staffClassificationDescriptor"]],
        "began_on": body["beginDate"],
        "ended_on": leave,
        "fte_thousandths": divided if whole is None else parts(whole, 3),
        "certified": told.get("certified"),
        "effectiveness_hundredths": None if score is None else parts(score, 2),
        "duties": duties,
    }


def incident(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An IncidentRecord; criminal unless the body says that it was not. OTH-5."""
    kinds = {intake.further.behaviors[item["behaviorDescriptor"]] for item in body.get("behaviors") or ()}
    return {
        "incident_id": body["incidentIdentifier"],
        "school_id": str(body["schoolReference"]["schoolId"]),
        "school_year": own_year(body, None) or year_of(body["incidentDate"], intake.turn_month),
        "day": body["incidentDate"],
        "kinds": sorted(kinds - {""}),
        "is_criminal": extension(body).get("criminal") is not False,
    }


def involvement(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An InvolvementRecord. An arrest is a referral too. OTH-6, OTH-7."""
    told = extension(body).get("lawEnforcement") or {}
    if told.get("arrested") and not told.get("referred"):
        errors.append(("._ext.schoolmark.lawEnforcement.referred", "must be true where a student was arrested"))
    reference = body["disciplineIncidentReference"]
    return {
        "student_id": body["studentReference"]["studentUniqueId"],
        "incident_id": reference["incidentIdentifier"],
        "school_id": str(reference["schoolId"]),
        "school_year": needed_year(body, year, errors),
        "is_referred": bool(told.get("referred")),
        "is_arrested": bool(told.get("arrested")),
    }


def action(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An ActionRecord. Its id has the school's number: two schools may count alike. OTH-4."""
    school = str(body["responsibilitySchoolReference"]["schoolId"])
    kinds = {intake.further.disciplines[item["disciplineDescriptor"]] for item in body["disciplines"]}
    return {
        "action_id": f"{school}#{body['disciplineActionIdentifier']}",
        "student_id": body["studentReference"]["studentUniqueId"],
        "school_id": school,
        "school_year": own_year(body, None) or year_of(body["disciplineDate"], intake.turn_month),
        "day": body["disciplineDate"],
        "kinds": sorted(kinds - {""}),
    }


def expenditure(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An ExpenditureRecord: the balance of an account as of a day, in cents. PPE-1 to PPE-3."""
    account, told = body["localAccountReference"], extension(body)
    return {
        "account_id": account["accountIdentifier"],
        **organisation(account, kind_of(body, "district")),
        "fiscal_year": school_years.ending(account["fiscalYear"]),
        "as_of": body["asOfDate"],
        "fund": told["fund"],
        "function": told["function"],
        "object": told["object"],
        "source": told.get("source"),
        "amount_cents": parts(body["amount"], 2),
    }


def membership(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A MembershipRecord. PPE-2, PPE-3."""
    attendance, membership = body.get("averageDailyAttendance"), body.get("netMembershipMonth1")
    if attendance is None and membership is None:
        errors.append((".netMembershipMonth1", "netMembershipMonth1 or averageDailyAttendance is required"))
    return {
        **organisation(body[_ORGANISATION], body["educationOrganizationKind"]),
        "school_year": given_year(body),
        "ada": None if attendance is None else str(Decimal(str(attendance))),
        "membership": membership,
    }


def _duty(item: Body, intake: Intake) -> Fields:
    credential = item.get("teachingCredentialDescriptor")
    return {
        "subject": item["subject"],
        "fte_thousandths": parts(item["fullTimeEquivalency"], 3),
        "in_field": item.get("inField"),
        "credential": intake.further.credentials[credential] or None if credential is not None else None,
    }
