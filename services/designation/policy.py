"""Designation's chapter of the law, typed: read from the chapters an edition carries, never from files."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from services.designation.rules.averages import BASES, Averaging
from services.designation.rules.comprehensive import POPULATIONS, Comprehensive
from services.designation.rules.improvement import Cuts
from shared.policy.reader import PolicyError, shaped, value
from shared.vocabulary import school_years


@dataclass(frozen=True)
class Law:
    """What decides an edition's statuses. `cuts`: column of the points table → letter → lowest score."""

    comprehensive: Comprehensive
    cuts: Mapping[str, Cuts]


@shaped
def law_of(chapters: Mapping[str, Any]) -> Law:
    """The law of an edition. Raises PolicyError when a value is missing or none of the known ones."""
    return Law(_comprehensive(_chapter(chapters, "designation")), cuts_of(chapters))


@shaped
def cuts_of(chapters: Mapping[str, Any]) -> Mapping[str, Cuts]:
    """The cut scores that the edition was graded with, from scoring's chapter: the midpoints stand between them."""
    columns = value(_chapter(chapters, "scoring"), "columns")
    return {
        column: {letter: _fraction(f"scoring columns, {column}", cut) for letter, cut in told["cuts"].items()}
        for column, told in columns.items()
    }


def _chapter(chapters: Mapping[str, Any], service: str) -> dict[str, Any]:
    if service not in chapters:
        raise PolicyError(f"the edition carries no chapter of {service}; certify it with all chapters")
    chapter: dict[str, Any] = chapters[service]
    return chapter


def _comprehensive(chapter: dict[str, Any]) -> Comprehensive:
    return Comprehensive(
        population=_one_of(chapter, "population", POPULATIONS),
        share=_share(chapter),
        source=chapter["lowest_share"]["source"],
        cycle_years=_years(chapter),
        exit_after_years=_count(chapter, "exit_after_years"),
        averaging=Averaging(
            basis=_one_of(chapter, "index_basis", BASES),
            years=_count(chapter, "average_years"),
            at_least=_count(chapter, "average_at_least"),
            within_years=_count(chapter, "average_within_years"),
        ),
    )


def _one_of(chapter: dict[str, Any], name: str, known: tuple[str, ...]) -> str:
    text = value(chapter, name)
    if text not in known:
        raise PolicyError(f"designation {name}: {text!r} is none of {', '.join(known)}")
    return str(text)


def _count(chapter: dict[str, Any], name: str) -> int:
    text = value(chapter, name)
    if not isinstance(text, str) or not text.isdecimal() or int(text) < 1:
        raise PolicyError(f"designation {name}: {text!r} is no whole number of 1 or more")
    return int(text)


def _share(chapter: dict[str, Any]) -> Fraction:
    share = _fraction("designation lowest_share", value(chapter, "lowest_share"))
    if not 0 < share <= 1:
        raise PolicyError(f"designation lowest_share: {share} is no share; write it between 0 and 1, such as 0.05")
    return share


def _years(chapter: dict[str, Any]) -> frozenset[str]:
    years = value(chapter, "cycle_years")
    for year in years:
        school_years.parse(year)
    return frozenset(years)


def _fraction(where: str, text: Any) -> Fraction:
    if not isinstance(text, str):
        raise PolicyError(f"{where}: {text!r} is no number in text")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise PolicyError(f"{where}: {text!r} is no number") from None
