"""Where on a card each measure stands: which section, in which order, for which subgroups, of which year.
Source: essa-report-card SUBG-10, META-3."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.vocabulary import school_years
from shared.vocabulary.measures import AREA_LABELS, SUBJECTS, label, subject_of, told_test

RATING, SUPPORT, GOALS, NAEP, NUMBERS = "rating", "support", "goals", "naep", "numbers"
REST = "other"


@dataclass(frozen=True)
class Year:
    """Which year a section's numbers are of, in words that hold {year} or {end}: so many years before the report's.

    `among`: the years of a collection that is not made every year; then the latest of them.
    """

    lag: int = 0
    words: str = "school year {year}"
    among: tuple[str, ...] = ()

    def text(self, school_year: str) -> str:
        """The label on the report of a school year; empty before the first collection."""
        end = school_years.parse(school_year) - self.lag
        if self.among:
            end = max((made for made in map(school_years.parse, self.among) if made <= end), default=0)
        return self.words.format(year=school_years.ending(end), end=end) if end else ""


@dataclass(frozen=True)
class Section:
    """A part of the card. `measures` and `amounts` name measures, or areas for all of their measures;
    "reading:maap" is for all tests of a subject and program."""

    name: str
    title: str
    holds: str = NUMBERS
    measures: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    subgroups: frozenset[str] | None = None
    levels: frozenset[str] | None = None
    year: Year = Year()
    texts: tuple[str, ...] = ()
    findings: Mapping[str, str] | None = None


WITHOUT_LAW = (
    Section("accountability", "Rating", RATING),
    Section("improvement", "Support status", SUPPORT),
    Section("results", "Results by student group", measures=(*SUBJECTS, *AREA_LABELS), amounts=tuple(AREA_LABELS)),
)
"""What a chapter that names no sections has."""


def placed(sections: Iterable[Section], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Section name -> the tables that stand in it, of these, in the order in which the section names them.

    A table that no section names stands under REST: nothing that was counted is lost.
    """
    left = list(names)
    found: dict[str, tuple[str, ...]] = {}
    for section in sections:
        found[section.name] = in_order(section.measures, left)
        left = [name for name in left if name not in found[section.name]]
    return {**found, REST: tuple(left)}


def in_order(named: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The names that are named, or whose area is, in the order of the naming."""
    have = list(names)
    return tuple(name for entry in named for name in have if entry in (name, *_areas(name)))


def _areas(name: str) -> tuple[str, ...]:
    """What a law may name in place of a measure: its area; of one test its subject and program, "reading:maap"."""
    test = told_test(name)
    return (f"{test[0]}:{test[1]}",) if test else (subject_of(name),)


def label_of(measure: str, labels: Mapping[str, str], words: Mapping[str, str]) -> str:
    """What a reader sees for a measure: the law's label, else its area and a word for each part of its name."""
    area, kind = measure.split(".", 1)
    if measure in labels or area not in AREA_LABELS:
        return labels.get(measure) or label(measure)
    return f"{AREA_LABELS[area]}: {', '.join(words.get(part, part.replace('_', ' ')) for part in kind.split('.'))}"
