"""Which districts and schools the sample state has, how large and how poor they are, and whom they teach."""

from dataclasses import dataclass, replace

import numpy as np

from deploy.sample import names, strip
from deploy.sample.dice import Dice, Ints
from deploy.sample.spans import Kind, Level, kinds_of

_FIRST_DISTRICT_ID = 1001
_TINY_COHORT = 3  # children in each grade of a very small school: fewer than ten are tested
_AVERAGE_SIZE = ((24, 230), (900, 507))  # schools in the state, children in a school


@dataclass(frozen=True)
class District:
    """A district as planned, with what its families are like."""

    district_id: int
    name: str
    rank: int  # 0 is the district with most schools
    cohort: int  # children in each grade
    poverty: float
    gradient: float  # how much poorer one end of the strip is than the other
    black: float
    hispanic: float
    military: float

    def poor_share(self, place: float) -> float:
        """The share of poor families that live around a place on the strip."""
        return min(0.97, max(0.08, self.poverty + self.gradient * (0.5 - place / strip.PLACES)))


@dataclass(frozen=True)
class School:
    """A school as planned; `poverty` is the share of poor children its neighbourhoods lead one to expect."""

    school_id: int
    name: str
    district: int  # place in the list of districts
    kind: Kind
    poverty: float
    effect: float  # added to each pupil's standing on a test, in spreads of the state
    yearly_gain: float  # added to each pupil's ability in a year
    misses_tests: float  # share of tests its pupils miss
    title_i: bool = False


@dataclass(frozen=True)
class Plan:
    """The state, and the table from (district, grade, place on the strip) to the school."""

    districts: list[District]
    schools: list[School]
    bounds: Ints  # ascending: (district x grades + grade) x places + upper end of a stretch
    owners: Ints  # the school that teaches the stretch

    def school_of(self, district: Ints, grade: Ints, place: Ints) -> Ints:
        """The school that teaches each child."""
        wanted = (district * strip.GRADES + grade) * strip.PLACES + place
        return self.owners[np.searchsorted(self.bounds, wanted, side="right")]

    def with_rank(self, rank: int) -> int:
        """The place in the list of the district with this rank by size."""
        return next(place for place, district in enumerate(self.districts) if district.rank == rank)


def planned(districts: int, schools: int, seed: int) -> Plan:
    """The whole plan; every district teaches every grade."""
    if not 1 <= districts <= schools:
        raise ValueError(f"{districts} districts and {schools} schools: give each district a school or more")
    dice = Dice(seed, "plan")
    kinds = _kinds_by_rank(districts, schools)
    unit = _cohort_of_one_zone(schools, kinds)
    called = [names.place(int(number)) for number in dice.order(max(names.PLACES, districts + schools))]
    made = [
        _district(Dice(seed, "district", place), place, int(rank), kinds[rank], unit, called[place])
        for place, rank in enumerate(dice.order(districts))
    ]
    gains = 0.02 + 0.07 * dice.levelled_bell(schools)
    built: list[School] = []
    bounds: list[int] = []
    owners: list[int] = []
    for place, district in enumerate(made):
        mine = kinds[district.rank]
        chance = Dice(seed, "schools", place)
        shares = strip.stretches(chance, mine, strip.PLACES * _TINY_COHORT // district.cohort)
        for grade in range(strip.GRADES):
            for high, at in strip.owners(mine, shares, grade):
                bounds.append((place * strip.GRADES + grade) * strip.PLACES + high)
                owners.append(len(built) + at)
        built += [
            _school(chance, place, district, number, kind, sum(share) / 2)
            for number, (kind, share) in enumerate(zip(mine, shares, strict=True))
        ]
    schools_made = _finished(built, called[districts:], gains.tolist())
    return Plan(made, schools_made, np.array(bounds, dtype=np.int64), np.array(owners, dtype=np.int64))


def _kinds_by_rank(districts: int, schools: int) -> list[list[Kind]]:
    tiny_left = max(2, schools // 120)
    found = []
    for rank, size in enumerate(_schools_each(districts, schools)):
        has_tiny = size >= 5 and tiny_left > 0
        tiny_left -= has_tiny
        found.append(kinds_of(size, rank, has_tiny))
    return found


def _schools_each(districts: int, schools: int) -> list[int]:
    """Schools by rank of district: few large districts, many small ones, some with one school for all grades."""
    single = districts // 14 or int(districts >= 3)
    weights = [1 / (rank + 2 + districts / 20) for rank in range(districts - single)]
    spare = schools - districts
    shares = [spare * weight / sum(weights) for weight in weights]
    sizes = [1 + int(share) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda rank: (int(shares[rank]) - shares[rank], rank))
    for rank in by_rest[: schools - single - sum(sizes)]:
        sizes[rank] += 1
    return sorted(sizes, reverse=True) + [1] * single


def _zones(kinds: list[Kind]) -> int:
    return sum(kind.level is Level.ELEMENTARY for kind in kinds)


def _cohort_of_one_zone(schools: int, kinds: list[list[Kind]]) -> int:
    """Children in a grade of an ordinary elementary school, so that schools have the average size."""
    (few, small), (many, large) = _AVERAGE_SIZE
    average = small + (large - small) * (min(max(schools, few), many) - few) / (many - few)
    return round(schools * average / (sum(map(_zones, kinds)) * strip.GRADES))


def _district(dice: Dice, place: int, rank: int, kinds: list[Kind], unit: int, name: str) -> District:
    size, poor, mix, slope, other = (float(draw) for draw in dice.share(5))
    return District(
        district_id=_FIRST_DISTRICT_ID + place,
        name=f"{name} School District",
        rank=rank,
        cohort=round(unit * _zones(kinds) * (0.85 + 0.3 * size) * (0.5 if len(kinds) == 1 else 1)),
        poverty=0.42 + 0.5 * poor,
        gradient=0.1 + 0.35 * slope,
        black=min(0.96, max(0.04, 0.1 + 0.75 * poor + 0.4 * (mix - 0.5))),
        hispanic=0.015 + 0.17 * other * other,
        military=0.15 if rank % 9 == 2 else 0.015,
    )


def _school(dice: Dice, at: int, district: District, number: int, kind: Kind, middle: float) -> School:
    """A school, but for what can be said only when all schools are known."""
    effect, shy = (float(draw) for draw in dice.bell(2))
    poverty = district.poor_share(middle)
    return School(
        school_id=district.district_id * 1000 + number + 1,
        name=kind.title,
        district=at,
        kind=kind,
        poverty=poverty,
        effect=0.18 * effect - 0.75 * (poverty - 0.67),
        yearly_gain=0.0,
        misses_tests=0.085 if shy > 1.5 or (district.rank, number) == (1, 2) else 0.008,
    )


def _finished(schools: list[School], places: list[str], gains: list[float]) -> list[School]:
    """The schools with names and gains; the poorest two thirds take part in Title I."""
    order = sorted(range(len(schools)), key=lambda at: (-schools[at].poverty, schools[at].school_id))
    title_i = set(order[: -(-len(schools) * 2 // 3)])
    return [
        replace(school, name=f"{place} {school.name}", yearly_gain=gain, title_i=at in title_i)
        for at, (school, place, gain) in enumerate(zip(schools, places, gains, strict=False))
    ]
