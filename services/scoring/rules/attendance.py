"""Chronic absence: who missed the share of the days enrolled at a school or district, or more (OTH-1)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import polars as pl

from services.scoring.rules.enrolled import STUDENT, at_entities, stays
from services.scoring.rules.frames import WORD, Frames
from services.scoring.rules.full_year import Window, apart, bounds
from services.scoring.rules.heads import Where, without
from services.scoring.rules.reasons import TOO_FEW_DAYS
from shared.vocabulary.measures import ATTENDANCE, measure

CHRONIC = measure(ATTENDANCE, "chronic_absence")
MEASURES = (CHRONIC,)
_DAY = 100  # hundredths
# A student at an entity as one number, which is joined and grouped in half the time of two words.
_PLACE = (pl.col("entity").to_physical().cast(pl.Int64) * 2**32 + pl.col("student_id").to_physical()).alias("place")


@dataclass(frozen=True)
class AttendanceLaw:
    """`share` of the days enrolled, or more; asked of whoever was enrolled `least_days` or more.

    `categories` of attendance and kinds of disciplinary `actions` that are absence. `exit_date`: as full_year says.
    """

    share: Fraction
    least_days: int
    categories: frozenset[str]
    actions: frozenset[str]
    calendar: Window
    exit_date: str


def heads(frames: Frames, law: AttendanceLaw, where: Where) -> pl.DataFrame:
    """Students of each entity: 1 for a chronic absentee, 0 for any other; null for one enrolled too few days.

    Of a district that sent no attendance of the year nothing is known, so its students are in no measure (GEN-3).
    """
    days = law.calendar.days()
    told = _reporting(frames, where.school_year).join(stays(frames, where, where.school_year), on="school_id")
    enrolled = apart(told.with_columns(_PLACE, *bounds(told, days, law.exit_date)), ["place"])
    sizes = enrolled.group_by("place").agg(
        pl.col(*STUDENT).first(), (pl.col("end") - pl.col("start")).sum().alias("days")
    )
    absent = _missed(at_entities(_absences(frames, law, where.school_year, days), frames, where), enrolled)
    is_chronic = is_share(pl.col("missed").fill_null(0), pl.col("days"), law.share)
    enough = pl.col("days") >= law.least_days
    return sizes.join(absent, on="place", how="left").select(
        pl.col(*STUDENT).cast(pl.String),
        pl.when(enough).then(is_chronic.cast(pl.Int64)).alias(CHRONIC),
        pl.when(~enough).then(pl.lit(TOO_FEW_DAYS)).alias(without(CHRONIC)),
    )


def _reporting(frames: Frames, school_year: str) -> pl.DataFrame:
    """The schools of districts that sent any attendance of the year."""
    of_year = frames.attendance.filter(pl.col("school_year") == school_year)
    sent = of_year.select(pl.col("school_id").cast(WORD)).unique()
    schools = frames.schools.select(pl.col("school_id", "district_id").cast(WORD))
    districts = schools.join(sent, on="school_id").select("district_id").unique()
    return schools.join(districts, on="district_id").select("school_id")


def is_share(missed: pl.Expr, days: pl.Expr, share: Fraction) -> pl.Expr:
    """Whether hundredths of days missed are the share of the days, or more; exact."""
    return missed * share.denominator >= days * (_DAY * share.numerator)


def _missed(absences: pl.DataFrame, enrolled: pl.DataFrame) -> pl.DataFrame:
    """Hundredths of days that a student missed at an entity while enrolled there; of each day a whole one at most."""
    within = (
        absences.select(_PLACE, "at", "share")
        .join(enrolled.select("place", "start", "end"), on="place")
        .filter(pl.col("at").is_between("start", "end", closed="left"))
    )
    each_day = within.group_by("place", "at").agg(pl.col("share").sum().clip(upper_bound=_DAY))
    return each_day.group_by("place").agg(pl.col("share").sum().alias("missed"))


def _absences(frames: Frames, law: AttendanceLaw, school_year: str, days: list[date]) -> pl.DataFrame:
    """Absences on the days of instruction: `at` which of them, and the `share` of it; an action is a whole day."""
    share = pl.col("share_of_day").cast(pl.Int64).fill_null(_DAY).clip(0, _DAY)
    words = pl.col("student_id", "school_id").cast(WORD)
    attendance = frames.attendance.filter(
        pl.col("school_year") == school_year, pl.col("category").cast(pl.String).is_in(list(law.categories))
    ).select(words, "day", share.alias("share"))
    actions = frames.actions.filter(
        pl.col("school_year") == school_year,
        pl.any_horizontal(False, *(pl.col("kinds").list.contains(kind) for kind in sorted(law.actions))),
    ).select(words, "day", pl.lit(_DAY, pl.Int64).alias("share"))
    calendar = pl.Series(days, dtype=pl.Date)
    told = pl.concat([attendance, actions]).filter(pl.col("day").is_in(calendar.implode()))
    return told.with_columns(calendar.search_sorted(told["day"]).cast(pl.Int64).alias("at"))
