"""The law of each rule out of the designation chapter."""

from services.designation.policy import reading
from services.designation.rules.additional import Additional
from services.designation.rules.averages import BASES, Averaging
from services.designation.rules.comprehensive import Comprehensive, Cycle
from services.designation.rules.graduation import LowGraduation
from services.designation.rules.groups import SUBJECTS, Grouping
from services.designation.rules.improvement import BASELINES, BOUNDARIES, Improvement
from services.designation.rules.long_additional import LongAdditional
from services.designation.rules.population import POPULATIONS
from services.designation.rules.statewide import COMPARISONS
from services.designation.rules.targeted import MODES, Targeted
from shared.policy.reader import Chapter
from shared.vocabulary.subgroups import SUBGROUPS


def comprehensive(chapter: Chapter) -> Comprehensive:
    """The lowest share: every other rule's lowest schools are its own."""
    return Comprehensive(
        source=reading.source(chapter, "lowest_share"),
        population=reading.one_of(chapter, "population", POPULATIONS),
        share=reading.share(chapter, "lowest_share"),
        cycle=_cycle(chapter),
        averaging=Averaging(
            basis=reading.one_of(chapter, "index_basis", BASES),
            years=reading.count(chapter, "average_years"),
            at_least=reading.count(chapter, "average_at_least"),
            within_years=reading.count(chapter, "average_within_years"),
        ),
        improvement=_improvement(chapter),
    )


def low_graduation(chapter: Chapter) -> LowGraduation:
    """Low graduation."""
    return LowGraduation(
        source=reading.source(chapter, "low_graduation_at_most"),
        population=reading.one_of(chapter, "low_graduation_population", POPULATIONS),
        at_most=reading.share(chapter, "low_graduation_at_most"),
        minimum_n=reading.count(chapter, "students_at_least"),
        cycle=_cycle(chapter),
    )


def long_additional(chapter: Chapter) -> LongAdditional:
    """A subgroup long in additional targeted support."""
    return LongAdditional(
        source=reading.source(chapter, "long_additional_years"),
        population=reading.one_of(chapter, "long_additional_population", POPULATIONS),
        comparison=reading.one_of(chapter, "long_additional_comparison", COMPARISONS),
        subjects=reading.some_of(chapter, "long_additional_subjects", SUBJECTS),
        years=reading.count(chapter, "long_additional_years"),
    )


def additional(chapter: Chapter) -> Additional:
    """Additional targeted support."""
    return Additional(
        source=reading.source(chapter, "additional_targeted_years"),
        exit_source=reading.source(chapter, "additional_targeted_exit_years"),
        population=reading.one_of(chapter, "additional_targeted_population", POPULATIONS),
        comparison=reading.one_of(chapter, "additional_targeted_comparison", COMPARISONS),
        years=reading.years(chapter, "additional_targeted_years"),
        exit_years=reading.years(chapter, "additional_targeted_exit_years"),
        improvement=_improvement(chapter),
    )


def targeted(chapter: Chapter) -> Targeted:
    """Targeted support."""
    return Targeted(
        source=reading.source(chapter, "targeted_school_share"),
        exit_source=reading.source(chapter, "targeted_exit_growth"),
        population=reading.one_of(chapter, "targeted_population", POPULATIONS),
        mode=reading.one_of(chapter, "targeted_mode", MODES),
        sets_aside=reading.truth(chapter, "targeted_sets_aside_comprehensive"),
        years=reading.years(chapter, "targeted_years"),
        index_share=reading.share(chapter, "targeted_index_share"),
        gap_share=reading.share(chapter, "targeted_gap_share"),
        improvement_share=reading.share(chapter, "targeted_improvement_share"),
        school_share=reading.share(chapter, "targeted_school_share"),
        goal=reading.share(chapter, "targeted_goal"),
        subjects=reading.some_of(chapter, "targeted_subjects", SUBJECTS),
        gap_years=reading.count(chapter, "targeted_gap_years"),
        growth_at_least=reading.share(chapter, "targeted_exit_growth"),
        growth_years=reading.spans(chapter, "targeted_exit_growth_years"),
    )


def grouping(chapter: Chapter) -> Grouping:
    """The subgroups that count, and from how many students on."""
    return Grouping(reading.some_of(chapter, "subgroups", SUBGROUPS[1:]), reading.count(chapter, "students_at_least"))


def _cycle(chapter: Chapter) -> Cycle:
    return Cycle(reading.years(chapter, "cycle_years"), reading.count(chapter, "exit_after_years"))


def _improvement(chapter: Chapter) -> Improvement:
    return Improvement(
        baseline=reading.one_of(chapter, "improvement_baseline", BASELINES),
        boundary=reading.one_of(chapter, "midpoint_boundary", BOUNDARIES),
    )
