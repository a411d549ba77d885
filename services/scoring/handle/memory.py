"""What a worker remembers of a school between two scores, so that a push costs its own students and no others."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import polars as pl

_SCHOOLS = 2_000
_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Remembered:
    """What a school's rating is summed from: the measured results that count or were reported at it, each marked `of`
    it; the heads of each rated area, in its order; and their newest revision."""

    rows: pl.DataFrame
    heads: tuple[pl.DataFrame, ...]
    revision: int


@dataclass(frozen=True)
class _Entry:
    computed: UUID
    until: datetime
    remembered: Remembered


class Memory:
    """The schools scored last, each under the mark that its score was kept with.

    While the database has that mark no other worker has scored the school since: whatever changed is still in the
    queue. A school is read whole again after some minutes, and when the directory changes.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()

    def of(self, school_year: str, computed: Mapping[str, UUID], now: datetime) -> dict[str, Remembered]:
        """What is remembered of schools whose scores have these marks."""
        found = {school: self._entries.get((school_year, school)) for school in computed}
        return {
            school: entry.remembered
            for school, entry in found.items()
            if entry is not None and entry.computed == computed[school] and now < entry.until
        }

    def keep(
        self, school_year: str, schools: Mapping[str, Remembered], computed: Mapping[str, UUID], now: datetime
    ) -> None:
        """Remembers schools; the mark was kept in the same transaction as their scores. The oldest are forgotten."""
        for school, remembered in schools.items():
            before = self._entries.pop((school_year, school), None)
            until = before.until if before is not None and before.until > now else now + _FOR
            self._entries[school_year, school] = _Entry(computed[school], until, remembered)
        while len(self._entries) > _SCHOOLS:
            self._entries.popitem(last=False)

    def forget(self) -> None:
        """Forgets everything."""
        self._entries.clear()
