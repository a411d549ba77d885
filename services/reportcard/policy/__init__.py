"""Reportcard's chapter of the law, typed: what is masked, covered, coded, and what a state's cards show."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.reportcard.policy.goals import goals_of
from services.reportcard.policy.naep import administrations_of
from services.reportcard.policy.numbers import exact, whole
from services.reportcard.policy.sections import forms_of, sections_of
from services.reportcard.rules.closure import Costs
from services.reportcard.rules.left_out import Bands
from services.reportcard.rules.lines import Cover
from services.reportcard.rules.masks import Masking
from services.reportcard.rules.sheets import Participation, Presentation
from services.reportcard.rules.sums import Programs
from services.reportcard.rules.suppression import Protection
from shared.policy.reader import Chapter, PolicyError, shaped, value
from shared.vocabulary.measures import word_of
from shared.vocabulary.statuses import DISTRICT, SCHOOL, STATE
from shared.vocabulary.subgroups import SUBGROUPS


@dataclass(frozen=True)
class Law:
    """The chapter, whole."""

    protection: Protection
    shown: Presentation
    map_years: int


@shaped
def law_of(chapters: Mapping[str, Any]) -> Law:
    """The typed chapter; the words for reasons are scoring's. Raises PolicyError with the name and the mend."""
    chapter: Chapter = chapters["reportcard"]
    _check_receipts(value(chapter, "receipts"))
    scoring: Chapter = chapters["scoring"]
    shown = _presentation(chapter, scoring)
    return Law(
        _protection(chapter, scoring), shown, whole("map_consecutive_years", _or(chapter, "map_consecutive_years", "1"))
    )


def _protection(chapter: Chapter, scoring: Chapter) -> Protection:
    masking = Masking(
        minimum_n=whole("minimum_n", value(chapter, "minimum_n")),
        lower=exact("lower_percent", value(chapter, "lower_percent")),
        upper=exact("upper_percent", value(chapter, "upper_percent")),
        small_mask=value(chapter, "small_mask"),
        star_mask=value(chapter, "complement_mask"),
        lower_mask=value(chapter, "lower_mask"),
        upper_mask=value(chapter, "upper_mask"),
        bins=_bins(value(chapter, "series_ranges")),
        coded_kinds=frozenset(value(chapter, "coded_kinds")),
        series_kinds=frozenset(value(chapter, "series_kinds")),
        rate_only_kinds=frozenset(value(chapter, "rate_only_kinds")),
        decimals=whole("percent_decimals", value(chapter, "percent_decimals")),
    )
    cover = Cover(
        parts=whole("hidden_parts", value(chapter, "hidden_parts")),
        students=whole("hidden_students", value(chapter, "hidden_students")),
        small_values=whole("possible_small_numbers", value(chapter, "possible_small_numbers")),
    )
    costs = value(chapter, "hiding_costs")
    levels = {level: whole("hiding_costs", costs.get(level)) for level in (SCHOOL, DISTRICT, STATE)}
    return Protection(
        masking,
        cover,
        Costs(levels, whole("hiding_costs", costs.get("all")), whole("hiding_costs", costs.get("fixed"))),
        _programs(scoring),
    )


def _programs(scoring: Chapter) -> Programs:
    told = value(scoring, "programs")
    (main,) = (word_of(name) for name, program in told.items() if program["main"] == "yes")
    return Programs(main, {word_of(name): int(program["proficient_from"]) for name, program in told.items()})


def _presentation(chapter: Chapter, scoring: Chapter) -> Presentation:
    groups = tuple(value(chapter, "subgroups"))
    unknown = set(groups) - set(SUBGROUPS)
    if unknown:
        raise PolicyError(f"subgroups: {', '.join(sorted(unknown))} are no subgroups; use {', '.join(SUBGROUPS)}")
    link = chapter.get("support_link")
    return Presentation(
        state_name=value(chapter, "state_name"),
        subgroups=tuple(group for group in SUBGROUPS if group in groups),
        level_names=tuple(value(chapter, "level_names")),
        level_names_of={word_of(name): tuple(told["levels"]) for name, told in value(scoring, "programs").items()},
        open_statuses=frozenset(value(chapter, "statuses_with_numbers")),
        bands=Bands(
            tuple(whole("left_out_bands", lowest) for lowest in value(chapter, "left_out_bands")),
            frozenset(value(chapter, "left_out_reasons_banded")),
            frozenset(value(chapter, "left_out_reasons_guarded")),
        ),
        reason_labels=_texts(value(scoring, "left_out_reasons")),
        footnotes=_texts(value(chapter, "footnotes")),
        support_link=link["value"] if link else None,
        participation=_participation(scoring),
        sections=sections_of(_or(chapter, "sections", []), groups, scoring),
        labels=_texts(_or(chapter, "measure_labels", {})),
        words=_texts(_or(chapter, "measure_words", {})),
        forms=forms_of(_or(chapter, "amount_forms", {})),
        numbers_rest_on=_texts(_or(chapter, "numbers_rest_on", {})),
        goals=goals_of(_or(chapter, "goal_list", []), _or(chapter, "goal_tables", {}), _or(chapter, "goal_year", "")),
        administrations=administrations_of(_or(chapter, "naep", {})),
    )


def _check_receipts(receipts: Any) -> None:
    for kind in ("points", "masks"):
        if kind not in receipts:
            raise PolicyError(f"receipts: no {kind}; add it with rule, counts and entries")
    for kind, receipt in receipts.items():
        if set(receipt) != {"rule", "counts", "entries"}:
            raise PolicyError(f"receipts, {kind}: write rule, counts and entries, nothing else")


def _participation(scoring: Chapter) -> Participation:
    entry = value(scoring, "participation")
    share = exact("participation, expected_share", entry["expected_share"])
    return Participation(entry["flag"], share, frozenset(entry["subjects"]))


def _texts(entries: Any) -> Mapping[str, str]:
    return dict(entries)


def _bins(entries: Any) -> tuple[tuple[int, int], ...]:
    bins = tuple((whole("series_ranges", low), whole("series_ranges", high)) for low, _, high in map(_split, entries))
    gaps = [low for (_, high), (low, _) in pairwise(bins) if low != high + 1]
    if not bins or gaps or bins[0][0] != 0 or bins[-1][1] != 100:
        raise PolicyError("series_ranges: write ranges that cover 0 to 100 without a gap, such as 0-10, 11-20")
    return bins


def _split(text: str) -> tuple[str, str, str]:
    return text.partition("-")


def _or(chapter: Chapter, name: str, absent: Any) -> Any:
    """A value that a chapter may lack: a state reports no goals, say, or names no sections."""
    return value(chapter, name) if name in chapter else absent
