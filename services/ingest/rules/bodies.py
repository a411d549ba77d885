"""Decides what bodies of several resources say alike: the extension, a school year, a school or a district."""

from datetime import date
from functools import lru_cache
from typing import Any

from services.ingest.rules.shapes import Errors
from shared.vocabulary import school_years

Body = dict[str, Any]
Fields = dict[str, Any]

_YEAR_MISSING = "schoolYear is required here, or as the year in the URL (/data/v3/2025/ed-fi/...)"


def extension(body: Body) -> Body:
    """The `_ext.schoolmark` object, or an empty one."""
    found = (body.get("_ext") or {}).get("schoolmark")
    return found if isinstance(found, dict) else {}


def code_of(descriptor: str) -> str:
    """The code of a descriptor as a part of a key: letters' case does not matter."""
    return descriptor.rpartition("#")[2].strip().casefold()


def organisation(reference: Body, kind: str) -> Fields:
    """The school or the district that a reference names: exactly one of both fields is set."""
    number = str(reference["educationOrganizationId"])
    is_school = kind == "school"
    return {"school_id": number if is_school else None, "district_id": None if is_school else number}


def kind_of(body: Body, otherwise: str) -> str:
    """Whether an organisation is a school or a district, by the body's own word."""
    return str(extension(body).get("educationOrganizationKind") or otherwise)


def own_year(body: Body, year: str | None) -> str | None:
    """The school year in the extension, else that of the URL."""
    own = extension(body).get("schoolYear")
    return school_years.ending(int(own)) if own is not None else year


def needed_year(body: Body, year: str | None, errors: Errors) -> str | None:
    """As `own_year`; an error where neither says it."""
    found = own_year(body, year)
    if found is None:
        errors.append(("._ext.schoolmark.schoolYear", _YEAR_MISSING))
    return found


def given_year(body: Body) -> str | None:
    """The school year of a `schoolYearTypeReference`."""
    reference = body.get("schoolYearTypeReference")
    return school_years.ending(reference["schoolYear"]) if reference else None


@lru_cache(4096)  # a state's records name a few hundred days
def year_of(day: str, turn_month: int) -> str:
    """The school year a day falls in."""
    return school_years.of_day(date.fromisoformat(day), turn_month)
