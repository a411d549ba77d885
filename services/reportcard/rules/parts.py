"""The sections of a card in their order: which tables stand in each, and its goals, amounts or samples."""

from services.reportcard.rules.amounts import amount_cell
from services.reportcard.rules.cells import rate_cell
from services.reportcard.rules.entities import Entity
from services.reportcard.rules.goals import Goal, gap, status
from services.reportcard.rules.naep import LEVELS, Administration, name_of, told
from services.reportcard.rules.sections import GOALS, NAEP, NUMBERS, REST, WITHOUT_LAW, Section, Year, in_order
from services.reportcard.rules.sheets import Card, Held, Sheet
from services.reportcard.rules.tables import Table
from shared.vocabulary.measures import SUBJECT_LABELS
from shared.vocabulary.subgroups import LABELS

_REST = Section(REST, "Other results")


def parts_of(entity: Entity, first: int, base: str, sheet: Sheet) -> list[Card]:
    """The sections that this entity's card has; `first` is its first cell, `base` the address of its receipts."""
    found = []
    for section in (*sheet.shown.sections, _REST):
        amounts = _amounts(section, entity, base, sheet) if section.amounts and entity.amounts else []
        names = sheet.given(sheet.placed[section.name], first)
        is_here = section.levels is None or entity.level in section.levels
        if is_here and (section.holds != NUMBERS or amounts or names):
            told = {"measures": names, "amounts": amounts}
            found.append(_part(section, entity, first, base, sheet) | told)
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
    table = sheet.by_name.get(goal.measure)
    return {
        "measure": goal.measure,
        "label": sheet.shown.label(goal.measure),
        "goals": list(goal.names),
        "goal": goal.percent,
        "goal_year": goal.year,
        "explain": f"{base}/goals",
        "rows": [_goal_row(goal, held, table, first, sheet) for held in sheet.held(goal, section)] if table else [],
    }


def _goal_row(goal: Goal, held: Held, table: Table, first: int, sheet: Sheet) -> Card:
    cell, verdict = first + held.place, sheet.verdicts.by_table[goal.measure][first + held.place]
    students, numerator, law = table.students[cell], table.numerators[cell][0], sheet.masking
    public = rate_cell(verdict, numerator, students, table.unit, law)
    return {
        **held.about,
        "cell": public,
        "status": status(verdict, (numerator, students, table.unit), held.step, law),
        "gap": gap(public["percent"], goal.percent, law.decimals) if "percent" in public else None,
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
