"""The receipt of a decision: every number that decided it, exact and as text, and one sentence a parent can read."""

from fractions import Fraction

from services.designation.rules.comprehensive import Case, Comprehensive, Verdict
from services.designation.rules.improvement import Graded, midpoint
from services.designation.rules.ranking import Lowest

_OPENING = {
    "identified": "Identified for comprehensive support",
    "continued": "Stays identified for comprehensive support",
    "exited": "No longer identified for comprehensive support",
    "not_identified": "Not identified for comprehensive support",
    "not_evaluated": "Not evaluated for comprehensive support",
}
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
    "no_baseline": "identified in {since}, a year for which no score stands to compare with.",
    "letter_rose": "above the lowest {share_percent} percent, and its letter rose from {baseline_letter} to {letter}.",
    "midpoint_crossed": "above the lowest {share_percent} percent, and it crossed the midpoint of the letter {letter}, "
    "from {baseline_points} to {points} points (midpoint {midpoint}).",
    "not_improved": "above the lowest {share_percent} percent, but since {since} neither its letter rose "
    "({baseline_letter} to {letter}) nor did it cross the midpoint ({baseline_points} to {points} points).",
}
_PLACE = "its average of {average_percent} percent over {years_used} is number {rank} of {ranked} from the lowest."
_REACH = "The lowest {share_percent} percent, rounded up to {places} of {ranked}, reach up to {cut_percent} percent."


def numbers_of(case: Case, verdict: Verdict, lowest: Lowest, law: Comprehensive) -> dict[str, str]:
    """Every number that took part, as text: fractions exact ("41/70"), and a percent with one decimal beside them."""
    numbers = {
        "finding": verdict.finding,
        "school_year": case.school_year,
        "index_basis": law.averaging.basis,
        "years_counted": str(len(case.counted)),
        "average_at_least": str(law.averaging.at_least),
        "share": str(law.share),
        "share_percent": _percent(law.share),
        "population": law.population,
        **{f"index_{year}": str(value) for year, value in case.counted.items()},
        **_ranked(case, lowest),
        **_compared(case, law),
    }
    if case.average is not None:
        numbers["average"] = str(case.average.share)
        numbers["average_percent"] = _percent(case.average.share)
        numbers["years_used"] = ", ".join(sorted(case.average.indexes))
    return numbers


def sentence_of(verdict: Verdict, numbers: dict[str, str]) -> str:
    """The decision in one or two plain sentences."""
    parts = {"standing_place": "", "reach": "", **numbers}
    if "rank" in numbers:
        parts["standing_place"] = _PLACE.format_map(numbers)
        parts["reach"] = _REACH.format_map(numbers)
    return f"{_OPENING[verdict.decision]}: {FINDINGS[verdict.finding].format_map(parts)}"


def _ranked(case: Case, lowest: Lowest) -> dict[str, str]:
    if lowest.cut is None:
        return {}
    numbers = {
        "ranked": str(lowest.population),
        "places": str(lowest.places),
        "cut": str(lowest.cut),
        "cut_percent": _percent(lowest.cut),
        "members": str(len(lowest.members)),
    }
    if case.school.school_id in lowest.ranks:
        numbers["rank"] = str(lowest.ranks[case.school.school_id])
    if lowest.all_tied:
        numbers["warning"] = "all_tied"
    return numbers


def _compared(case: Case, law: Comprehensive) -> dict[str, str]:
    if case.since is None:
        return {}
    numbers = {"since": case.since, "exit_after_years": str(law.exit_after_years)}
    if case.baseline is not None:
        numbers |= {f"baseline_{name}": value for name, value in _grade(case.baseline).items()}
    if case.now is not None:
        numbers |= _grade(case.now)
    return numbers


def _grade(graded: Graded) -> dict[str, str]:
    return {
        "letter": graded.letter,
        "points": str(graded.points),
        "midpoint": _decimal(midpoint(graded), 1),
    }


def _percent(share: Fraction) -> str:
    return _decimal(share * 100, 1)


def _decimal(value: Fraction, digits: int) -> str:
    """Rounded half-up for display only; nothing is ever compared with it."""
    scale = 10**digits
    whole = (value * scale + Fraction(1, 2)).__floor__()
    return f"{whole // scale}.{whole % scale:0{digits}d}"
