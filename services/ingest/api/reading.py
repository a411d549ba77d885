"""From the lines of a file to columns: parsed and checked together; whatever is not right is looked at by itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.ingest import store
from services.ingest.api.intake import LARGEST_RECORD, Reader, digest_of, text_of
from services.ingest.api.pieces import Piece, cut
from services.ingest.rules.bodies import Body, Fields
from services.ingest.rules.keeping import Item, Refusal
from services.ingest.rules.resources import Needed, record_hex
from services.ingest.rules.shapes import Errors
from services.ingest.rules.tables import Hex, Table, joined

# with all that becomes of them on the way they fit into a processor's own memory: of 2,000, a third more time
_LINES_TOGETHER = 250


@dataclass(frozen=True)
class Read:
    """The lines of a piece: records with nothing wrong, and all others one by one, in the order of their lines."""

    table: Table
    others: Sequence[Item | Refusal]


def read_piece(reader: Reader, piece: Piece, year: str | None = None) -> Read:
    """What `Reader.read` says of each line, most of it said at once.

    A line is read by itself when the columns find anything wrong with it, and when its key stands in another line too.
    """
    right: list[int] = []  # the places of the table's records
    tables: list[Table] = []
    others: dict[int, Item | Refusal] = {}
    for start in range(0, len(piece.lines), _LINES_TOGETHER):
        part = cut(piece, start, start + _LINES_TOGETHER)
        places, table = _together(reader, part, year)
        right += [start + place for place in places]
        tables.append(table)
        others |= {start + place: _alone(reader, part, place, year) for place in _rest(part, places)}
    table = joined(tables)
    apart = {entry.record_id.hex for entry in others.values() if entry.record_id}
    apart.update(each for each, times in Counter(table.ids).items() if times > 1)
    if apart:
        others |= {
            place: _alone(reader, piece, place, year)
            for place, each in zip(right, table.ids, strict=True)
            if each in apart
        }
        table = table.only([at for at, each in enumerate(table.ids) if each not in apart])
    return Read(table, [others[place] for place in sorted(others)])


def _together(reader: Reader, piece: Piece, year: str | None) -> tuple[list[int], Table]:
    """The lines that have nothing wrong: their places, and what they are."""
    right = _right(reader, piece, year)
    keys = [tuple(map(str, piece.resource.key(body, year))) for _, body, _ in right]
    ids = [record_hex(reader.state, piece.resource.name, key) for key in keys]
    return [place for place, _, _ in right], _table(reader, piece, right, keys, ids)


def _alone(reader: Reader, piece: Piece, place: int, year: str | None) -> Item | Refusal:
    line, row = piece.lines[place], piece.rows[place]
    if row in piece.unreadable:
        return Refusal(piece.resource.name, line, dict(piece.unreadable[row]), source_row=row)
    return reader.read(piece.resource, line, year, row)


def _rest(piece: Piece, right: Sequence[int]) -> set[int]:
    return set(range(len(piece.lines))).difference(right)


def _right(reader: Reader, piece: Piece, year: str | None) -> list[tuple[int, Body, Fields]]:
    """Place, body and canonical fields of each line that has nothing wrong."""
    places, bodies = _parsed(piece)
    bad: set[int] = set()
    reader.checks[piece.resource.name].column(bodies, places, bad)
    meaning, intake = piece.resource.meaning, reader.intake
    errors: Errors = []
    found: list[tuple[int, Body, Fields]] = []
    for place, body in zip(places, bodies, strict=True):
        if place in bad or "id" in body:
            continue
        fields = meaning(body, intake, year, errors)
        if errors:
            errors.clear()
        else:
            found.append((place, body, fields))
    return found


def _parsed(piece: Piece) -> tuple[list[int], list[Any]]:
    """The lines that are JSON, and where each stands."""
    places, bodies = [], []
    for place, line in enumerate(piece.lines):
        if len(line) <= LARGEST_RECORD and piece.rows[place] not in piece.unreadable:
            try:
                bodies.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                continue
            places.append(place)
    return places, bodies


def _table(
    reader: Reader,
    piece: Piece,
    right: Sequence[tuple[int, Body, Fields]],
    keys: Sequence[tuple[str, ...]],
    ids: Sequence[Hex],
) -> Table:
    resource = piece.resource
    bodies = [text_of(body) for _, body, _ in right]
    records = [fields for _, _, fields in right]
    needs = [resource.needs(fields, body) for _, body, fields in right]
    texts, digests, parents = list(map(text_of, records)), list(map(digest_of, bodies)), _parents(reader.state, needs)
    schools, districts = list(map(resource.school_of, records)), list(map(resource.district_of, records))
    places = schools, districts, [fields.get("school_year") for fields in records]
    return Table(
        resource=resource,
        rows=[piece.rows[place] for place, _, _ in right],
        ids=ids,
        keys=keys,
        bodies=bodies,
        digests=digests,
        records=records,
        texts=texts,
        needs=needs,
        parents=parents,
        school_ids=schools,
        district_ids=districts,
        rows_kept=store.rows_kept(resource.name, ids, keys, bodies, digests, texts, places, parents),
    )


def _parents(state: str, needs: Sequence[tuple[Needed, ...]]) -> list[tuple[Hex, ...]]:
    known: dict[Any, Hex] = {}

    def parent(needed: Needed) -> Hex:
        found = known.get(needed[:2])
        if found is None:
            found = known[needed[:2]] = record_hex(state, needed[0], needed[1])
        return found

    return [tuple(map(parent, each)) for each in needs]
