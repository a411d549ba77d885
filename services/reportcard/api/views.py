"""What a reader may look at: which edition a year means, its cards, notes and receipts. Public data only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.reportcard import store
from services.reportcard.policy import law_of
from services.reportcard.rules.data_map import all_students, on_the_map
from services.reportcard.rules.explanations import explanation
from services.reportcard.rules.parts import without_sections
from services.reportcard.rules.progress import BUILT, PublicCard
from shared.policy.reader import fingerprint_of

NUL = "\x00"  # which no database text can hold, so nothing has it in its name
MOST_FOUND = 200


@dataclass(frozen=True)
class Edition:
    """An edition as a row of the database tells it."""

    row: dict[str, Any]

    @property
    def edition_id(self) -> UUID:
        """Its id."""
        found: UUID = self.row["edition_id"]
        return found

    @property
    def school_year(self) -> str:
        """Its school year."""
        return str(self.row["school_year"])

    @property
    def is_built(self) -> bool:
        """Whether its cards stand."""
        return bool(self.row["status"] == BUILT)

    @property
    def is_released(self) -> bool:
        """Whether the public may see it: released, and what was released is what stands here."""
        is_open = self.row["released_at"] is not None
        return self.is_built and is_open and self.row["released_fingerprint"] == self.row["fingerprint"]

    def status(self) -> str:
        """In one word, for those who may see unreleased editions."""
        if self.is_built and self.row["released_at"] is not None and not self.is_released:
            return "fingerprint_differs"
        return "released" if self.is_released else str(self.row["status"])


def editions(connection: sa.Connection) -> list[Edition]:
    """Every edition, oldest first."""
    return [Edition(row) for row in store.edition_rows(connection)]


def current(found: list[Edition]) -> dict[str, Edition]:
    """The released edition that each school year means now: the newest of the year, by year, newest year first."""
    latest = {one.school_year: one for one in found if one.is_released}
    return dict(sorted(latest.items(), reverse=True))


def chosen(found: list[Edition], year: str | None) -> Edition | None:
    """The released edition of a year; of the newest year when none is asked for."""
    years = current(found)
    return years.get(year) if year else next(iter(years.values()), None)


def by_id(found: list[Edition], edition_id: UUID) -> Edition | None:
    """The edition with this id."""
    return next((one for one in found if one.edition_id == edition_id), None)


def card(connection: sa.Connection, edition: Edition, level: str, entity_id: str | None) -> dict[str, Any] | None:
    """A public card with its notes; without id the state's."""
    name = entity_id or str(edition.row["state"])
    if NUL in name:
        return None
    body = store.card_body(connection, edition.edition_id, level, name)
    if body is None and entity_id is None:
        found = store.state_cards(connection, edition.edition_id)
        body = found[0].body if found else None
    made: dict[str, Any] | None = json.loads(body) if body else None
    if made is not None and "sections" not in made:
        made["sections"] = without_sections(made)
    return made


def names(connection: sa.Connection, found: list[Edition], about: Mapping[str, Any]) -> list[dict[str, str]]:
    """What an entity is called in each released year, the newest first: its id is the key, its name may change."""
    released = current(found)
    key = (about["level"], about["entity_id"])
    rows = store.names_in(connection, [one.edition_id for one in released.values()], key)
    named = {edition_id: name for edition_id, _, _, name in rows}
    return [
        {"school_year": year, "name": named[one.edition_id]}
        for year, one in released.items()
        if one.edition_id in named
    ]


def index(connection: sa.Connection, found: list[Edition]) -> list[dict[str, Any]]:
    """Every school, district and state of the released years by level and id: its current name, and all it has had."""
    released = current(found)
    rows = store.names_in(connection, [one.edition_id for one in released.values()])
    had: dict[tuple[str, str], dict[UUID, str]] = {}
    for edition_id, level, entity_id, name in rows:
        had.setdefault((level, entity_id), {})[edition_id] = name
    return [
        {
            "level": level,
            "entity_id": entity_id,
            "name": next(named[one.edition_id] for one in released.values() if one.edition_id in named),
            "names": {year: named[one.edition_id] for year, one in released.items() if one.edition_id in named},
        }
        for (level, entity_id), named in had.items()
    ]


