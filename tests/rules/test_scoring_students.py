"""Who counts and what one contributes: the worked cases of tests/cases/scoring, through the real expressions."""

import random
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.scoring import policy
from services.scoring.rules.catalog import score_reason
from services.scoring.rules.frames import WORD
from services.scoring.rules.full_year import FullYear, Window, attributed, is_full_year
from services.scoring.rules.growth import growth_hundredths
from services.scoring.rules.lowest import is_lowest
from services.scoring.rules.programs import is_proficient, ranks
from shared.policy import reader

CASES = Path(__file__).parents[1] / "cases" / "scoring"
LAW = policy.law(reader.chapter("ms", "scoring", "2023-24"), "2023-24")
GROWTH = growth_hundredths(LAW.programs, LAW.growth_weights).alias("hundredths")


def read(name: str) -> dict[str, Any]:
    return reader.read(CASES / f"{name}.yaml")


def student(state: str, prefix: str) -> dict[str, int]:
    """ "2b" as rank, score and the level's range: each level spans 20 points from 100."""
    rank = int(state[0])
    lowest = 80 + 20 * rank
    score = lowest + (5 if state[1] == "a" else 15)
    return {f"{prefix}rank": rank, f"{prefix}score": score, f"{prefix}lowest": lowest, f"{prefix}highest": lowest + 19}


def earned(program: str, change: str) -> int:
    prior, current = change.split()
    row = {"program": program, **student(prior, "prior_"), **student(current, "")}
    return int(pl.DataFrame([row]).select(GROWTH).item())


GROWTHS = [
    (program, change, int(hundredths))
    for program in ("MAAP", "MAAP-A")
    for change, hundredths in read("growth")[program].items()
]


@pytest.mark.parametrize(("program", "change", "hundredths"), GROWTHS)
def test_a_change_of_level_earns(program: str, change: str, hundredths: int) -> None:
    assert earned(program, change) == hundredths


def test_the_worked_example_of_growth() -> None:
    example = read("growth")["example"]
    hundredths = sum(earned("MAAP", change) for change in example["changes"])
    share = Fraction(hundredths, 100 * len(example["changes"]))
    assert hundredths == int(example["hundredths"])
    assert share == Fraction(example["share"])
    assert 95 * share == Fraction(example["points_of_95"])


@pytest.mark.parametrize("case", read("growth")["middle"], ids=str)
def test_the_middle_of_a_level_is_in_its_upper_half(case: dict[str, str]) -> None:
    ends = {name: None if case[name] == "none" else int(case[name]) for name in ("lowest", "highest")}
    ranged = {f"{prefix}{name}": end for prefix in ("", "prior_") for name, end in ends.items()}
    row = {
        "program": "MAAP",
        "rank": 1,
        "prior_rank": 1,
        "score": int(case["current"]),
        "prior_score": int(case["prior"]),
    }
    schema = {**dict.fromkeys(ranged, pl.Int32), "program": pl.String}
    found = pl.DataFrame([row | ranged], schema_overrides=schema).select(GROWTH).item()
    assert found == int(case["hundredths"])


def on_one_list(scores: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"prior_score": scores}, schema={"prior_score": pl.Int32}).with_columns(
        school=pl.lit("A1"), subject=pl.lit("math"), program=pl.lit("MAAP"), test=pl.lit("grade 5")
    )


@pytest.mark.parametrize("case", read("lowest")["cases"], ids=lambda case: f"{len(case['prior'])} students")
def test_the_lowest_quarter_by_prior_score(case: dict[str, list[str]]) -> None:
    scores = [int(score) for score in case["prior"]]
    members = on_one_list(scores).filter(is_lowest("school", pl.lit(True), LAW.lowest_share))["prior_score"].to_list()
    assert sorted(members) == [int(score) for score in case["members"]]


@pytest.mark.parametrize(("students", "places"), read("lowest")["sizes"].items())
def test_a_quarter_is_rounded_up(students: str, places: str) -> None:
    rows = on_one_list(list(range(int(students))))
    assert rows.filter(is_lowest("school", pl.lit(True), LAW.lowest_share)).height == int(places)


def test_each_test_and_school_has_a_lowest_quarter_of_its_own() -> None:
    rows = pl.DataFrame(
        {
            "school": ["A1"] * 4 + ["A2"] * 2,
            "subject": ["math"] * 6,
            "program": ["MAAP"] * 6,
            "test": ["grade 5", "grade 5", "grade 6", "grade 6", "grade 5", "grade 5"],
            "prior_score": [300, 310, 500, 510, 400, 410],
        }
    )
    # three lists of two students, 0.5 -> 1 place each
    members = rows.filter(is_lowest("school", pl.lit(True), LAW.lowest_share))["prior_score"].to_list()
    assert members == [300, 500, 400]


