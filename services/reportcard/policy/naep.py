"""The national assessment's administrations, read strictly: each with its source. Source: NAEP-1."""

from fractions import Fraction
from typing import Any

from services.reportcard.policy.numbers import exact, percent
from services.reportcard.rules.naep import LEVELS, Administration, Sample
from shared.policy.reader import PolicyError
from shared.vocabulary import school_years
from shared.vocabulary.subgroups import SUBGROUPS

_OF_ADMINISTRATION, _ABOUT = {"school_year", "source", "rows"}, ("subject", "grade", "entity", "subgroup")
_ALLOWED = {"subject": ("reading", "math"), "grade": ("4", "8"), "entity": ("state", "nation"), "subgroup": SUBGROUPS}
_ROUNDING = 2  # points: half a one for each of the four percentages of a row


def administrations_of(told: Any) -> tuple[Administration, ...]:
    """The administrations of the reference file. Raises PolicyError with the place and the mend."""
    if set(told) - {"administrations"}:
        raise PolicyError("naep: write a list of administrations, nothing else")
    found = tuple(_administration(each) for each in told.get("administrations", ()))
    years = [each.school_year for each in found]
    if len(set(years)) != len(years):
        raise PolicyError("naep: a school year stands twice; keep one administration of each")
    return found


def _administration(told: Any) -> Administration:
    if not isinstance(told, dict) or set(told) != _OF_ADMINISTRATION or not told["source"]:
        raise PolicyError("naep: write school_year, source and rows of each administration; the source says where from")
    school_years.parse(told["school_year"])
    samples = tuple(_sample(told["school_year"], row) for row in told["rows"])
    if len({(one.subject, one.grade, one.entity, one.subgroup) for one in samples}) != len(samples):
        raise PolicyError(f"naep, {told['school_year']}: a group stands twice; keep one row of each")
    return Administration(told["school_year"], str(told["source"]), samples)


def _sample(year: str, row: Any) -> Sample:
    where = f"naep, {year}"
    if not isinstance(row, dict) or set(row) != {*_ABOUT, *LEVELS}:
        raise PolicyError(f"{where}: a row holds {', '.join((*_ABOUT, *LEVELS))}, nothing else")
    for name in _ABOUT:
        if row[name] not in _ALLOWED[name]:
            raise PolicyError(f"{where}, {name}: {row[name]!r} is none of {', '.join(_ALLOWED[name])}")
    percents = tuple(percent(where, row[level]) for level in LEVELS)
    if abs(sum((exact(where, each) for each in percents), Fraction(-100))) > _ROUNDING:
        raise PolicyError(f"{where}: the percentages of a row do not make 100; write those at each level, not above it")
    return Sample(row["subject"], row["grade"], row["entity"], row["subgroup"], percents)
