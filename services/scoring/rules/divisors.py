"""What spending is divided by: membership of month 1 or average daily attendance, of each entity (PPE-2, PPE-3)."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from services.scoring.rules.frames import Frames
from services.scoring.rules.heads import Where

Read = Callable[[Mapping[str, Any]], Fraction | None]


class Divisors:
    """The divisors of a year. A pooled one is known only when every part that has a record or lines has its own.

    A district is divided by what its own record says, else by what its schools' say; the state by its districts'.
    """

    def __init__(self, frames: Frames, lines: pl.DataFrame, where: Where) -> None:
        told = pl.col("school_id").is_not_null() | pl.col("district_id").is_not_null()
        of_year = frames.memberships.filter(pl.col("school_year") == where.school_year, told)
        rows = of_year.sort("school_id", "district_id")
        directory = frames.schools.select(pl.col("school_id", "district_id").cast(pl.String)).sort("school_id")
        self._where = where
        self._schools = {row["school_id"]: row for row in rows.iter_rows(named=True) if row["school_id"]}
        self._districts = {row["district_id"]: row for row in rows.iter_rows(named=True) if not row["school_id"]}
        at_work = {*self._schools, *lines["school"].drop_nulls()}
        self._homes: dict[str, str] = {
            school: district for school, district in directory.iter_rows() if school in at_work
        }
        self._parts: defaultdict[str, list[str]] = defaultdict(list)
        for school, district in self._homes.items():
            self._parts[district].append(school)
        self._all = sorted({*self._districts, *self._parts, *lines["district"]})
        self._pooled = {district: self._of_schools(district, membership) for district in self._all}

    def entities(self) -> list[str]:
        """Those of the level that have a record or lines."""
        if self._where.level == "state":
            return [self._where.state] if self._all else []
        return list(self._homes) if self._where.level == "school" else self._all

    def home(self, school: str) -> str:
        """The district of a school."""
        return self._homes[school]

    def of(self, entity: str, read: Read) -> Fraction | None:
        """The divisor that `read` gives of a record, for an entity of the level."""
        if self._where.level == "school":
            return read(self._schools.get(entity, {}))
        if self._where.level == "district":
            return self._of_district(entity, read)
        return _known(self._of_district(district, read) for district in self._all)

    def share(self, school: str) -> Fraction | None:
        """The school's part of the membership of its district's schools."""
        own, whole = membership(self._schools.get(school, {})), self._pooled[self._homes[school]]
        return own / whole if own is not None and whole else None

    def _of_district(self, district: str, read: Read) -> Fraction | None:
        own = read(self._districts.get(district, {}))
        return self._of_schools(district, read) if own is None else own

    def _of_schools(self, district: str, read: Read) -> Fraction | None:
        return _known(read(self._schools.get(school, {})) for school in self._parts.get(district, ()))


def membership(record: Mapping[str, Any]) -> Fraction | None:
    """Net membership of the first month."""
    told = record.get("membership")
    return None if told is None else Fraction(told)


def attendance(record: Mapping[str, Any]) -> Fraction | None:
    """Average daily attendance of months 1 to 9, exactly as told; None where it is no number."""
    told = record.get("ada")
    return Fraction(told) if told is not None and re.fullmatch(r"[0-9]+(\.[0-9]+)?", told) else None


def _known(parts: Iterable[Fraction | None]) -> Fraction | None:
    """The sum of parts, of which none may be missing; None of no parts."""
    found = list(parts)
    told = [part for part in found if part is not None]
    return sum(told, Fraction(0)) if told and len(told) == len(found) else None
