"""Teachers and leaders, by full-time equivalents: experience, field, credential, effectiveness (TEACH-1 to TEACH-6)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from services.scoring.rules import amounts as told
from services.scoring.rules import poverty
from services.scoring.rules.amounts import Found, Ratio, Ratios, placed, ratio
from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where
from shared.vocabulary.measures import TEACHERS, kind_of, measure

INEXPERIENCED, LEADERS_INEXPERIENCED = "inexperienced", "leaders_inexperienced"
OUT_OF_FIELD, EMERGENCY, NOT_CERTIFIED = "out_of_field", "emergency_or_provisional", "not_certified"
INEFFECTIVE, EFFECTIVENESS = "ineffective", "effectiveness"
OF_TEACHERS = (INEXPERIENCED, OUT_OF_FIELD, EMERGENCY, NOT_CERTIFIED, INEFFECTIVE, EFFECTIVENESS)
KINDS = (*OF_TEACHERS, LEADERS_INEXPERIENCED)
FTE, SCORE = "fte", "score"
FTE_OVER_ONE, UNSCORED, NOT_REPORTED, ALL_TIED = "FTE_OVER_ONE", "UNSCORED_TEACHERS", "NOT_REPORTED", "ALL_TIED"
_TEACHER, _LEADER = "teacher", "school_leader"
_WHOLE = 1000  # thousandths of one full-time equivalent


@dataclass(frozen=True)
class TeachersLaw:
    """`experience`: years in education, fewer is inexperienced. `effective`: score, lower is ineffective.

    `credentials`: kinds that count as emergency or provisional. `quartile`: share of schools at either end of poverty.
    """

    experience: Fraction
    effective: Fraction
    credentials: frozenset[str]
    quartile: Fraction


class Parts(NamedTuple):
    """Full-time equivalents: counted (or their scores), of whom it is known, of whom it is not; people over one."""

    counted: Fraction = Fraction(0)
    known: Fraction = Fraction(0)
    unknown: Fraction = Fraction(0)
    over_one: int = 0


def unit(kind: str) -> str:
    """Shares are of full-time equivalents; effectiveness is the average of scores, weighted by them."""
    return SCORE if kind == EFFECTIVENESS else FTE


def figures(frames: Frames, law: TeachersLaw, where: Where) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Full-time equivalents in each category over all of which it is known; of the state also by poverty of schools.

    And what a reader of them should know: no divisor, people over one, what is not known, schools all alike.
    """
    rows = duties(frames, where)
    ratios = _ratios(frames, rows, law, where)
    odd = [_oddity(entity, kind, parts) for kind in KINDS for entity, parts in sums(rows, kind, law).items()]
    alike = where.level == "state" and poverty.are_alike(frames.schools)
    schools = Fraction(len(poverty.lunch(frames.schools)))
    tied = [(where.state, ALL_TIED, name, schools) for name in ratios.get(where.state, ()) if alike and _is_end(name)]
    found = [*told.undivided(ratios), *(found for each in odd for found in each), *tied]
    return told.amounts(ratios, lambda measure_id: unit(kind_of(measure_id))), told.findings(found)


def capped(fte_thousandths: int, all_thousandths: int) -> Fraction:
    """The full-time equivalents of a part of someone's work, in proportion where all sum to over one (TEACH-1)."""
    return Fraction(fte_thousandths, max(all_thousandths, _WHOLE))


def duties(frames: Frames, where: Where) -> pl.DataFrame:
    """The parts of teachers' and leaders' assignments at the level's entities; an assignment without parts is one.

    `fte`: of the part; `all`: of everything the person does in the year, wherever; both in thousandths.
    """
    year = frames.assignments.filter(pl.col("school_year") == where.school_year).explode("duties", empty_as_null=True)
    parts = year.with_columns(
        pl.coalesce(pl.col("duties").struct.field("fte_thousandths"), "fte_thousandths").alias("fte"),
        pl.col("duties").struct.field("in_field", "credential"),
    )
    whole = parts.with_columns(pl.col("fte").sum().over("staff_id").alias("all"))
    people = whole.filter(pl.col("role").is_in([_TEACHER, _LEADER])).join(frames.staff, on="staff_id", how="left")
    return placed(people, frames.schools, where).filter(pl.col("entity").is_not_null())


