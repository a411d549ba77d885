"""Two editions of one year attacked together: what the correction left as it was, either edition may tell."""

import json
import random
from typing import Any

import pytest

from services.reportcard.handle import Earlier, Whole, build
from shared.vocabulary.measures import unit_of
from tests.rules.card_attacker import Attack
from tests.rules.test_suppression_attacked import STATES, truth_of
from tests.services.reportcard_builders import Edition, School, make_edition, random_state


def corrected(seed: int, districts: int, schools: int) -> list[School]:
    """The same state with three late records of one to three students each."""
    state, rng = random_state(seed, districts, schools), random.Random(seed)
    for _ in range(3):
        groups = [rng.choice(["male", "female"]), rng.choice(["white", "black", "asian", "hispanic"])]
        rng.choice(state).add(rng.randint(1, 3), groups, reading__proficiency=rng.choice([0, 1]), math__growth=100)
    return state


def whole(edition: Edition, offset: int, earlier: tuple[Earlier, ...] = ()) -> Any:
    return Whole(edition.scores[0], offset, tuple(edition.scores[1:-1]), (), earlier, ())  # type: ignore[arg-type]


def found_together(seed: int, districts: int, schools: int, *, minded: bool) -> int:
    """How many masked numbers of groups with students one sum finds in either edition, knowing both."""
    before, after = random_state(seed, districts, schools), corrected(seed, districts, schools)
    first, second = whole(make_edition(before, cut=1), 0), make_edition(after, cut=2)
    built = build(first)
    cards = {(card.level, card.entity_id): json.loads(card.body) for card in built.cards}
    earlier = (Earlier(built.edition_id, first.scores, built.verdicts, cards),) if minded else ()
    again = build(whole(second, 9, earlier))
    truths = truth_of(before), truth_of(after)
    units = {cell[2]: unit_of(cell[2]) for cell in truths[1]}
    attacks = [Attack([json.loads(card.body) for card in one.cards], units) for one in (built, again)]
    for cell in attacks[1].students:
        if truths[0].get(cell, (0, 0)) == truths[1].get(cell, (0, 0)):
            for boxes in zip(*((one.students, one.numerators) for one in attacks), strict=True):
                old, new = boxes
                old[cell] = new[cell] = (max(old[cell][0], new[cell][0]), min(old[cell][1], new[cell][1]))
    return sum(
        truth.get(cell, (0, 0))[1] > 0
        for attack, truth in zip(attacks, truths, strict=True)
        for found in attack.found().values()
        for cell in found
    )


@pytest.mark.parametrize(("seed", "districts", "schools"), STATES)
def test_a_correction_and_its_former_edition_do_not_give_each_other_away(
    seed: int, districts: int, schools: int
) -> None:
    assert found_together(seed, districts, schools, minded=True) == 0


def test_without_minding_the_former_edition_they_would() -> None:
    assert found_together(*STATES[2], minded=False) > 0