@pytest.mark.parametrize("case", read("full_year")["shares"], ids=str)
def test_days_enrolled_are_compared_unrounded(case: dict[str, str]) -> None:
    found = pl.select(is_full_year(pl.lit(int(case["days"])), int(case["of"]), LAW.full_year.share)).item()
    assert found == (case["full_year"] == "yes")


def window() -> Window:
    told = read("full_year")["window"]
    closures = frozenset(date.fromisoformat(day) for day in told["closures"])
    return Window(date.fromisoformat(told["first"]), date.fromisoformat(told["last"]), closures)


def test_the_window_counts_weekdays_without_closures() -> None:
    assert len(window().days()) == int(read("full_year")["window_days"])


@pytest.mark.parametrize("case", read("full_year")["stays"], ids=lambda case: case["name"])
def test_where_a_student_is_full_year(case: dict[str, Any]) -> None:
    stays = [
        ("1", school, school[0], date.fromisoformat(entry), None if last == "none" else date.fromisoformat(last))
        for school, entry, last in case["stays"]
    ]
    columns = ["student_id", "school_id", "district_id", "entry_date", "exit_date"]
    enrollments = pl.DataFrame(stays, columns, orient="row").with_columns(pl.col("exit_date").cast(pl.Date))
    law = FullYear("enrolled_share", LAW.full_year.share, LAW.full_year.exit_date, window())
    (found,) = attributed(pl.DataFrame({"student_id": ["1"]}), enrollments, law, "the state").rows(named=True)
    school, district, in_state = (None if told == "none" else told for told in case["counts_in"])
    assert (found["school"], found["district"]) == (school, district)
    assert (found["state"] is not None) == (in_state == "yes")


Stay = tuple[str, str, str, date, date | None]  # student, school, district, first day, last day


def counted_by_hand(stays: list[Stay], student_id: str, place: int) -> str | None:
    """The school (1) or district (2) with the most days, day by day; of as many, the smaller id."""
    days: dict[str, set[date]] = {}
    for stay in (stay for stay in stays if stay[0] == student_id):
        enrolled = {day for day in window().days() if stay[3] <= day <= (stay[4] or date.max)}
        days.setdefault(str(stay[place]), set()).update(enrolled)
    share, whole = LAW.full_year.share, len(window().days())
    enough = [(-len(held), entity) for entity, held in days.items() if Fraction(len(held), whole) >= share]
    return min(enough)[1] if enough else None


@pytest.mark.parametrize("seed", range(3))
def test_any_stays_count_where_their_days_say(seed: int) -> None:
    dice, first, span = random.Random(seed), window().first, (window().last - window().first).days
    stays: list[Stay] = []
    for student_id, school in ((str(n), dice.choice(("A1", "A2", "B1"))) for n in range(60) for _ in range(n % 4)):
        entry = first + timedelta(days=dice.choice((0, 0, 0, dice.randint(-20, span))))
        last = dice.choice((None, None, entry + timedelta(days=dice.randint(0, span))))
        stays.append((student_id, dice.choice((school, "A1")), "?", entry, last))
    stays = [(student, school, school[0], entry, last) for student, school, _, entry, last in stays]
    schema = {"student_id": pl.String, "school_id": WORD, "district_id": WORD, "entry_date": pl.Date}
    enrollments = pl.DataFrame(stays, {**schema, "exit_date": pl.Date}, orient="row")
    law = FullYear("enrolled_share", LAW.full_year.share, "last_day_enrolled", window())
    students = pl.DataFrame({"student_id": [str(n) for n in range(60)]})
    for row in attributed(students, enrollments, law, "the state").rows(named=True):
        school, district = (counted_by_hand(stays, row["student_id"], place) for place in (1, 2))
        assert (row["school"], row["district"]) == (school, district)


@pytest.mark.parametrize("case", read("proficiency")["cases"], ids=str)
def test_who_is_proficient(case: dict[str, str]) -> None:
    row = {name: None if case[name] == "none" else case[name] for name in ("program", "subject", "level")}
    rows = pl.DataFrame([row], schema=dict.fromkeys(row, WORD)).join(
        ranks(LAW.programs), on=["program", "level"], how="left"
    )
    reason, proficient = rows.select(score_reason(LAW).alias("reason"), is_proficient(LAW.programs)).row(0)
    assert reason == case.get("reason")
    assert (reason is None) == (case["counts"] == "yes")
    if reason is None:
        assert proficient == (case["proficient"] == "yes")
