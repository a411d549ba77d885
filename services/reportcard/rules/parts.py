"""The sections of a card in their order: which tables stand in each, and its goals, amounts or samples."""

from services.reportcard.rules.amounts import amount_cell
from services.reportcard.rules.cells import rate_cell
from services.reportcard.rules.entities import Entity
from services.reportcard.rules.goals import Goal, baseline_of, gap, status, step_of
from services.reportcard.rules.naep import LEVELS, Administration, name_of, told
from services.reportcard.rules.sections import GOALS, NAEP, NUMBERS, REST, WITHOUT_LAW, Section, Year, in_order
from services.reportcard.rules.sheets import Card, Sheet
from services.reportcard.rules.tables import INDEX
from shared.vocabulary.measures import SUBJECT_LABELS
from shared.vocabulary.subgroups import LABELS

_REST = Section(REST, "Other results")


def parts_of(entity: Entity, first: int, base: str, sheet: Sheet) -> list[Card]:
    """The sections that this entity's card has; `first` is its first cell, `base` the address of its receipts."""
    found = []
    for section in (*sheet.shown.sections, _REST):
        if section.levels is None or entity.level in section.levels:
            part = _part(section, entity, first, base, sheet)
            if section.holds != NUMBERS or part["measures"] or part["amounts"]:
                found.append(part)
    return found


def without_sections(card: Card) -> list[Card]:
    """The sections of a card that was made before there were any: all of its tables in one."""
    blocks = [block["measure"] for name in ("measures", "participation", "levels") for block in card[name]]
    about = {"year": Year().text(card["school_year"]), "texts": [], "amounts": []}
    return [
        {"section": one.name, "title": one.title, "holds": one.holds, "measures": [], **about}
        | ({"measures": blocks} if one.holds == NUMBERS else {})
        for one in WITHOUT_LAW
    ]


def _part(section: Section, entity: Entity, first: int, base: str, sheet: Sheet) -> Card:
    year = sheet.head.school_year
    part: Card = {
        "section": section.name,
        "title": section.title,
        "holds": section.holds,
        "year": section.year.text(year),
        "texts": [*section.texts, *_findings(section, entity)],
        "measures": list(sheet.placed[section.name]),
        "amounts": _amounts(section, entity, base, sheet),
    }
    if section.holds == GOALS:
        part["goals"] = [_goal(goal, section, first, base, sheet) for goal in sheet.shown.goals]
    if section.holds == NAEP:
        known = told(sheet.shown.administrations, year)
        part["administrations"] = [_administration(each, year, base) for each in known]
    return part


def _amounts(section: Section, entity: Entity, base: str, sheet: Sheet) -> list[Card]:
    by_name = {amount.measure: amount for amount in entity.amounts}
    return [
        {
            "measure": name,
            "label": sheet.shown.label(name),
            "explain": f"{base}/{name}",
            "cell": amount_cell(by_name[name], sheet.shown.forms),
        }
        for name in in_order(section.amounts, by_name)
    ]


def _findings(section: Section, entity: Entity) -> list[str]:
    codes = {code for code, _, _ in entity.findings}
    return [text for code, text in (section.findings or {}).items() if code in codes]


def _goal(goal: Goal, section: Section, first: int, base: str, sheet: Sheet) -> Card:
    groups = [group for group in sheet.shown.subgroups if group in (section.subgroups or sheet.shown.subgroups)]
    rows = [_goal_row(goal, group, first, sheet) for group in groups if not goal.years or group in goal.percents]
    return {
        "measure": goal.measure,
        "label": sheet.shown.label(goal.measure),
        "goals": list(goal.names),
        "goal": goal.percent,
        "goal_year": goal.year,
        "explain": f"{base}/goals",
        "rows": rows,
    }


def _goal_row(goal: Goal, group: str, first: int, sheet: Sheet) -> Card:
    step = step_of(goal, group, sheet.head.school_year)
    row: Card = {"subgroup": group, "label": LABELS[group], "baseline": baseline_of(goal, group)}
    row |= {"interim": step.percent if step else None, "interim_year": step.year if step else None}
    table = sheet.by_name.get(goal.measure)
    if table is None:
        return {**row, "cell": None, "status": None, "gap": None}
    cell, verdicts, law = first + INDEX[group], sheet.verdicts.by_table[goal.measure], sheet.masking
    students, numerator = table.students[cell], table.numerators[cell][0]
    public = rate_cell(verdicts[cell], numerator, students, table.unit, law)
    off = gap(public["percent"], goal.percent, law.decimals) if "percent" in public else None
    return {
        **row,
        "cell": public,
        "status": status(verdicts[cell], (numerator, students, table.unit), step, law),
        "gap": off,
    }


def _administration(each: Administration, school_year: str, base: str) -> Card:
    return {
        "school_year": each.school_year,
        "label": name_of(each, school_year),
        "source": each.source,
        "explain": f"{base}/naep",
        "rows": [
            {
                "subject": sample.subject,
                "grade": sample.grade,
                "label": f"{SUBJECT_LABELS[sample.subject]}, grade {sample.grade}",
                "entity": sample.entity,
                "subgroup": sample.subgroup,
                "group": LABELS[sample.subgroup],
                "levels": dict(zip(LEVELS, sample.percents, strict=True)),
            }
            for sample in each.samples
        ],
    }
