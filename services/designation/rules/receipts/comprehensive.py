"""The receipt of the lowest share. It rests on published totals, so the sentence tells its numbers."""

from services.designation.rules.cases import Case
from services.designation.rules.catalog import LOWEST_SHARE
from services.designation.rules.comprehensive import Comprehensive
from services.designation.rules.ranking import Lowest
from services.designation.rules.receipts import text
from services.designation.rules.verdicts import Judged, Verdict

# What can decide, and how it is told.
FINDINGS = {
    "no_cycle_year": "{school_year} is not a year in which schools are identified or released.",
    "not_rated": "the school has no rating in {school_year}.",
    "too_few_years": "an average needs {average_at_least} years with scores; the school has {years_counted}.",
    "outside_population": "the school is not among the schools that are ranked ({population}).",
    "in_lowest": "{standing_place} {reach}",
    "again_in_lowest": "identified in {since}, and again {standing_place} {reach}",
    "above_lowest": "{standing_place} {reach}",
    "not_above_cut": "identified in {since}; its average of {average_percent} percent is not above the cut.",
    "too_soon": "identified in {since}; a school can leave after {exit_after_years} years at the earliest.",
    "no_baseline": "identified in {since}; for {baseline_year} no score stands to compare with.",
    "letter_rose": "above the lowest {share_percent} percent, and its letter rose from {baseline_letter} to {letter}.",
    "midpoint_crossed": "above the lowest {share_percent} percent, and it crossed the midpoint of the letter {letter}, "
    "from {baseline_points} to {points} points (midpoint {midpoint}).",
    "not_improved": "above the lowest {share_percent} percent, but since {baseline_year} neither its letter rose "
    "({baseline_letter} to {letter}) nor did it cross the midpoint ({baseline_points} to {points} points).",
}
_PLACE = "its average of {average_percent} percent over {years_used} is number {rank} of {ranked} from the lowest."
_REACH = "The lowest {share_percent} percent, rounded up to {places} of {ranked}, reach up to {cut_percent} percent."


def told(case: Case, verdict: Verdict, lowest: Lowest, law: Comprehensive) -> Judged:
    """The verdict with its numbers and its sentence."""
    numbers = numbers_of(case, verdict, lowest, law)
    return Judged(LOWEST_SHARE, verdict, law.source, sentence_of(verdict, numbers), numbers, are_public=True)


def numbers_of(case: Case, verdict: Verdict, lowest: Lowest, law: Comprehensive) -> dict[str, str]:
    """Every number that took part, as text: fractions exact ("41/70"), and a percent with one decimal beside them."""
    since = case.since(LOWEST_SHARE)
    return {
        "finding": verdict.finding,
        "school_year": case.school_year,
        "index_basis": law.averaging.basis,
        "average_at_least": str(law.averaging.at_least),
        "share": str(law.share),
        "share_percent": text.percent(law.share),
        "population": law.population,
        **text.counted(case.counted, case.average.share if case.average else None),
        **(ranked(case, lowest) if case.school_year in law.cycle.years else {}),
        **(leaving(case, since, law) if since else {}),
    }


def sentence_of(verdict: Verdict, numbers: dict[str, str]) -> str:
    """The decision in one or two plain sentences."""
    parts = {"standing_place": "", "reach": "", **numbers}
    if "rank" in numbers:
        parts["standing_place"] = _PLACE.format_map(numbers)
        parts["reach"] = _REACH.format_map(numbers)
    return text.sentence(LOWEST_SHARE, verdict.decision, FINDINGS[verdict.finding], parts)


def ranked(case: Case, lowest: Lowest) -> dict[str, str]:
    """Where the lowest share ends, and where the school stands."""
    if lowest.cut is None:
        return {}
    numbers = {
        "ranked": str(lowest.population),
        "places": str(lowest.places),
        "cut": str(lowest.cut),
        "cut_boundary": "or_less",
        "cut_percent": text.percent(lowest.cut),
        "members": str(len(lowest.members)),
    }
    if case.average is not None:
        numbers["above_cut_by"] = str(case.average.share - lowest.cut)
    if case.school.school_id in lowest.ranks:
        numbers["rank"] = str(lowest.ranks[case.school.school_id])
    if lowest.all_tied:
        numbers["warning"] = "all_tied"
    return numbers


def leaving(case: Case, since: str, law: Comprehensive) -> dict[str, str]:
    """What decides on leaving."""
    return {
        "since": since,
        "exit_after_years": str(law.cycle.exit_after_years),
        **text.improved(case, since, law.improvement),
    }
