"""Decides what a test and a result mean. Source: essa-report-card ASSESS-1, ASSESS-2.

As in `meanings`: body, intake chapter, the URL's school year, and a list of errors to add to.
"""

from services.ingest.rules.bodies import Body, Fields, extension, given_year, year_of
from services.ingest.rules.descriptors import Intake
from services.ingest.rules.shapes import Errors
from shared.vocabulary import school_years

ACADEMIC = "academic"


def assessment(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """An AssessmentRecord. Without a test name, a test of one grade is named by it, another kind's by its title."""
    told, category = extension(body), body.get("assessmentCategoryDescriptor")
    kind = told.get("kind") or (intake.assessment_kinds[category] if category is not None else "") or ACADEMIC
    grades = [intake.grades[item["gradeLevelDescriptor"]] for item in body.get("assessedGradeLevels") or ()]
    test = told.get("test") or (grade_test(grades[0]) if len(grades) == 1 else None)
    program = body.get("assessmentFamily") or body["assessmentTitle"]
    subject, levels = None, body.get("performanceLevels") or []
    if kind == ACADEMIC:
        subject = _subject(body, intake, errors)
        if test is None:
            errors.append(("._ext.schoolmark.test", "test is required here when the test is not of one grade"))
        else:
            _check_is_given(program, subject, test, told.get("schoolYear"), intake, errors)
    return {
        "assessment_id": assessment_id(body),
        "program": program,
        "kind": kind,
        "subject": subject,
        "test": test or body["assessmentTitle"],
        "levels": _levels(levels, kind, intake, errors),
    }


def grade_test(grade: str) -> str:
    """How a test of one grade is called: "grade 3"."""
    return f"grade {grade.lstrip('0')}"


def _subject(body: Body, intake: Intake, errors: Errors) -> str | None:
    subjects = {intake.subjects[item["academicSubjectDescriptor"]] for item in body["academicSubjects"]} - {""}
    if len(subjects) != 1:
        errors.append((".academicSubjects", "must name one subject"))
    return min(subjects, default=None)


def _check_is_given(
    program: str, subject: str | None, test: str, year: int | None, intake: Intake, errors: Errors
) -> None:
    """That the program has such a test, in such a year. ASSESS-2; programs that the chapter does not list have any."""
    given = intake.tests.get(program)
    if given is None or subject is None:
        return
    if test not in given.tests.get(subject, ()):
        errors.append(("", f"there is no such test of {subject} in this program"))
    if year is not None and school_years.ending(year) < given.since:
        errors.append(("._ext.schoolmark.schoolYear", f"must not be before {given.since}, when the program began"))


def result(body: Body, intake: Intake, year: str | None, errors: Errors) -> Fields:
    """A ResultRecord. Without a level the student was expected to test and was not scored."""
    grade = body.get("whenAssessedGradeLevelDescriptor")
    given = given_year(body)
    administered = body.get("administrationDate")
    if given is None and administered is None:
        errors.append(
            (".schoolYearTypeReference", "schoolYearTypeReference is required when there is no administrationDate")
        )
    elif given is None:
        given = year_of(str(administered)[:10], intake.turn_month)
    levels = body.get("performanceLevels") or ()
    if len(levels) > 1:
        errors.append((".performanceLevels", "must hold one level"))
    if levels and body.get("reasonNotTestedDescriptor"):
        errors.append((".reasonNotTestedDescriptor", "must be left out when there is a performance level"))
    school = body.get("reportedSchoolReference")
    learner = extension(body).get("englishLearner") or {}
    return {
        "result_id": body["studentAssessmentIdentifier"],
        "assessment_id": assessment_id(body["assessmentReference"]),
        "student_id": body["studentReference"]["studentUniqueId"],
        "school_year": given,
        "school_id": str(school["schoolId"]) if school else None,
        "grade": intake.grades[grade] if grade is not None else None,
        "level": intake.levels[levels[0]["performanceLevelDescriptor"]] if levels else None,
        "scale_score": _scale_score(body, "", intake, errors),
        "exit_met": learner.get("exitBenchmarkMet"),
        "exit_score": learner.get("exitScore"),
        "program_year": learner.get("yearsInProgram"),
        "parts": _parts(body, intake, errors) if body.get("studentObjectiveAssessments") else [],
    }


def assessment_id(reference: Body) -> str:
    """A test form's id: its namespace and identifier."""
    return f"{reference['namespace']}#{reference['assessmentIdentifier']}"


def _parts(body: Body, intake: Intake, errors: Errors) -> list[Fields]:
    """The scores within a test that have a meaning here; others (a state test has many strands) are left out."""
    found: dict[str, int] = {}
    for place, item in enumerate(body["studentObjectiveAssessments"]):
        where, reference = f".studentObjectiveAssessments[{place}]", item["objectiveAssessmentReference"]
        if assessment_id(reference) != assessment_id(body["assessmentReference"]):
            errors.append((f"{where}.objectiveAssessmentReference", "must be of the assessment of assessmentReference"))
        name = intake.objectives.meaning(reference["identificationCode"])
        score = _scale_score(item, where, intake, errors) if name else None
        if name and name in found:
            errors.append((where, f"item {place + 1} tells the same score as an earlier one"))
        if name and score is not None:
            found[name] = score
    return [{"name": name, "score": found[name]} for name in sorted(found)]


def _levels(items: list[Body], kind: str, intake: Intake, errors: Errors) -> list[Fields]:
    """An academic test's levels lowest first; another kind's in the order of the body."""
    found = {}
    for place, item in enumerate(items):
        lowest, highest = item.get("minimumScore"), item.get("maximumScore")
        if lowest is not None and highest is not None and highest < lowest:
            errors.append((f".performanceLevels[{place}].maximumScore", "must not be below minimumScore"))
        name = intake.levels[item["performanceLevelDescriptor"]]
        found[name] = {"name": name, "lowest": lowest, "highest": highest}
    if kind != ACADEMIC:
        return list(found.values())
    ordered = [found[name] for name in intake.level_order if name in found]
    if not ordered or len(ordered) < len(found):
        errors.append((".performanceLevels", f"must be among: {', '.join(intake.level_order)}"))
    return ordered


def _scale_score(body: Body, where: str, intake: Intake, errors: Errors) -> int | None:
    found = None
    for place, item in enumerate(body.get("scoreResults") or ()):
        if intake.scale_score[item["assessmentReportingMethodDescriptor"]] == "scale_score":
            text = item["result"].strip()
            if not (text.isascii() and text.isdigit() and len(text) <= 6):
                errors.append((f"{where}.scoreResults[{place}].result", "must be a whole number of at most 6 digits"))
            elif found is not None:
                errors.append((f"{where}.scoreResults[{place}]", "scoreResults must hold one scale score"))
            else:
                found = int(text)
    return found
