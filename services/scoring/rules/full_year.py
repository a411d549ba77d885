"""Full academic year: in which school, district and state a student's results count (COMP-9).

Two methods, of which the chapter names one. `enrolled_share`: days of instruction enrolled are the chapter's share of
the window's days, or more. `as_reported`: the source's own flags on the enrolment where the result was reported.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

import polars as pl

ENROLLED_SHARE = "enrolled_share"
AS_REPORTED = "as_reported"
FIRST_DAY_AFTER = "first_day_after"
LAST_DAY_ENROLLED = "last_day_enrolled"
SCHOOL, DISTRICT, STATE = "school", "district", "state"
LEVELS = (SCHOOL, DISTRICT, STATE)
_LEVEL = pl.Enum(LEVELS)


@dataclass(frozen=True)
class Window:
    """The days in which enrolment counts: from the first to the last day, weekdays, without the closures."""

    first: date
    last: date
    closures: frozenset[date]

    def days(self) -> list[date]:
        """The days of instruction, in order."""
        span = (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))
        return [day for day in span if day.weekday() < 5 and day not in self.closures]


@dataclass(frozen=True)
class FullYear:
    """The law: method, share, what an exit date says, and the window of the year (None: not asked for)."""

    method: str
    share: Fraction
    exit_date: str
    window: Window | None


def is_full_year(days: pl.Expr, window_days: int, share: Fraction) -> pl.Expr:
    """Whether days enrolled are the share of the window's days or more; exact, nothing is rounded up."""
    return days * share.denominator >= share.numerator * window_days


def attributed(results: pl.DataFrame, enrollments: pl.DataFrame, law: FullYear, state: str) -> pl.DataFrame:
    """The results with `school`, `district`, `state`: where each counts, null where the student is not full-year.

    `results` hold student_id and at_school, at_district, at_state (where reported, or null); `enrollments` are the
    year's, with district_id.
    """
    if law.method == AS_REPORTED:
        return _by_flags(results, enrollments, state)
    return results.join(_by_days(enrollments, law, state), on="student_id", how="left")


def _by_flags(results: pl.DataFrame, enrollments: pl.DataFrame, state: str) -> pl.DataFrame:
    """Several enrolments of one student at one school: a flag that one of them carries stands."""
    flags = enrollments.group_by("student_id", "school_id").agg(pl.col("fay_school", "fay_district", "fay_state").any())
    joined = results.join(flags, left_on=["student_id", "at_school"], right_on=["student_id", "school_id"], how="left")
    return joined.with_columns(
        pl.when("fay_school").then("at_school").alias(SCHOOL),
        pl.when("fay_district").then("at_district").alias(DISTRICT),
        pl.when("fay_state").then(pl.lit(state)).alias(STATE),
    ).drop("fay_school", "fay_district", "fay_state")


def _by_days(enrollments: pl.DataFrame, law: FullYear, state: str) -> pl.DataFrame:
    if law.window is None:
        raise ValueError("the chapter gives no window for the year; add full_year_windows with its source")
    days = law.window.days()
    rows = enrollments.with_columns(pl.lit(state).alias("state_id"), *bounds(enrollments, days, law.exit_date))
    several = pl.col("student_id").is_duplicated()
    enough = is_full_year((pl.col("end") - pl.col("start")).clip(lower_bound=0), len(days), law.share)
    once = rows.filter(~several).select(
        "student_id", *(pl.when(enough).then(f"{level}_id").alias(level) for level in LEVELS)
    )
    rest = rows.filter(several)
    return once if rest.is_empty() else pl.concat([once, _of_several(rest, len(days), law.share).cast(once.schema)])


def bounds(enrollments: pl.DataFrame, days: list[date], exit_date: str) -> tuple[pl.Series, pl.Series]:
    """`start` and `end`, places among the days: of the first day enrolled, and of the first day no longer enrolled."""
    calendar = pl.Series(days, dtype=pl.Date)
    side: Literal["left", "right"] = "right" if exit_date == LAST_DAY_ENROLLED else "left"
    exits = enrollments["exit_date"].fill_null(date.max)
    start = calendar.search_sorted(enrollments["entry_date"], side="left").cast(pl.Int64)
    end = calendar.search_sorted(exits, side=side).cast(pl.Int64)
    return start.alias("start"), end.alias("end")


def _of_several(rows: pl.DataFrame, window_days: int, share: Fraction) -> pl.DataFrame:
    """Each student's entity of each level: overlapping stays count once; of two, more days, then the smaller id."""
    stays = pl.concat(
        rows.select(
            "student_id", pl.lit(level, _LEVEL).alias("level"), entity.cast(pl.String).alias("entity"), "start", "end"
        )
        for level, entity in ((level, pl.col(f"{level}_id")) for level in LEVELS)
    ).drop_nulls("entity")
    days = days_at(stays, ["student_id", "level", "entity"])
    enough = days.filter(is_full_year(pl.col("days"), window_days, share))
    best = enough.sort("days", "entity", descending=[True, False]).unique(["student_id", "level"], keep="first")
    return best.group_by("student_id").agg(
        pl.when(pl.col("level") == level).then("entity").max().alias(level) for level in LEVELS
    )


def days_at(stays: pl.DataFrame, place: list[str]) -> pl.DataFrame:
    """Days enrolled at each place, of stays with `start` and `end` (`bounds`): overlapping ones count once."""
    return apart(stays, place).group_by(place).agg((pl.col("end") - pl.col("start")).sum().alias("days"))


def apart(stays: pl.DataFrame, place: list[str]) -> pl.DataFrame:
    """The stays (`start`, `end`: `bounds`), of those at one place each without the days that an earlier one has."""
    again = stays.select(pl.struct(place).hash().is_duplicated()).to_series()
    before = pl.col("end").cum_max().shift(1).over(place).fill_null(0)
    several = stays.filter(again).sort("start").with_columns(pl.max_horizontal("start", before).alias("start"))
    return pl.concat([several, stays.filter(~again)]).with_columns(pl.max_horizontal("start", "end").alias("end"))
