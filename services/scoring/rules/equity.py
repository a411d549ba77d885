"""Educator equity: who teaches in Title I schools of low income or of minorities, and who elsewhere (EQ-1, EQ-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from services.scoring.rules import amounts as told
from services.scoring.rules import teachers
from services.scoring.rules.amounts import Ratio, Ratios
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where
from services.scoring.rules.teachers import EFFECTIVENESS, OF_TEACHERS, TeachersLaw
from shared.vocabulary import school_years
from shared.vocabulary.measures import EQUITY, measure

CORNERS = ("low_income", "minority")
TITLE_I, OTHER = "title_i", "other"
GAP, SIGNED_GAP, CHANGE, INTERIM_CHANGE = "gap", "signed_gap", "change", "interim_change"
SHARE = "share"


@dataclass(frozen=True)
class Printed:
    """One row of a printed table: both groups and the gap, as shares (effectiveness: as scores)."""

    other: Fraction
    title_i: Fraction
    gap: Fraction


@dataclass(frozen=True)
class EquityLaw:
    """`printed`: corner, school year, kind, row of the printed tables of the `baseline` and the `interim` year."""

    teachers: TeachersLaw
    baseline: str
    interim: str
    printed: Mapping[tuple[str, str, str], Printed]


def signed_gap(kind: str, title_i: Fraction, other: Fraction) -> Fraction:
    """How much worse off the Title I schools are; below zero where they are better off (EQ-1).

    More of anything is worse but effectiveness, of which less is worse.
    """
    return other - title_i if kind == EFFECTIVENESS else title_i - other


def change(before: Fraction, after: Fraction) -> Fraction:
    """How far a signed gap rose (EQ-2)."""
    return after - before


def is_improved(gap_change: Fraction) -> bool:
    """Whether a gap fell; one that stayed did not."""
    return gap_change < 0


def printed_gap(law: EquityLaw, corner: str, school_year: str, kind: str) -> Fraction:
    """The signed gap of a printed row, from its two groups."""
    row = law.printed[corner, school_year, kind]
    return signed_gap(kind, row.title_i, row.other)


def interim_change(law: EquityLaw, corner: str, kind: str) -> Fraction:
    """How far the printed gap rose from the baseline to the interim year."""
    return change(printed_gap(law, corner, law.baseline, kind), printed_gap(law, corner, law.interim, kind))


def figures(frames: Frames, law: EquityLaw, where: Where) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of the state: both groups, their gap, the gap with its sign, and its rise since the printed baseline.

    And the numbers that nothing divides, since one of the groups has no teachers of whom the kind is known.
    """
    ratios = _ratios(frames, law, where)
    return told.amounts(ratios, _unit), told.findings(told.undivided(ratios))


def corner_schools(schools: pl.DataFrame, corner: str) -> dict[str, list[str]]:
    """The schools of both groups. A school with one of the two flags is in neither, nor one whose flag is unknown."""
    flags = schools.select(pl.col("school_id").cast(pl.String), "title_i", corner).drop_nulls()
    both, none = pl.col("title_i") & pl.col(corner), ~pl.col("title_i") & ~pl.col(corner)
    return {group: sorted(flags.filter(mask)["school_id"]) for group, mask in ((TITLE_I, both), (OTHER, none))}


def _ratios(frames: Frames, law: EquityLaw, where: Where) -> Ratios:
    rows = teachers.duties(frames, where) if where.level == "state" else None
    if rows is None or rows.is_empty():
        return {}
    found: dict[str, Ratio] = {}
    for corner in CORNERS:
        groups = {
            group: teachers.shares(rows.filter(pl.col("school").is_in(schools)), law.teachers)
            for group, schools in corner_schools(frames.schools, corner).items()
        }
        title_i, other = (groups[group].get(where.state, teachers.nobody()) for group in (TITLE_I, OTHER))
        for kind in OF_TEACHERS:
            row = _row(corner, kind, title_i[kind], other[kind], law, where.school_year)
            found |= {f"{measure(EQUITY, corner)}.{kind}.{part}": number for part, number in row.items()}
    return {where.state: found}


def _row(corner: str, kind: str, title_i: Ratio, other: Ratio, law: EquityLaw, school_year: str) -> dict[str, Ratio]:
    left, right = title_i.value(), other.value()
    signed = None if left is None or right is None else signed_gap(kind, left, right)
    row = {
        TITLE_I: title_i,
        OTHER: other,
        GAP: _alone(None if signed is None else abs(signed)),
        SIGNED_GAP: _alone(signed),
    }
    year = school_years.parse(school_year)
    if year > school_years.parse(law.baseline):
        before = printed_gap(law, corner, law.baseline, kind)
        row[CHANGE] = _alone(None if signed is None else change(before, signed))
    if year >= school_years.parse(law.interim):
        row[INTERIM_CHANGE] = _alone(interim_change(law, corner, kind))
    return row


def _alone(number: Fraction | None) -> Ratio:
    """A number that nothing divides any further; None is a number that is not there."""
    return Ratio(Fraction(0), None) if number is None else Ratio(number, Fraction(1))


def _unit(measure_id: str) -> str:
    _, _, kind, part = measure_id.split(".")
    unit = teachers.unit(kind)
    return SHARE if unit == teachers.FTE and part not in (TITLE_I, OTHER) else unit
