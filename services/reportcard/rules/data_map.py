"""Which measures the data map shows: those that stand in enough consecutive years. Source: META-2."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.vocabulary import school_years


def longest_run(years: Iterable[str]) -> int:
    """The most school years that follow each other without a gap."""
    ends = sorted({school_years.parse(year) for year in years})
    longest = length = 0
    for place, end in enumerate(ends):
        length = length + 1 if place and ends[place - 1] == end - 1 else 1
        longest = max(longest, length)
    return longest


def on_the_map(years_of: Mapping[str, Iterable[str]], least: int) -> list[str]:
    """The measures with a run of `least` years or more, in the order given. A withheld year counts."""
    return [measure for measure, years in years_of.items() if longest_run(years) >= least]


def all_students(card: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(measure, label, display) of every measure of a card, for all students; of a series no single number."""
    for block in (*card["measures"], *card["participation"]):
        yield block["measure"], block["label"], block["rows"][0]["cell"]["display"]
    for part in card["sections"]:
        for row in part["amounts"]:
            yield row["measure"], row["label"], row["cell"]["display"]