def shares(rows: pl.DataFrame, law: TeachersLaw) -> dict[str, dict[str, Ratio]]:
    """Entity, kind, number: of rows of duties with `entity`."""
    found: dict[str, dict[str, Ratio]] = {entity: nobody() for entity in sorted(rows["entity"].unique())}
    for kind in KINDS:
        for entity, parts in sums(rows, kind, law).items():
            scale = 100 if kind == EFFECTIVENESS else 1  # scores are in hundredths
            found[entity][kind] = ratio(parts.counted / scale, parts.known)
    return found


def nobody() -> dict[str, Ratio]:
    """Every kind, of no teachers."""
    return dict.fromkeys(KINDS, Ratio(Fraction(0), None))


def sums(rows: pl.DataFrame, kind: str, law: TeachersLaw) -> dict[str, Parts]:
    """Each entity's full-time equivalents of one kind. Those of people over one are summed apart, by their whole."""
    part, fte = _counted(law)[kind], pl.col("fte")
    summed = (
        rows.filter(pl.col("role") == (_LEADER if kind == LEADERS_INEXPERIENCED else _TEACHER))
        .with_columns(pl.max_horizontal("all", pl.lit(_WHOLE, pl.Int64)))
        .group_by("entity", "all")
        .agg(
            (part * fte).sum().alias("counted"),
            fte.filter(part.is_not_null()).sum().alias("known"),
            fte.filter(part.is_null()).sum().alias("unknown"),
            pl.col("staff_id").filter(part.is_not_null() & (pl.col("all") > _WHOLE)).n_unique().alias("over_one"),
        )
        .sort("entity", "all")
    )
    found: dict[str, Parts] = {}
    for entity, whole, *thousandths, over_one in summed.iter_rows():
        before = found.get(entity, Parts())
        added = (capped(number, whole) for number in thousandths)
        found[entity] = Parts(*(old + new for old, new in zip(before, (*added, over_one), strict=True)))
    return found


def _ratios(frames: Frames, rows: pl.DataFrame, law: TeachersLaw, where: Where) -> Ratios:
    found = {
        entity: {measure(TEACHERS, kind): number for kind, number in kinds.items()}
        for entity, kinds in shares(rows, law).items()
    }
    if where.level == "state" and found:
        for end, schools in poverty.ends(frames.schools, law.quartile).items():
            kinds = shares(rows.filter(pl.col("school").is_in(sorted(schools))), law).get(where.state, nobody())
            found[where.state] |= {f"{measure(TEACHERS, kind)}.{end}": number for kind, number in kinds.items()}
    return found


def _counted(law: TeachersLaw) -> dict[str, pl.Expr]:
    """What a full-time equivalent adds; null where it is not known, which is not zero (GEN-3).

    A teacher who is not certified and of whom no credential is told has none: neither emergency nor provisional.
    """
    years, score = pl.col("years_hundredths"), pl.col("effectiveness_hundredths")
    has_none = pl.col("credential").is_null() & ~pl.col("certified")
    inexperienced = years * law.experience.denominator < 100 * law.experience.numerator
    found = {
        INEXPERIENCED: inexperienced,
        LEADERS_INEXPERIENCED: inexperienced,
        OUT_OF_FIELD: ~pl.col("in_field"),
        EMERGENCY: pl.when(~has_none.fill_null(False))
        .then(pl.col("credential").is_in(sorted(law.credentials)))
        .otherwise(False),
        NOT_CERTIFIED: ~pl.col("certified"),
        INEFFECTIVE: score * law.effective.denominator < 100 * law.effective.numerator,
    }
    return {**{kind: part.cast(pl.Int64) for kind, part in found.items()}, EFFECTIVENESS: score}


def _oddity(entity: str, kind: str, parts: Parts) -> list[Found]:
    name = measure(TEACHERS, kind)
    missing = UNSCORED if kind in (INEFFECTIVE, EFFECTIVENESS) else NOT_REPORTED
    numbers = {FTE_OVER_ONE: Fraction(parts.over_one), missing: parts.unknown}
    return [(entity, code, name, number) for code, number in numbers.items() if number]


def _is_end(measure_id: str) -> bool:
    return measure_id.endswith((poverty.HIGH_POVERTY, poverty.LOW_POVERTY))
