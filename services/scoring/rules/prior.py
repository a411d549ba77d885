"""Prior scores: against which earlier result a student's growth is measured (COMP-2, chapter's years and tests)."""

from dataclasses import dataclass
from itertools import chain

import polars as pl

_TAKEN = ("program", "rank", "score", "lowest", "highest")
_TIES = ("assessment_id", "result_id")


@dataclass(frozen=True)
class PriorLaw:
    """`years`: earlier years in order of preference. `latest_tests`: tests compared with the latest of `all_years`."""

    years: tuple[str, ...]
    latest_tests: frozenset[str]
    all_years: tuple[str, ...]

    def needed(self) -> tuple[str, ...]:
        """Every earlier year whose results a score needs."""
        every = chain(self.years, self.all_years if self.latest_tests else ())
        return tuple(sorted(set(every)))


def with_prior(current: pl.DataFrame, earlier: pl.DataFrame, law: PriorLaw) -> pl.DataFrame:
    """The current results with `prior_program`, `prior_rank`, …: null when the student has no prior score.

    Of several, the preferred year goes first, then the same program, the higher score, the smaller ids.
    """
    wide = pl.col("test").is_in(sorted(law.latest_tests))
    latest = tuple(sorted(law.all_years, reverse=True))
    usual, compared = _found(current.filter(~wide), earlier, law.years), current.filter(wide)
    return usual if compared.is_empty() else pl.concat([usual, _found(compared, earlier, latest)])


def _found(current: pl.DataFrame, earlier: pl.DataFrame, years: tuple[str, ...]) -> pl.DataFrame:
    place = pl.coalesce([pl.when(pl.col("school_year") == year).then(at) for at, year in enumerate(years)])
    priors = (
        earlier.filter(pl.col("rank").is_not_null() & pl.col("school_year").is_in(years))
        .join(current, on="student_id", how="semi")
        .with_columns(place.alias("place"))
        .select("student_id", "subject", "place", *(pl.col(name).alias(f"prior_{name}") for name in (*_TAKEN, *_TIES)))
    )
    several = pl.struct("student_id", "subject").is_duplicated()
    rivals = priors.filter(several)
    one = priors if rivals.is_empty() else pl.concat([priors.filter(~several), _best(current, rivals)])
    given = one.drop("place", *(f"prior_{name}" for name in _TIES))
    return current.join(given, on=["student_id", "subject"], how="left")


def _best(current: pl.DataFrame, rivals: pl.DataFrame) -> pl.DataFrame:
    pairs = current.select("student_id", "subject", "program").join(rivals, on=["student_id", "subject"])
    return (
        pairs.with_columns((pl.col("program") != pl.col("prior_program")).alias("other"))
        .sort(
            "place",
            "other",
            -pl.col("prior_score").fill_null(-1),
            *(pl.col(f"prior_{name}").cast(pl.String) for name in _TIES),
        )
        .unique(["student_id", "subject"], keep="first", maintain_order=True)
        .select(rivals.columns)
    )
