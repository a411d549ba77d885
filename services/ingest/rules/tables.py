"""Records of one resource as columns: what a piece of a file comes to when nothing about it needs a closer look."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any
from uuid import UUID

from services.ingest.rules.bodies import Fields
from services.ingest.rules.keeping import Item, Parent
from services.ingest.rules.resources import Needed, Resource

Hex = str  # a record's id, as its 32 hexadecimal digits


@dataclass(frozen=True)
class Table:
    """Records that have the right shape, one a place in every column; no id stands twice.

    `rows`: where each stood in the file. `keys`: the natural key's parts as text, in the order of `Resource.leaves`.
    `texts`: the canonical record's JSON. `needs`: what each record needs, and `parents` those records' ids.
    `school_ids` and `district_ids`: as `Item` has them. `rows_kept`: each as the store will write it, as far as that
    is known before its revision.
    """

    resource: Resource
    rows: Sequence[int]
    ids: Sequence[Hex]
    keys: Sequence[tuple[str, ...]]
    bodies: Sequence[bytes]
    digests: Sequence[bytes]
    records: Sequence[Fields]
    texts: Sequence[bytes]
    needs: Sequence[tuple[Needed, ...]]
    parents: Sequence[tuple[Hex, ...]]
    school_ids: Sequence[str | None]
    district_ids: Sequence[str | None]
    rows_kept: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, field: str) -> Sequence[str | None]:
        """A field of every record; None where the resource has no such field."""
        return [record.get(field) for record in self.records]

    @cached_property
    def owners(self) -> Sequence[Hex | None]:
        """The school or district record that says whose each record is, where its own fields do not."""
        return [
            next((parent for parent, needed in zip(parents, needs, strict=True) if needed[3]), None)
            for parents, needs in zip(self.parents, self.needs, strict=True)
        ]

    def item(self, place: int) -> Item:
        """One of the records, to be decided by itself."""
        record, needs = self.records[place], zip(self.parents[place], self.needs[place], strict=True)
        return Item(
            resource=self.resource.name,
            record_id=UUID(self.ids[place]),
            key=self.keys[place],
            body=self.bodies[place],
            digest=self.digests[place],
            record=record,
            parents=tuple(Parent(UUID(parent), name, owns) for parent, (_, _, name, owns) in needs),
            school_id=self.school_ids[place],
            district_id=self.district_ids[place],
            school_year=record.get("school_year"),
            source_row=self.rows[place],
        )

    def only(self, places: Sequence[int]) -> "Table":
        """The records at some places."""
        if len(places) == len(self):
            return self

        def some(column: Sequence[Any]) -> list[Any]:
            return [column[place] for place in places]

        return Table(self.resource, *(some(getattr(self, column.name)) for column in fields(self)[1:]))


def joined(tables: Sequence[Table]) -> Table:
    """The records of several tables of one resource, in order."""
    if len(tables) == 1:
        return tables[0]

    def every(column: str) -> list[Any]:
        return [value for table in tables for value in getattr(table, column)]

    return Table(tables[0].resource, *(every(column.name) for column in fields(Table)[1:]))
