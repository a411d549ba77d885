"""English learners: the worked cases of tests/cases/scoring, by the real chapter, and any order of results."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.rules import english
from services.scoring.rules.areas import area_measures
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import without
from services.scoring.rules.points import Counted, PointsLaw, Scale, earned
from shared.policy import reader
from tests.rules.frames_by_hand import frames, where
from tests.rules.other_tests_by_hand import with_other_results
from tests.rules.students_by_hand import DIRECTORY, counted_of, law_of, of_levels, stay, truth

CASES = Path(__file__).parents[1] / "cases" / "scoring"
LAW = law_of()
ENGLISH: Any = LAW.english
FULL, SHORT = date(2023, 8, 7), date(2024, 3, 1)  # days of entry with and without a full academic year


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def number(told: dict[str, str], name: str) -> int | None:
    return int(told[name]) if name in told else None


def results(student_id: str, told: dict[str, str], school_id: str = "A1") -> list[dict[str, Any]]:
    """This year's result, and the one of the year before where a prior score is told."""
    now = {
        "student_id": student_id,
        "assessment_id": "english_language",
        "school_id": school_id,
        "scale_score": number(told, "current"),
        "exit_score": number(told, "exit"),
        "program_year": number(told, "year"),
        "exit_met": truth(told["exit_met"]) if "exit_met" in told else None,
    }
    before = {**now, "school_year": "2022-23", "scale_score": number(told, "prior"), "exit_met": None}
    return [now, before] if "prior" in told else [now]


def learners(each: list[tuple[dict[str, str], str, str | None]]) -> Frames:
    """Learners: what a case tells, the school that reported, and where one is full-year (None: nowhere)."""
    stays, told = [], []
    for place, (scores, reported, full_year) in enumerate(each):
        stays.append(stay(str(place), full_year or reported, entry_date=FULL if full_year else SHORT))
        told += results(str(place), scores, reported)
    return with_other_results(frames(DIRECTORY, enrollments=stays), told)


def progress_of(told: dict[str, str], full_year: str | None = "A1") -> tuple[Any, ...]:
    """Millionths, whether on track, and why neither."""
    found = learners([(told, "A1", full_year)])
    (share,) = english.progress(found, ENGLISH, where("school")).rows(named=True)
    (heads,) = english.heads(found, ENGLISH, where("school")).rows(named=True)
    why = share[without(english.COMPONENT)]
    assert why == heads[without(english.ON_TRACK)]
    return share[english.COMPONENT], heads[english.ON_TRACK], why


@pytest.mark.parametrize("case", read("comp_8")["goals"], ids=str)
def test_the_part_of_the_years_goal(case: dict[str, str]) -> None:
    assert progress_of(case) == (int(case["earns"]), int(case["on_track"] == "yes"), None)


@pytest.mark.parametrize("case", read("comp_8")["who"], ids=lambda case: case["name"])
def test_whose_progress_counts(case: dict[str, str]) -> None:
    millionths, on_track, why = progress_of(case, "A1" if case["fay"] == "yes" else None)
    assert why == case.get("reason")
    assert (millionths is None) == (on_track is None) == (why is not None)


def test_progress_is_a_mean_of_shares() -> None:
    case = read("comp_8")["mean"]
    goal = {"prior": "450", "exit": "530", "year": "2"}
    found = learners([(goal | told, "A1", "A1") for told in case["learners"]])
    rows = english.progress(found, ENGLISH, where("school"))
    counted = counted_of(rows, english.COMPONENTS)["A1"][english.COMPONENT]
    assert [str(counted.numerator), str(counted.denominator)] == case["counts"]
    assert counted.share() == Fraction(case["share"])


def points_of(share: str, multiplier: str, maximum: str) -> Fraction:
    scale = Scale(Fraction(maximum), {english.COMPONENT: Fraction(maximum)})
    told = Fraction(share)
    counts = {english.COMPONENT: Counted(told.numerator, told.denominator)}
    law: PointsLaw = replace(LAW.points, multipliers={english.COMPONENT: Fraction(multiplier)}, minimum_n=0)
    (part,) = earned(scale, counts, frozenset(counts), law)
    assert part.share == told and part.points is not None
    return part.points


@pytest.mark.parametrize("case", read("comp_8")["multipliers"], ids=str)
def test_a_multiplier_of_the_chapter_is_applied_before_the_cap(case: dict[str, str]) -> None:
    assert points_of(case["share"], case["multiplier"], case["maximum"]) == Fraction(case["points"])


def test_a_published_total() -> None:
    case = read("comp_8")["petal"]
    others = sum(map(Fraction, case["others"]), Fraction(0))
    for multiplier, total in case["total"].items():
        assert others + points_of("0.8079", multiplier, "50") == Fraction(total)
    assert LAW.points.multipliers == {english.COMPONENT: 1}


