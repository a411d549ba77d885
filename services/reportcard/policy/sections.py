"""The chapter's sections and forms of amounts, typed: what stands where on a card. Source: SUBG-10, META-3."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.reportcard.policy.numbers import whole
from services.reportcard.rules.amounts import Form
from services.reportcard.rules.sections import GOALS, NAEP, NUMBERS, RATING, SUPPORT, WITHOUT_LAW, Section, Year
from shared.policy.reader import Chapter, PolicyError, value
from shared.vocabulary import school_years
from shared.vocabulary.measures import AREA_LABELS, SUBJECTS, subject_of
from shared.vocabulary.statuses import DISTRICT, SCHOOL, STATE

_HOLDS = (RATING, SUPPORT, GOALS, NAEP, NUMBERS)
_PARTS = {
    "section", "title", "holds", "measures", "amounts", "subgroups", "levels", "year", "texts", "findings",
}  # fmt: skip
_LEVELS = (STATE, DISTRICT, SCHOOL)


def sections_of(entries: Any, groups: Sequence[str], scoring: Chapter) -> tuple[Section, ...]:
    """The sections in the order of the chapter; those of every card where it names none. Raises PolicyError."""
    found = tuple(_section(entry, groups, scoring) for entry in entries)
    for what, each in (
        ("section", [one.name for one in found]),
        ("measure", [m for one in found for m in one.measures]),
    ):
        twice = sorted({name for name in each if each.count(name) > 1})
        if twice:
            raise PolicyError(f"sections: the {what} {', '.join(twice)} stands twice; keep one")
    return found or WITHOUT_LAW


def forms_of(entries: Any) -> Mapping[str, Form]:
    """How each unit of amounts is written."""
    return {str(unit): _form(f"amount_forms, {unit}", told) for unit, told in entries.items()}


def _section(told: Mapping[str, Any], groups: Sequence[str], scoring: Chapter) -> Section:
    if set(told) - _PARTS or not {"section", "title", "holds"} <= set(told):
        raise PolicyError(
            f"sections: write section, title and holds, and of {', '.join(sorted(_PARTS))} what is needed"
        )
    where = f"sections, {told['section']}"
    return Section(
        name=_text(where, told["section"]),
        title=_text(where, told["title"]),
        holds=_one_of(where, [told["holds"]], _HOLDS)[0],
        measures=_measures(where, told.get("measures", [])),
        amounts=_measures(where, told.get("amounts", [])),
        subgroups=frozenset(_one_of(where, told["subgroups"], groups)) if "subgroups" in told else None,
        levels=frozenset(_one_of(where, told["levels"], _LEVELS)) if "levels" in told else None,
        year=_year(where, told["year"], scoring) if "year" in told else Year(),
        texts=tuple(_text(where, text) for text in told.get("texts", [])),
        findings={str(code): _text(where, text) for code, text in told.get("findings", {}).items()},
    )


def _measures(where: str, names: Any) -> tuple[str, ...]:
    for name in names:
        if subject_of(_text(where, name)).partition(":")[0] not in (*SUBJECTS, *AREA_LABELS):
            raise PolicyError(f"{where}: {name} is of no area; use {', '.join((*SUBJECTS, *AREA_LABELS))}")
    return tuple(names)


def _year(where: str, told: Mapping[str, Any], scoring: Chapter) -> Year:
    if set(told) - {"lag", "among", "words"}:
        raise PolicyError(f"{where}, year: write lag or among, and words, nothing else")
    lag, among = _named(told.get("lag", "0"), scoring), _named(told.get("among", []), scoring)
    year = Year(whole(where, lag), _text(where, told["words"]), tuple(among))
    for each in year.among:
        school_years.parse(each)
    try:
        year.words.format(year="", end="")
    except (ValueError, KeyError, IndexError):
        raise PolicyError(f"{where}, year: words may hold {{year}} and {{end}}, nothing else in braces") from None
    return year


def _named(told: Any, scoring: Chapter) -> Any:
    """A value, or that of the entry of scoring which it names: a lag stands in one place."""
    service, _, name = told.partition(".") if isinstance(told, str) else ("", "", "")
    return value(scoring, name) if service == "scoring" else told


def _form(where: str, told: Mapping[str, Any]) -> Form:
    if set(told) - {"before", "times", "decimals", "after"}:
        raise PolicyError(f"{where}: write before, times, decimals and after, nothing else")
    times, decimals = whole(where, told.get("times", "1")), whole(where, told.get("decimals", "2"))
    return Form(str(told.get("before", "")), times, decimals, str(told.get("after", "")))


def _one_of(where: str, names: Any, allowed: Sequence[str]) -> list[str]:
    wrong = [name for name in names if name not in allowed]
    if wrong:
        raise PolicyError(f"{where}: {', '.join(map(str, wrong))} is none of {', '.join(allowed)}")
    return list(names)


def _text(where: str, told: Any) -> str:
    if not isinstance(told, str) or not told:
        raise PolicyError(f"{where}: {told!r} is no text")
    return told
