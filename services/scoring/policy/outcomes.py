"""The part of the chapter on outcomes of graduates: which class, how long after, what counts (OTH-2, OTH-9)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.scoring.policy import graduation
from services.scoring.policy.reading import Read, month_and_day
from services.scoring.rules.outcomes import FIELDS, MEASURES, OutcomesLaw
from shared.vocabulary.measures import kind_of


def law(read: Read) -> OutcomesLaw:
    """As the chapter says; who graduates, it says under graduation."""
    return OutcomesLaw(
        graduation=replace(graduation.law(read), lag=read("outcomes_lag", int)),
        days=read("outcomes_days", int),
        graduation_day=read("outcomes_graduation_day", month_and_day),
        counted=read("outcomes", lambda told: {name: _words(told[kind_of(name)]) for name in MEASURES}),
    )


def _words(told: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    for field, words in told.items():
        wrong = [word for word in words if word not in FIELDS[field]]
        if wrong:
            raise ValueError(f"{field} is never {', '.join(map(str, wrong))}")
    return {field: frozenset(words) for field, words in told.items()}