@pytest.mark.parametrize(("year", "counts"), read("comp_8")["component_years"].items())
def test_since_when_progress_is_counted(year: str, counts: str) -> None:
    measures = area_measures(law_of(year))
    assert (english.COMPONENT in measures) == (counts == "yes")
    assert set(english.MEASURES) <= set(measures)


@pytest.mark.parametrize("case", read("el_1")["cases"], ids=lambda case: case["name"])
def test_who_met_the_exit_standard(case: dict[str, str]) -> None:
    told = {**case, "current": case["score"]} if "score" in case else case
    (row,) = english.heads(learners([(told, "A1", None)]), ENGLISH, where("school")).rows(named=True)
    assert row[english.PROFICIENT] == number(case, "adds")
    assert row[without(english.PROFICIENT)] == case.get("reason")


def counts(heads: Any, found: Frames, measure: str) -> dict[str, dict[str, list[str]]]:
    return {
        level: {
            entity: [str(told[measure].numerator), str(told[measure].denominator)]
            for entity, told in counted_of(rows, (measure,)).items()
            if measure in told
        }
        for level, rows in of_levels(heads, found, ENGLISH).items()
    }


def place(told: str) -> str | None:
    return None if told == "none" else told


def test_the_exit_standard_is_told_where_a_learner_was_tested() -> None:
    case = read("el_1")["levels"]
    found = learners([({"exit_met": met, "current": "500"}, at, place(fay)) for at, fay, met in case["learners"]])
    assert counts(english.heads, found, english.PROFICIENT) == case["counts"]


def on_track() -> Frames:
    goal = {"prior": "450", "exit": "530", "year": "2"}
    return learners([(goal | {"current": score}, at, place(fay)) for at, fay, score in read("el_2")["learners"]])


def test_whole_goals_are_counted_where_a_learner_is_full_year() -> None:
    case, found = read("el_2"), on_track()
    assert counts(english.heads, found, english.ON_TRACK) == case["counts"]
    assert counts(english.progress, found, english.COMPONENT)["school"] == case["progress"]["school"]
    rows = english.heads(found, ENGLISH, where("school")).filter(
        pl.col(without(english.ON_TRACK)) == "NOT_FULL_ACADEMIC_YEAR"
    )
    assert {k: str(n) for k, n in rows.group_by("entity").len().rows()} == case["not_full_year"]


def test_other_tests_and_other_years_are_not_read() -> None:
    found = on_track()
    others = found.other_results.with_columns(pl.lit("college_entrance").alias("assessment_id"))
    later = found.other_results.with_columns(pl.lit("2024-25").alias("school_year"), pl.lit(999).alias("scale_score"))
    parts = [part.cast(found.other_results.schema) for part in (found.other_results, others, later)]
    more = replace(found, other_results=pl.concat(parts))
    assert counts(english.heads, more, english.ON_TRACK) == read("el_2")["counts"]


def test_of_several_results_the_highest_counts() -> None:
    told = {"prior": "450", "exit": "530", "year": "2"}
    stays = [stay("1", "A1", entry_date=FULL)]
    more = [*results("1", told | {"current": "465"}), *results("1", told | {"current": "460"}), *results("1", told)]
    found = with_other_results(frames(DIRECTORY, enrollments=stays), more)
    assert counts(english.progress, found, english.COMPONENT)["school"] == {"A1": ["750000", "1"]}


@given(order=st.permutations(range(18)))
@settings(max_examples=25, deadline=None)
def test_the_order_of_results_says_nothing(order: list[int]) -> None:
    found = on_track()
    twice = pl.concat([found.other_results, found.other_results.filter(pl.col("school_year") == "2023-24")])
    assert twice.height == len(order)
    several = twice.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("result_id"))
    mixed = replace(found, other_results=several[list(order)])
    assert counts(english.heads, mixed, english.ON_TRACK) == read("el_2")["counts"]


@given(prior=st.integers(1, 600), current=st.integers(1, 600), exit_score=st.integers(1, 600), year=st.integers(2, 14))
@settings(max_examples=60, deadline=None)
def test_any_score_earns_what_fractions_say(prior: int, current: int, exit_score: int, year: int) -> None:
    row = {"prior_score": prior, "score": current, "exit_score": exit_score, "program_year": year}
    found = pl.DataFrame([row]).select(english.part_of_goal(ENGLISH).alias("part"), english.is_on_track(ENGLISH))
    goal = Fraction(exit_score - prior, max(1, 6 - year))
    if current >= exit_score:
        exact = Fraction(1)
    elif current <= prior:
        exact = Fraction(0)
    else:  # prior < current < exit, so that the goal is above 0
        exact = min(Fraction(1), Fraction(current - prior) / goal)
    rounded = (exact * 1_000_000 + Fraction(1, 2)).__floor__()
    assert found.row(0) == (rounded, exact == 1)
