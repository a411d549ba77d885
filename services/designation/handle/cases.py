"""What each school's decision stands on: its law, its case out of the edition and its past, and the ranking of all."""

from collections.abc import Mapping

from services.designation.policy import Law, cuts_of, law_of
from services.designation.rules import averages, ranking
from services.designation.rules.comprehensive import Case, is_in_population
from services.designation.rules.edition import EditionState, Head, SchoolYear
from services.designation.rules.improvement import Cuts, Graded
from services.designation.rules.ranking import Lowest
from shared.events.fact import Unusable
from shared.policy.reader import PolicyError
from shared.vocabulary.statuses import COMPREHENSIVE


def edition_law(head: Head) -> Law:
    """The law that the edition carries. Raises Unusable when its chapters do not hold it."""
    try:
        return law_of(head.chapters)
    except PolicyError as error:
        raise Unusable(f"edition {head.edition_id}: {error}") from None


def school_case(school: SchoolYear, head: Head, state: EditionState, law: Law) -> Case:
    """A school's case: the indexes that count, the average, and its score of the year it was identified in."""
    past = {
        year: edition.schools[school.school_id]
        for year, edition in state.past.items()
        if school.school_id in edition.schools
    }
    averaging = law.comprehensive.averaging
    counted = averages.indexes({**past, head.school_year: school}, head.school_year, averaging)
    since = state.standings.get(school.school_id, {}).get(COMPREHENSIVE)
    baseline = None
    if since in past:
        baseline = _graded(past[since], cuts_of(state.past[since].head.chapters))
    return Case(
        school=school,
        school_year=head.school_year,
        since=since,
        counted=counted,
        average=averages.average(counted, averaging) if school.is_graded else None,
        baseline=baseline,
        now=_graded(school, law.cuts),
    )


def _graded(school: SchoolYear, cuts: Mapping[str, Cuts]) -> Graded | None:
    if not school.is_graded or school.letter is None or school.points is None or school.possible is None:
        return None
    if school.column is None or school.column not in cuts:
        raise Unusable(f"school {school.school_id} is graded in the column {school.column}, which has no cut scores")
    return Graded.of(school.letter, school.points, school.possible, cuts[school.column])


def lowest_of(cases: list[Case], head: Head, law: Law) -> Lowest:
    """The ranking of the schools that have an average and belong to the population; of nobody between cycles."""
    if head.school_year not in law.comprehensive.cycle_years:
        return ranking.lowest({}, law.comprehensive.share)
    values = {
        case.school.school_id: case.average.share
        for case in cases
        if case.average is not None and is_in_population(case.school, law.comprehensive)
    }
    return ranking.lowest(values, law.comprehensive.share)
