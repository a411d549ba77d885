"""The receipt of low graduation. A rate may be masked on a card, so the sentence tells none."""

from services.designation.rules.cases import Case
from services.designation.rules.catalog import LOW_GRADUATION
from services.designation.rules.graduation import LowGraduation, cohort_of, rate_of
from services.designation.rules.receipts import text
from services.designation.rules.verdicts import Judged, Verdict

FINDINGS = {
    "no_cycle_year": "{school_year} is not a year in which schools are identified or released.",
    "no_cohort": "the school has no graduation cohort in {school_year}.",
    "small_cohort": "fewer than {minimum_n} students are in the school's graduation cohort.",
    "outside_population": "the school is not among the schools that are looked at ({population}).",
    "at_or_below": "its graduation rate is {at_most_percent} percent or less.",
    "again_at_or_below": "identified in {since}, and its graduation rate is still {at_most_percent} percent or less.",
    "too_soon": "identified in {since}; a school can leave after {exit_after_years} years at the earliest.",
    "above": "its graduation rate is above {at_most_percent} percent.",
}


def told(case: Case, verdict: Verdict, law: LowGraduation) -> Judged:
    """The verdict with its numbers and its sentence."""
    since = case.since(LOW_GRADUATION)
    numbers = {
        "finding": verdict.finding,
        "school_year": case.school_year,
        "population": law.population,
        "at_most": str(law.at_most),
        "at_most_boundary": "or_less",
        "at_most_percent": text.percent(law.at_most),
        "minimum_n": str(law.minimum_n),
        **_rate(case, law),
        **({"since": since, "exit_after_years": str(law.cycle.exit_after_years)} if since else {}),
    }
    sentence = text.sentence(LOW_GRADUATION, verdict.decision, FINDINGS[verdict.finding], numbers)
    return Judged(LOW_GRADUATION, verdict, law.source, sentence, numbers)


def _rate(case: Case, law: LowGraduation) -> dict[str, str]:
    graduates, cohort = cohort_of(case)
    numbers = {"graduates": str(graduates), "cohort": str(cohort)} if cohort else {}
    rate = rate_of(case, law)
    if rate is not None:
        numbers |= {"rate": str(rate), "above_by": str(rate - law.at_most)}
    return numbers
