"""A chapter written in another shape is a PolicyError with the mend; it never ends a process as a defect would."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.designation.policy import cuts_of
from services.designation.policy import law_of as designation_law
from services.ingest.policy import intake_of
from services.notify.policy import laws
from services.reportcard.policy import law_of as reportcard_law
from services.scoring.policy import law
from shared.policy import reader

YEAR = "2024-25"
WRONG: tuple[Any, ...] = ("text", "", [], ["text"], {}, {"text": "text"}, [["text"]], {"text": {"text": []}})
READERS: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "ingest": ("ingest", lambda chapters: intake_of(chapters["ingest"])),
    "scoring": ("scoring", lambda chapters: law(chapters["scoring"], YEAR)),
    "designation": ("designation", designation_law),
    "designation's midpoints": ("scoring", cuts_of),
    "reportcard": ("reportcard", reportcard_law),
    "reportcard's words": ("scoring", reportcard_law),
    "notify": ("notify", lambda chapters: laws(chapters["notify"])),
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a value, down to its leaves."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield from _places(part, (*path, key))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("state", reader.states())
def test_whatever_stands_in_a_chapter_it_is_read_or_refused_as_policy(state: str, name: str) -> None:
    service, read = READERS[name]
    whole = reader.chapters(state, YEAR)
    read(whole)
    refused = 0
    for entry in whole[service]:
        for path in _places(whole[service][entry]["value"]):
            for wrong in WRONG:
                chapters = copy.deepcopy(whole)
                _put(chapters[service][entry], ("value", *path), wrong)
                try:
                    read(chapters)
                except ValueError as error:  # a PolicyError is one
                    assert str(error)
                    refused += 1
    assert refused > 0


def _put(target: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
