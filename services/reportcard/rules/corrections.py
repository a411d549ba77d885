"""What a newer edition of a year means for others: what it may still tell, and which editions stand on an old one."""

from collections.abc import Sequence

from services.reportcard.rules.masks import SHOWN
from services.reportcard.rules.progress import Known, Stale
from services.reportcard.rules.suppression import Former, Verdicts
from services.reportcard.rules.tables import WIDTH, Place, frame_of, in_order, tables_of
from shared.vocabulary import school_years


def former_of(places: Sequence[Place], earlier: Sequence[Verdicts]) -> Former | None:
    """What earlier editions of the year told of cells whose counts stand as they were: shown by any, else hidden.

    A cell is never finer than an earlier edition made it, and what one has told hides nothing any more.
    """
    if not earlier:
        return None
    ordered = in_order(list(places))
    frame, tables = frame_of(ordered), {table.name: table for table in tables_of(ordered)}
    told: dict[str, dict[int, int]] = {name: {} for name in tables}
    for verdicts in earlier:
        for table in verdicts.tables:
            now = tables.get(table.name)
            if now is None or now.measures != table.measures:
                continue
            for row, key in enumerate(verdicts.frame.keys):
                if key not in frame.place_of:
                    continue
                shift = frame.place_of[key] * WIDTH
                for group in range(WIDTH):
                    was, is_ = row * WIDTH + group, shift + group
                    if (table.students[was], table.numerators[was]) == (now.students[is_], now.numerators[is_]):
                        _note(told[table.name], is_, verdicts.by_table[table.name][was])
    return Former(told)


def stale_editions(built: Known, others: Sequence[Known]) -> tuple[Stale, ...]:
    """Editions whose history names an edition of a year that has a newer one; the built one may be either."""
    everyone = [built, *others]
    by_id = {str(edition.edition_id): edition for edition in everyone}
    found = []
    for edition in everyone:
        for year, past_id in sorted(edition.history.items()):
            past = by_id.get(past_id)
            newer = [
                one for one in everyone if past and one.school_year == year and one.opened_offset > past.opened_offset
            ]
            if newer:
                latest = max(newer, key=lambda one: one.opened_offset)
                found.append(Stale(edition.edition_id, latest.edition_id, _reason(edition, year)))
    return tuple(found)


def _note(told: dict[int, int], cell: int, verdict: int) -> None:
    before = told.get(cell)
    told[cell] = SHOWN if SHOWN in (before, verdict) else max(verdict, before or 0)


def _reason(edition: Known, year: str) -> str:
    later = school_years.parse(edition.school_year) > school_years.parse(year)
    what = "averages and prior statuses" if later else "its history"
    return f"{what} of {edition.school_year} rest on an edition of {year} that has since been corrected"
