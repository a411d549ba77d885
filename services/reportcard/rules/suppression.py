"""What of every cell of an edition may be published: own masks first, then cover for them, until nothing changes.
Source: essa-report-card SUPP-1 to SUPP-5 and GEN-1. No rounding and no float takes part in a decision."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.reportcard.rules.closure import Costs, Sheet, close
from services.reportcard.rules.families import Family, Link, Twins, families_of, links_of, twins_of
from services.reportcard.rules.lines import Cover
from services.reportcard.rules.masks import BARE, CODED, SHOWN, SMALL, STARRED, Masking, is_extreme, is_small
from services.reportcard.rules.sums import Programs, Sum, sums_of
from services.reportcard.rules.tables import Frame, Place, Table, frame_of, in_order, tables_of
from shared.vocabulary.measures import PARTICIPATION, PROFICIENCY


@dataclass(frozen=True)
class Protection:
    """The whole law of suppression: masks of single cells, cover between cells, costs of covering, test programs."""

    masking: Masking
    cover: Cover
    costs: Costs
    programs: Programs


@dataclass(frozen=True)
class Earned:
    """The components that a published total is the sum of: measures that were not dropped. Source: GRADE-6, GRADE-7."""

    level: str
    entity_id: str
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Former:
    """An earlier edition of the same year: cells whose counts have not changed since keep what it told of them.
    table name -> cell key (level, entity, subgroup place) -> verdict, for unchanged cells only."""

    verdicts: Mapping[str, Mapping[int, int]]


@dataclass(frozen=True)
class Verdicts:
    """The outcome: per table the verdict of each cell, and the entities whose total points must stay hidden."""

    frame: Frame
    tables: tuple[Table, ...]
    by_table: Mapping[str, tuple[int, ...]]
    totals_withheld: frozenset[tuple[str, str]]


def decide(places: list[Place], earned: list[Earned], law: Protection, former: Former | None = None) -> Verdicts:
    """The verdict of every cell. The same facts give the same verdicts, in whatever order they come."""
    ordered = in_order(places)
    frame, tables = frame_of(ordered), tables_of(ordered)
    sheets = {table.name: _sheet(frame, table, law.masking, former) for table in tables}
    kin: list[Family | Link | Twins | Sum] = [
        *families_of(frame, sheets, law.masking),
        *links_of(sheets, law.masking),
        *twins_of(frame, sheets, law.masking),
        *sums_of(frame, sheets, law.programs, law.masking),
    ]
    withheld: set[tuple[str, str]] = set()
    changed = True
    while changed:
        changed = False
        for name in sorted(sheets):
            changed |= close(sheets[name], law.masking, law.cover, law.costs)  # of a rate alone nothing is watched
        for name in sorted(sheets):
            changed |= _couple(sheets[name], sheets, law.masking)
        for each in kin:
            changed |= each.hold(law.masking, law.cover, law.costs)
        for sum_of in sorted(earned, key=lambda one: (one.level, one.entity_id)):
            changed |= _guard_points(sum_of, frame, sheets, withheld)
    by_table = {name: tuple(sheet.verdicts) for name, sheet in sheets.items()}
    return Verdicts(frame, tuple(tables), by_table, frozenset(withheld))


def own_verdicts(table: Table, law: Masking) -> list[int]:
    """What each cell may show by itself. A rate that is published without counts is bare from the start."""
    unit, kind = table.unit, table.kind
    plain = BARE if law.is_rate_only(table.name, kind) else SHOWN
    extreme = BARE if kind in law.series_kinds else CODED if kind in law.coded_kinds else plain

    def own(students: int, numerators: tuple[int, ...]) -> int:
        if is_small(students, law):
            return SMALL
        return extreme if any(is_extreme(each, students, unit, law) for each in numerators) else plain

    nobody = own(0, ())
    return [own(n, counted) if n else nobody for n, counted in zip(table.students, table.numerators, strict=True)]


def _sheet(frame: Frame, table: Table, law: Masking, former: Former | None) -> Sheet:
    verdicts = own_verdicts(table, law)
    before = former.verdicts.get(table.name, {}) if former else {}
    for cell, verdict in before.items():
        if verdict in (BARE, STARRED) and verdicts[cell] < STARRED:
            verdicts[cell] = max(verdicts[cell], verdict)
    told = frozenset(cell for cell, verdict in before.items() if verdict == SHOWN)
    sheet = Sheet(frame, table, verdicts, told)
    if not law.is_rate_only(table.name, table.kind):
        sheet.watch(law)
    return sheet


def _couple(sheet: Sheet, sheets: dict[str, Sheet], law: Masking) -> bool:
    """Hold a subject's tables to each other: levels add up to the proficient, and share their students."""
    if sheet.table.kind not in law.series_kinds:
        return False
    changed = False
    rate = sheets.get(f"{sheet.table.subject}.{PROFICIENCY}")
    if rate:
        for cell, (of_series, of_rate) in enumerate(zip(sheet.verdicts, rate.verdicts, strict=True)):
            if of_series < STARRED or of_rate < STARRED:  # else both are as hidden as can be
                changed |= _couple_cell(cell, sheet, rate, law)
        taking_part = sheets.get(f"{sheet.table.subject}.{PARTICIPATION}")
        if taking_part:
            starred = [cell for cell, verdict in enumerate(rate.verdicts) if verdict == STARRED]
            changed |= sum(taking_part.hide(cell, STARRED) for cell in starred) > 0
    return changed


def _couple_cell(cell: int, series: Sheet, rate: Sheet, law: Masking) -> bool:
    """Students who are proficient by another test than the series' (an alternate one) stand between the two: a group
    below the minimum must not follow from both. Counts beside a range of the same students would undo the range."""
    of_series, of_rate = series.verdicts[cell], rate.verdicts[cell]
    between = rate.table.students[cell] - series.table.students[cell]
    if SHOWN == of_series == of_rate:
        return 0 < between < law.minimum_n and series.hide(cell, BARE)
    if of_rate in (STARRED, SMALL):
        return series.hide(cell, STARRED)
    if of_series in (STARRED, SMALL):
        return rate.hide(cell, STARRED)
    if of_rate == CODED:
        return series.hide(cell, BARE)
    undoes = between == 0 or series.own[cell] == BARE
    return of_series == BARE and undoes and rate.hide(cell, BARE)


def _guard_points(earned: Earned, frame: Frame, sheets: dict[str, Sheet], withheld: set[tuple[str, str]]) -> bool:
    """One withheld component follows from the total and the others: withhold the one with the fewest students as well,
    and where there is none left, the total."""
    places = {name: frame.cell(earned.level, earned.entity_id, "all") for name in earned.measures if name in sheets}
    hidden = [name for name, cell in places.items() if sheets[name].verdicts[cell] not in (SHOWN, BARE)]
    missing = len(hidden) + len(earned.measures) - len(places)
    key = (earned.level, earned.entity_id)
    if missing != 1 or key in withheld:
        return False
    shown = sorted((sheets[name].table.students[cell], name) for name, cell in places.items() if name not in hidden)
    free = [name for _, name in shown if places[name] not in sheets[name].told]
    if not free:
        withheld.add(key)
        return True
    return sheets[free[0]].hide(places[free[0]], STARRED)