def data_map(connection: sa.Connection, found: list[Edition]) -> dict[str, Any]:
    """The state's measures over the released years: on the map those with enough consecutive ones (META-2)."""
    released = current(found)
    values: dict[str, dict[str, str]] = {}
    labels: dict[str, str] = {}
    for year, edition in released.items():
        about = card(connection, edition, "state", None)
        for measure, label, display in all_students(about) if about else ():
            labels.setdefault(measure, label)
            values.setdefault(measure, {})[year] = display
    newest = next(iter(released.values()), None)
    least = law_of(store.chapters_of(connection, newest.edition_id)).map_years if newest else 1
    shown = set(on_the_map(values, least))
    rows = [{"measure": name, "label": labels[name], "years": values[name], "on_map": name in shown} for name in values]
    return {"consecutive_years": least, "years": list(released), "measures": rows}


def notes(
    connection: sa.Connection, edition: Edition, found: list[Edition], about: dict[str, Any]
) -> list[dict[str, Any]]:
    """What a reader must know beside the card: that it was corrected or is a correction, or stands on old numbers."""
    rows = [{"kind": "stale", "text": f"{text[0].upper()}{text[1:]}."} for text in edition.row["stale_because"]]
    same_year = [one for one in found if one.is_released and one.school_year == edition.school_year]
    if edition.is_released and same_year[-1].edition_id != edition.edition_id:
        rows.append({"kind": "superseded", "text": "A later edition of this year has replaced this one."})
    former = formers(found, edition)
    if former:
        key = (about["level"], about["entity_id"])
        changed = store.changes_of(connection, edition.edition_id, former[-1].edition_id, key)
        year = edition.school_year
        text = f"This edition corrects an earlier one of {year}; {len(changed)} values on this card changed."
        rows.append({"kind": "corrected", "text": text, "changes": f"/editions/{edition.edition_id}/changes"})
    return rows


def formers(found: list[Edition], edition: Edition) -> list[Edition]:
    """Released editions of the same year that were opened before this one, oldest first."""
    same = [one for one in found if one.school_year == edition.school_year and one.is_released]
    return [one for one in same if one.row["opened_offset"] < edition.row["opened_offset"]]


def changes(connection: sa.Connection, edition: Edition, found: list[Edition]) -> list[dict[str, Any]]:
    """The published difference against the released edition before it."""
    former = formers(found, edition)
    if not former:
        return []
    names = store.names_of(connection, edition.edition_id)
    rows = store.changes_of(connection, edition.edition_id, former[-1].edition_id)
    kept = ("level", "entity_id", "place", "label", "before", "after")
    return [
        {"name": names.get((row["level"], row["entity_id"]), row["entity_id"]), **{name: row[name] for name in kept}}
        for row in rows
    ]


def receipt(
    connection: sa.Connection, edition: Edition, level: str, entity_id: str, measure: str, subgroup: str
) -> dict[str, Any] | None:
    """The explanation of one published number or status, with the fingerprint of the law that it follows."""
    found = card(connection, edition, level, entity_id)
    chapters = store.chapters_of(connection, edition.edition_id)
    told = explanation(found, chapters, measure, subgroup) if found and chapters else None
    return told and {**told, "policy_fingerprint": fingerprint_of(chapters)}


def schools(
    connection: sa.Connection, found: list[Edition], edition: Edition, district_id: str
) -> list[dict[str, Any]]:
    """A district's schools by name, with what their cards say of their letters."""
    return _listed(connection, found, edition, store.schools_of(connection, edition.edition_id, district_id))


def districts(connection: sa.Connection, found: list[Edition], edition: Edition) -> list[dict[str, Any]]:
    """The state's districts by name."""
    return _listed(connection, found, edition, store.districts_of(connection, edition.edition_id))


def search(connection: sa.Connection, found: list[Edition], edition: Edition, text: str) -> list[dict[str, Any]]:
    """Schools and districts found by the name that they had in the edition, listed by their current names."""
    hits = [] if NUL in text else store.found_by_name(connection, edition.edition_id, text, MOST_FOUND)
    return _listed(connection, found, edition, hits)


def _listed(
    connection: sa.Connection, found: list[Edition], edition: Edition, rows: list[PublicCard]
) -> list[dict[str, Any]]:
    newest = chosen(found, None)
    is_older = edition.is_released and newest is not None and newest.edition_id != edition.edition_id
    current_names = store.names_of(connection, newest.edition_id) if newest and is_older else {}
    listed = [_row(row, current_names) for row in rows]
    return sorted(listed, key=lambda row: (row["name"], row["level"], row["entity_id"])) if current_names else listed


def _row(row: PublicCard, current_names: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    made = json.loads(row.body)
    district = current_names.get(("district", str(row.district_id)), row.district_name)
    return {
        "level": row.level,
        "entity_id": row.entity_id,
        "name": current_names.get((row.level, row.entity_id), row.name),
        "district_name": district if row.level == "school" else None,
        "letter": made["rating"]["letter"],
        "status": made["rating"]["status"],
    }
