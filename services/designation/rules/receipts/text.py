"""How numbers and decisions are written. Rounding is for display; nothing is ever compared with it."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from services.designation.rules.cases import Case
from services.designation.rules.catalog import STATUS_OF
from services.designation.rules.improvement import Graded, Improvement, baseline_year, midpoint
from services.designation.rules.ranking import Lowest
from services.designation.rules.verdicts import Judged, Verdict
from shared.vocabulary.statuses import ADDITIONAL_TARGETED, COMPREHENSIVE, TARGETED
from shared.vocabulary.subgroups import LABELS

_OPENING = {
    "identified": "Identified for",
    "continued": "Stays identified for",
    "exited": "No longer identified for",
    "not_identified": "Not identified for",
    "not_evaluated": "Not evaluated for",
}
_WORDS = {
    COMPREHENSIVE: "comprehensive support",
    ADDITIONAL_TARGETED: "additional targeted support",
    TARGETED: "targeted support",
}


def sentence(rule: str, decision: str, finding: str, numbers: Mapping[str, str], subgroups: Iterable[str] = ()) -> str:
    """The decision, for whom, and the finding filled with the numbers that it names."""
    names = ", ".join(LABELS[subgroup] for subgroup in subgroups)
    whose = f" ({names})" if names else ""
    return f"{_OPENING[decision]} {_WORDS[STATUS_OF[rule]]}{whose}: {finding.format_map(numbers)}"


def together(
    rule: str, verdict: Verdict, source: str, findings: Mapping[str, str], numbers: Mapping[str, str],
    names: Sequence[str], is_everyone: bool,
) -> Judged:  # fmt: skip
    """One verdict for all the subgroups that it holds for; they are named unless it is every one."""
    told = {**numbers, "finding": verdict.finding, "subgroups": ", ".join(names)}
    words = sentence(rule, verdict.decision, findings[verdict.finding], told, () if is_everyone else names)
    return Judged(rule, verdict, source, words, told)


def percent(share: Fraction) -> str:
    """A share as a percentage with one decimal."""
    return decimal(share * 100, 1)


def decimal(value: Fraction, digits: int) -> str:
    """Rounded half-up, away from zero."""
    scale = 10**digits
    whole = (abs(value) * scale + Fraction(1, 2)).__floor__()
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{whole // scale}.{whole % scale:0{digits}d}"


def placed(name: str, unit: str, lowest: Lowest) -> dict[str, str]:
    """A ranking's cut, how many were ranked for how many places, and the unit's own rank if it has one."""
    if lowest.cut is None:
        return {}
    numbers = {f"{name}_cut": str(lowest.cut), f"{name}_ranked": str(lowest.population)}
    if unit in lowest.ranks:
        numbers[f"{name}_rank"] = str(lowest.ranks[unit])
    return numbers


def counted(indexes: Mapping[str, Fraction], average: Fraction | None) -> dict[str, str]:
    """The index of each year that counts, and their average if there is one."""
    numbers = {"years_counted": str(len(indexes)), **{f"index_{year}": str(index) for year, index in indexes.items()}}
    if average is not None:
        numbers |= {"average": str(average), "average_percent": percent(average)}
        numbers["years_used"] = ", ".join(sorted(indexes))
    return numbers


def improved(case: Case, since: str, law: Improvement) -> dict[str, str]:
    """What an improvement is measured between: letters, points, midpoints, and what is left to this year's."""
    year = baseline_year(since, case.school_year, law)
    baseline, now = case.grades.get(year), case.grades.get(case.school_year)
    numbers = {"baseline_year": year, "midpoint_boundary": law.boundary}
    if baseline is not None:
        numbers |= {f"baseline_{name}": value for name, value in _grade(baseline).items()}
    if now is not None:
        numbers |= {**_grade(now), "points_to_midpoint": str(midpoint(now) - now.points)}
    return numbers


def _grade(graded: Graded) -> dict[str, str]:
    return {
        "letter": graded.letter,
        "points": str(graded.points),
        "midpoint": decimal(midpoint(graded), 1),
    }
