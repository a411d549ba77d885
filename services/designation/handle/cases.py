"""What each school's decision stands on: the edition's law, and its case out of the edition and its past."""

from collections.abc import Iterable, Mapping

from services.designation.policy import Law, cuts_of, law_of
from services.designation.rules import averages, groups
from services.designation.rules.cases import Case, Group
from services.designation.rules.edition import EditionState, Head, SchoolYear
from services.designation.rules.improvement import Cuts, Graded, baseline_year
from shared.events.fact import Unusable
from shared.policy.reader import PolicyError


def edition_law(head: Head) -> Law:
    """The law that the edition carries. Raises Unusable when its chapters do not hold it."""
    try:
        return law_of(head.chapters)
    except PolicyError as error:
        raise Unusable(f"edition {head.edition_id}: {error}") from None


def tested_run(head: Head, state: EditionState, law: Law) -> tuple[str, ...]:
    """The tested school years up to the edition's, newest first, as many as a rule asks for and editions tell of."""
    tested = {year: groups.was_tested(past.schools.values()) for year, past in state.past.items()}
    run = groups.tested_years({**tested, head.school_year: groups.was_tested(state.schools)}, head.school_year)
    asked = (law.targeted.gap_years if law.targeted else 0, law.long_additional.years if law.long_additional else 0)
    return run[: max(asked)]


def school_cases(head: Head, state: EditionState, law: Law, run: tuple[str, ...]) -> list[Case]:
    """Every school's case, by school id. `run`: the tested years."""
    cuts = {year: cuts_of(past.head.chapters) for year, past in state.past.items()} | {head.school_year: law.cuts}
    ordered = sorted(state.schools, key=lambda each: each.school_id)
    return [_case(school, head, state, law, run, cuts) for school in ordered]


def _case(school: SchoolYear, head: Head, state: EditionState, law: Law, run: tuple[str, ...],
          cuts: Mapping[str, Mapping[str, Cuts]]) -> Case:  # fmt: skip
    years = {
        year: edition.schools[school.school_id]
        for year, edition in state.past.items()
        if school.school_id in edition.schools
    } | {head.school_year: school}
    averaging = law.lowest.averaging
    counted = averages.indexes(years, head.school_year, averaging)
    standing = state.standings.get(school.school_id, {})
    compared = {baseline_year(since, head.school_year, law.lowest.improvement) for since in standing.values()}
    return Case(
        school=school,
        school_year=head.school_year,
        standing=standing,
        years=years,
        index=counted.get(head.school_year),
        counted=counted,
        average=averages.average(counted, averaging) if school.is_graded else None,
        grades=_grades(years, {head.school_year, *compared}, cuts),
        groups=_groups(years, head.school_year, law, run),
    )


def _groups(years: Mapping[str, SchoolYear], school_year: str, law: Law, run: tuple[str, ...]) -> dict[str, Group]:
    if law.grouping is None:
        return {}
    averaging, grouping = law.lowest.averaging, law.grouping
    return {name: groups.group_of(name, years, run, school_year, grouping, averaging) for name in grouping.names}


def _grades(
    years: Mapping[str, SchoolYear], wanted: Iterable[str], cuts: Mapping[str, Mapping[str, Cuts]]
) -> dict[str, Graded]:
    found = {year: _graded(years[year], cuts[year]) for year in wanted if year in years}
    return {year: graded for year, graded in found.items() if graded is not None}


def _graded(school: SchoolYear, cuts: Mapping[str, Cuts]) -> Graded | None:
    if not school.is_graded or school.letter is None or school.points is None or school.possible is None:
        return None
    if school.column is None or school.column not in cuts:
        raise Unusable(f"school {school.school_id} is graded in the column {school.column}, which has no cut scores")
    return Graded.of(school.letter, school.points, school.possible, cuts[school.column])
