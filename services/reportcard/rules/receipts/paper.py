"""What every receipt is written on: whose it is, what it may look up in the law, and its steps as they are done."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.vocabulary.workings import Working

Card = Mapping[str, Any]
Chapters = Mapping[str, Any]
Receipt = dict[str, Any]
Receipts = Mapping[str, Mapping[str, Any]]

JOINT = " · "  # between the members of a series
OR_MORE, OR_LESS, MORE_THAN, LESS_THAN = "or more", "or less", "more than", "less than"


class Paper(Working):
    """Workings that know the law: a value of it is an input under its dotted name."""

    def __init__(self, chapters: Chapters) -> None:
        super().__init__({})
        self._chapters = chapters
        self.thresholds: list[dict[str, str]] = []
        self.distances: list[dict[str, str]] = []

    def law(self, service: str, entry: str, *inside: str) -> str | None:
        """A value of the law as an argument; None where the chapter does not hold it."""
        found = law_value(self._chapters, service, entry, *inside)
        return self.given(".".join((service, entry, *inside)), str(found)) if isinstance(found, str) else None

    def threshold(self, what: str, of: str, boundary: str) -> None:
        """Tells a number that something is held against; `boundary` says on which side it lies itself."""
        self.thresholds.append({"what": what, "of": of, "value": self.value(of), "boundary": boundary})

    def distance(self, what: str, of: str, unit: str) -> None:
        """Tells how far it is to something else."""
        self.distances.append({"to": what, "of": of, "by": self.value(of), "unit": unit})


def law_value(chapters: Chapters, service: str, entry: str, *inside: str) -> Any:
    """What the law says under a name, or None."""
    found: Any = chapters.get(service, {}).get(entry, {}).get("value")
    for name in inside:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def law_entries(chapters: Chapters, names: list[str]) -> list[Receipt]:
    """The entries of the law behind a number: value, how firm it is, where it comes from."""
    found = []
    for name in dict.fromkeys(names):
        service, _, entry = name.partition(".")
        if told := chapters.get(service, {}).get(entry):
            parts = ("value", "tag", "source", "note")
            found.append({"name": name, **{part: told[part] for part in parts if part in told}})
    return found


def about(card: Card, title: str) -> Receipt:
    """Whose number it is, of which edition."""
    names = ("edition_id", "school_year", "level", "entity_id", "name", "state_name")
    return {"title": title, **{name: card[name] for name in names}}


def receipt(
    card: Card, chapters: Chapters, told: Mapping[str, Any], title: str, display: str, sentences: list[str],
    paper: Paper | None = None, result: str | None = None, **more: Any,
) -> Receipt:  # fmt: skip
    """A receipt: `told` is what the law says of it; without a result it has no workings, and a sentence says why."""
    used = [name for name in paper.inputs if name.partition(".")[0] in chapters] if paper else []
    entries = [*told["entries"], *(entry_of(name) for name in used), *more.pop("entries", ())]
    return {
        **about(card, title),
        "display": display,
        "rule": told["rule"],
        "counts": told["counts"],
        "sentences": sentences,
        "displayed": _displayed(paper, display) if paper and result else 0,
        "workings": paper.told(result) if paper and result else None,
        "thresholds": paper.thresholds if paper else [],
        "distances": paper.distances if paper else [],
        "left_out": [],
        **more,
        "law": law_entries(chapters, entries),
    }


def _displayed(paper: Paper, display: str) -> int:
    """How many of what the workings show make the display, in its order; 0 where it is told in other words."""
    pieces = display.split(JOINT)
    return len(pieces) if [each["display"] for each in paper.shown[: len(pieces)]] == pieces else 0


def entry_of(name: str) -> str:
    """The entry of the law that a dotted name lies in."""
    return ".".join(name.split(".")[:2])


def parts(card: Card) -> list[Card]:
    """The sections of a card; one that was made before there were any has none."""
    found: list[Card] = card.get("sections", [])
    return found


def rows(card: Card) -> Iterator[tuple[Card, Card]]:
    """Every row of a card's tables, with its table."""
    for block in (*card["measures"], *card["participation"], *card["levels"]):
        for row in block["rows"]:
            yield block, row


Whole = Callable[[Card, Chapters, Receipts], Receipt | None]
