"""What schools are held against: the lowest schools of the state, and each subgroup among its like. Source: GEN-5."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.designation.rules import averages, groups, population, targeted
from services.designation.rules.cases import Case
from services.designation.rules.comprehensive import Comprehensive
from services.designation.rules.groups import Grouping
from services.designation.rules.long_additional import Bar, LongAdditional
from services.designation.rules.ranking import Lowest, lowest, lowest_places, places_of
from services.designation.rules.targeted import Ranks, Targeted
from shared.vocabulary.subgroups import ALL

CUT, MEAN, WORST = "cut", "mean", "worst"
COMPARISONS = (CUT, MEAN, WORST)


@dataclass(frozen=True)
class Selection:
    """The schools whose subgroups may bring targeted support. `candidates`: None where every school is ranked."""

    lowest: Lowest
    candidates: int | None


def lowest_share(cases: Iterable[Case], law: Comprehensive) -> Lowest:
    """The ranking by average of the schools of the population that have one."""
    values = {
        case.school.school_id: case.average.share
        for case in cases
        if case.average is not None and population.is_in(case.school, law.population)
    }
    return lowest(values, law.share)


def comparison(values: Sequence[Fraction], method: str) -> Fraction | None:
    """One number of the lowest share's schools: the cut (the best of them), their mean, or the worst."""
    if not values:
        return None
    made = {CUT: max(values), MEAN: averages.mean(values), WORST: min(values)}
    return made[method]


def averages_of(cases: Iterable[Case], members: frozenset[str]) -> list[Fraction]:
    """The averages of the lowest share's schools."""
    return [case.average.share for case in cases if case.average is not None and case.school.school_id in members]


def bar_of(cases: Sequence[Case], members: frozenset[str], run: Sequence[str], law: LongAdditional, n: int) -> Bar:
    """All students' proficiency in the lowest share's schools, as one number for each subject and year."""
    low = [case for case in cases if case.school.school_id in members]
    years = run[: law.years]
    return Bar(
        years,
        {subject: _by_year(low, groups.PROFICIENCY_IN[subject], years, law, n) for subject in law.subjects},
    )


def ranks_of(cases: Sequence[Case], run: tuple[str, ...], law: Targeted, grouping: Grouping) -> dict[str, Ranks]:
    """Each subgroup's schools, ranked by what the subgroup earned."""
    return {name: _ranks(name, cases, run, law) for name in grouping.names}


def selection(cases: Sequence[Case], ranks: Mapping[str, Ranks], set_aside: frozenset[str], law: Targeted) -> Selection:
    """The lowest share of all schools; or as many schools, from the lowest, of those whose subgroup meets the rest."""
    indexes = {case.school.school_id: case.index for case in cases if case.index is not None}
    if law.mode == targeted.FILTER:
        return Selection(lowest(indexes, law.school_share), None)
    candidates = {
        case.school.school_id: indexes[case.school.school_id]
        for case in cases
        if case.school.school_id in indexes
        and case.school.school_id not in set_aside
        and population.is_in(case.school, law.population)
        and any(targeted.met(case, group, ranks[name], law) == "met" for name, group in case.groups.items())
    }
    places = places_of(law.school_share, len(indexes))
    return Selection(lowest_places(candidates, places), len(candidates))


def _ranks(name: str, cases: Sequence[Case], run: tuple[str, ...], law: Targeted) -> Ranks:
    of_group = [(case.school.school_id, case.groups[name]) for case in cases if name in case.groups]
    indexes = {school_id: group.index for school_id, group in of_group if group.index is not None}
    by_gap, by_improvement = {}, {}
    for subject in law.subjects:
        gaps = {school_id: targeted.gap(group, subject, run, law) for school_id, group in of_group}
        moves = {school_id: targeted.improvement(group, subject, run, law) for school_id, group in of_group}
        by_gap[subject] = lowest({who: gap for who, gap in gaps.items() if gap is not None}, law.gap_share)
        by_improvement[subject] = lowest(
            {who: move for who, move in moves.items() if move is not None}, law.improvement_share
        )
    return Ranks(lowest(indexes, law.index_share), by_gap, by_improvement)


def _by_year(
    low: Iterable[Case], measure_id: str, years: Sequence[str], law: LongAdditional, minimum_n: int
) -> dict[str, Fraction]:
    found = {}
    for year in years:
        shares = [groups.share(case.years[year].subgroups.get(ALL), measure_id, minimum_n)
                  for case in low if year in case.years]  # fmt: skip
        number = comparison([share for share in shares if share is not None], law.comparison)
        if number is not None:
            found[year] = number
    return found
