"""Decides which records a mapped file holds: settled rows filled into bodies, parents first. docs/mapping.md tells how.

A body is written as its JSON would be, templates at the leaves. A leaf, list or object that comes out empty is left
out. In a list, `{each: COLUMN, item: ...}` makes an item of each distinct value among the record's rows, and
`{when: {COLUMN: [values]}, item: ...}` an item only where the settled value is one of these.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from services.ingest.rules.columns import ROW, prepared
from services.ingest.rules.settlement import settled
from services.ingest.rules.templates import MappingError, columns_of, expression

Row = tuple[Any, ...]
Build = Callable[[Row], Any]


@dataclass(frozen=True)
class Mapped:
    """A record made from rows: its resource, its body, and the first row it came from."""

    resource: str
    body: dict[str, Any]
    row: int


@dataclass
class _Plan:
    """What a body needs of the frame, gathered while its builder is made."""

    where: str
    columns: list[str] = field(default_factory=list)
    texts: list[tuple[str, pl.Expr]] = field(default_factory=list)
    lists: list[tuple[str, str, "_Plan"]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, name: str) -> int:
        return self.places.setdefault(name, len(self.places))

    def text(self, template: str) -> int:
        self.columns += columns_of(template)
        name = f"__text{len(self.texts)}"
        self.texts.append((name, expression(template, self.where)))
        return self.place(name)


def resources_of(mapping: Mapping[str, Any]) -> list[str]:
    """The resources a mapping writes, in its order. Raises MappingError when it is not written as it must be."""
    wrong = set(mapping) - {"name", "where", "columns", "records"}
    if wrong or not isinstance(mapping.get("records"), list) or not mapping["records"]:
        raise MappingError("a mapping has name, where, columns and a list of records, and nothing else")
    for place, record in enumerate(mapping["records"]):
        where = f"records[{place}]"
        if not isinstance(record, dict) or set(record) - {"resource", "one_per", "where", "settle", "body"}:
            raise MappingError(f"{where}: write resource, one_per, where, settle and body, and nothing else")
        for name in ("resource", "one_per", "body"):
            if not record.get(name):
                raise MappingError(f"{where}: no {name}; every record says what it is, one per what, and its body")
    return [record["resource"] for record in mapping["records"]]


def records_of(frame: pl.DataFrame, mapping: Mapping[str, Any]) -> tuple[Iterator[Mapped], dict[str, int]]:
    """Every record of a file of text columns, lazily, and what was left out or settled on the way, by cause."""
    resources_of(mapping)
    rows, counts = prepared(frame, mapping)
    made = [_filled(rows, record, counts) for record in mapping["records"]]
    return (each for build in made for each in build()), counts


def _filled(rows: pl.DataFrame, record: Mapping[str, Any], counts: dict[str, int]) -> Callable[[], Iterator[Mapped]]:
    resource, keys = record["resource"], _listed(record["one_per"])
    for column, allowed in (record.get("where") or {}).items():
        rows = rows.filter(pl.col(column).is_in(_listed(allowed)))
    plan = _Plan(resource)
    build = _builder(record["body"], plan)
    rules = record.get("settle") or {}
    table, differed = settled(rows, keys, plan.columns, rules, resource)
    counts.update(differed)
    for name, each, inner in plan.lists:
        items, inner_differed = _items(rows, keys, each, inner, rules)
        counts.update(inner_differed)
        table = table.join(items.rename({"__items": name}), on=keys, how="left", nulls_equal=True)
    table = table.with_columns(text.alias(name) for name, text in plan.texts)
    ordered = table.select(ROW, *sorted(plan.places, key=plan.places.__getitem__))

    def records() -> Iterator[Mapped]:
        for row in ordered.iter_rows():
            yield Mapped(resource, build(row[1:]) or {}, int(row[0]))

    return records


def _items(
    rows: pl.DataFrame, keys: list[str], each: str, inner: _Plan, rules: Mapping[str, Any]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """For each record the rows of its list, one per distinct value of `each`, in the order of that value."""
    table, differed = settled(rows.drop_nulls([each]), [*keys, each], inner.columns, rules, f"{inner.where}, {each}")
    table = table.sort(each).with_columns(text.alias(name) for name, text in inner.texts)
    names = sorted(inner.places, key=inner.places.__getitem__)
    grouped = table.group_by(keys, maintain_order=True).agg(pl.struct(names).alias("__items"))
    return grouped, differed


def _builder(shape: Any, plan: _Plan) -> Build:
    if isinstance(shape, str):
        if not columns_of(shape):
            expression(shape, plan.where)  # a brace that stands alone
            return lambda row: shape
        place = plan.text(shape)
        return lambda row: row[place]
    if isinstance(shape, dict):
        return _object(shape, plan)
    if isinstance(shape, list):
        return _list(shape, plan)
    raise MappingError(f"{plan.where}: a body holds text, objects and lists")


def _object(shape: Mapping[str, Any], plan: _Plan) -> Build:
    parts = [(name, _builder(value, plan)) for name, value in shape.items()]

    def build(row: Row) -> Any:
        made = {name: value for name, part in parts if (value := part(row)) is not None}
        return made or None

    return build


def _list(shape: list[Any], plan: _Plan) -> Build:
    parts = [_list_part(item, plan) for item in shape]

    def build(row: Row) -> Any:
        made = [value for part in parts for value in part(row)]
        return made or None

    return build


def _list_part(item: Any, plan: _Plan) -> Callable[[Row], list[Any]]:
    if isinstance(item, dict) and "each" in item:
        return _each(item, plan)
    if isinstance(item, dict) and "when" in item:
        return _when(item, plan)
    build = _builder(item, plan)
    return lambda row: [made] if (made := build(row)) is not None else []


def _each(item: Mapping[str, Any], plan: _Plan) -> Callable[[Row], list[Any]]:
    inner = _Plan(plan.where)
    build = _builder(item["item"], inner)
    name = f"__list{len(plan.lists)}"
    plan.lists.append((name, item["each"], inner))
    place = plan.place(name)

    def part(row: Row) -> list[Any]:
        made = (build(tuple(found.values())) for found in row[place] or ())
        return [value for value in made if value is not None]

    return part


def _when(item: Mapping[str, Any], plan: _Plan) -> Callable[[Row], list[Any]]:
    build = _builder(item["item"], plan)
    tests = [(plan.text(f"{{{column}}}"), set(_listed(allowed))) for column, allowed in item["when"].items()]
    return lambda row: [build(row)] if all(row[place] in allowed for place, allowed in tests) else []


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
