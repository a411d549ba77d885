"""The chapter's goals, typed: the list, and the tables by which they are reached. Source: GOAL-1 to GOAL-4."""

from collections.abc import Mapping
from typing import Any

from services.reportcard.policy.numbers import exact, percent
from services.reportcard.rules.goals import Goal
from shared.policy.reader import PolicyError
from shared.vocabulary import school_years
from shared.vocabulary.measures import AREA_LABELS, SUBJECTS, subject_of
from shared.vocabulary.subgroups import SUBGROUPS


def goals_of(entries: Any, tables: Any, year: Any) -> tuple[Goal, ...]:
    """One goal a measure, in the order of the list. Raises PolicyError where list and tables do not fit."""
    names: dict[str, list[str]] = {}
    percents: dict[str, str] = {}
    for entry in entries:
        measure, goal = _measure(entry["measure"]), percent("goal_list", entry["percent"])
        if exact("goal_list", percents.setdefault(measure, goal)) != exact("goal_list", goal):
            raise PolicyError(f"goal_list: {measure} has two goals; a measure has one")
        names.setdefault(measure, []).append(_text(entry["goal"]))
    without = set(tables) - set(names)
    if without:
        raise PolicyError(f"goal_tables: {', '.join(sorted(without))} is in no goal of goal_list; add it there")
    if names:
        school_years.parse(year)
    return tuple(_goal(measure, names[measure], percents[measure], year, tables.get(measure)) for measure in names)


def _goal(measure: str, names: list[str], goal: str, year: str, table: Mapping[str, Any] | None) -> Goal:
    if table is None:
        return Goal(measure, tuple(names), goal, year, (), {})
    years = tuple(table["years"])
    if [school_years.parse(each) for each in years] != sorted({school_years.parse(each) for each in years}):
        raise PolicyError(f"goal_tables, {measure}: write the years in rising order, each once")
    rows = {str(group): tuple(row) for group, row in table["percents"].items()}
    for group, row in rows.items():
        _check_row(f"goal_tables, {measure}, {group}", group, row, years, goal)
    return Goal(measure, tuple(names), goal, years[-1], years, rows)


def _check_row(where: str, group: str, row: tuple[str, ...], years: tuple[str, ...], goal: str) -> None:
    if group not in SUBGROUPS:
        raise PolicyError(f"{where}: no such subgroup; use {', '.join(SUBGROUPS)}")
    if len(row) != len(years):
        raise PolicyError(f"{where}: write a percent for each of {', '.join(years)}")
    for cell in row:
        percent(where, cell)
    if exact(where, row[-1]) != exact(where, goal):
        raise PolicyError(f"{where}: the last percent is not the goal of goal_list, {goal}")


def _measure(name: Any) -> str:
    if subject_of(_text(name)) not in (*SUBJECTS, *AREA_LABELS) or "." not in name:
        raise PolicyError(f"goal_list: {name} is no measure; write it like reading.proficiency")
    return str(name)


def _text(told: Any) -> str:
    if not isinstance(told, str) or not told:
        raise PolicyError(f"goal_list: {told!r} is no text")
    return told
