"""Ledgers around the edges of the ranges of both methods, with the divisors that go with them, or not."""

import random
from collections.abc import Iterator, Sequence
from datetime import date

from shared.events.records import DistrictRecord, ExpenditureRecord, MembershipRecord, SchoolRecord
from tests.oracle.states import YEAR, Record, Shape, schools_of

# one below, at and above each end of a range, and codes well inside and outside
FUNDS = (1120, 1839, 1840, 1899, 1900, 2109, 2110, 2199, 2200, 2254, 2255, 2256, 2830, 2999, 3000, 3999,
         4000, 5000, 6999, 7000, 8000)  # fmt: skip
FUNCTIONS = (999, 1000, 1100, 1224, 1225, 1226, 1309, 1310, 1390, 1391, 3099, 3100, 3975, 3976, 3999, 4000, 4099, 4100,
             6109, 6110, 6900, 6901, 7109, 7110, 7950, 7951, 7999, 8000, 8099, 8100, 8300, 8301)  # fmt: skip
OBJECTS = (110, 563, 564, 565)


def books(shape: Shape) -> list[Record]:
    """A directory with its ledger: balances of one day or of several, reversals, divisors told or missing."""
    dice = random.Random(shape.seed + 2)
    schools = [school for school, _ in schools_of(shape)]
    told: list[Record] = [
        *(DistrictRecord(district_id=f"D{n}", name=f"District {n}") for n in range(len(shape.districts))),
        *schools,
        *_lines(dice, schools, len(shape.districts)),
        *_divisors(dice, schools, len(shape.districts)),
    ]
    dice.shuffle(told)
    return told


def _lines(dice: random.Random, schools: Sequence[SchoolRecord], districts: int) -> Iterator[ExpenditureRecord]:
    for number in range(dice.randint(0, 60)):
        at_school = dice.random() < 0.6
        for as_of in dice.choice(((date(2025, 6, 30),), (date(2024, 12, 31), date(2025, 6, 30)))):
            yield ExpenditureRecord(
                account_id=f"account {number if dice.random() < 0.9 else 0} {at_school} {number}",
                school_id=schools[number % len(schools)].school_id if at_school else None,
                district_id=None if at_school else f"D{number % districts}",
                fiscal_year=YEAR if number % 17 else "2023-24",
                as_of=as_of,
                fund=str(dice.choice((1120, *FUNDS))),
                function=str(dice.choice((1100, *FUNCTIONS))),
                object=str(dice.choice((110, 110, *OBJECTS))),
                source=dice.choice((None, "federal", "state_local")),
                amount_cents=dice.randint(-5_000, 90_000_000),
            )


def _divisors(dice: random.Random, schools: Sequence[SchoolRecord], districts: int) -> Iterator[MembershipRecord]:
    known = dice.choice((1.0, 0.9))  # of most states everything is known
    for school in schools:
        if dice.random() < known:
            yield MembershipRecord(school_id=school.school_id, school_year=YEAR, **_numbers(dice, known))
    for number in range(districts):
        if dice.random() < 0.3:
            yield MembershipRecord(district_id=f"D{number}", school_year=YEAR, **_numbers(dice, known))


def _numbers(dice: random.Random, known: float) -> dict[str, object]:
    ada = dice.choice(("1133.06", "87.5", "212", "0", f"{dice.randint(50, 900)}.{dice.randint(0, 9999):04d}"))
    return {
        "ada": ada if dice.random() < known else None,
        "membership": dice.choice((0, 87, 214, dice.randint(50, 900))) if dice.random() < known else None,
    }
